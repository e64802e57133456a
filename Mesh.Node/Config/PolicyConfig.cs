using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Config;

/// <summary>
/// Parameters by prefix of a name. <c>io.l5d.global</c> writes into <paramref name="Defaults"/>; <c>io.l5d.static</c> is a list of rules. Each rule
/// whose prefix matches is laid over the ones before it, in the order written; of a parameter that two set, the later wins. A section inside, such
/// as <c>hostConnectionPool</c>, is one parameter: the later one replaces it whole.
/// </summary>
/// <param name="Defaults">What holds where no rule sets a parameter.</param>
/// <param name="Rules">In the order written.</param>
/// <remarks>Source: Linkerd's ClientConfig, SvcConfig. Immutable; cold (asked once when a destination or a service name is made). Two are equal
/// where they were written alike.</remarks>
internal sealed record PolicyConfig<T>(T Defaults, ImmutableArray<PolicyRule<T>> Rules)
    where T : class
{
    /// <summary>The parameters of one client id, or one service name.</summary>
    public T For(Path name) =>
        Rules.Aggregate(Defaults, (parameters, rule) => rule.Over(name, parameters));

    public bool Equals(PolicyConfig<T>? other) => other is not null && Defaults.Equals(other.Defaults) && Rules.SequenceEqual(other.Rules);

    public override int GetHashCode() => HashCode.Combine(Defaults, Rules.Length);
}

/// <summary>The parameters that one rule sets.</summary>
/// <param name="Prefix">A path matcher as written, <c>/#/io.l5d.fs/{service}</c>; <c>/</c> matches every name.</param>
/// <param name="Set">The parameters given where they are written; the others as they were.</param>
internal sealed record PolicyRule<T>(PathMatcher Prefix, Func<T, T> Set)
    where T : class
{
    /// <summary>The rule as it was written, in one spelling: what tells two rules apart. Null where a rule comes from no file.</summary>
    public string? Text { get; init; }

    /// <summary>Puts what the prefix captured into the parameters that the rule has set; null where it sets none that take it.</summary>
    public Func<T, ImmutableDictionary<string, string>, T>? Fill { get; init; }

    /// <summary>The parameters as this rule leaves them: as they were where its prefix does not match.</summary>
    public T Over(Path name, T parameters)
    {
        if (!Prefix.TryMatch(name, out ImmutableDictionary<string, string> captures)) return parameters;
        T set = Set(parameters);
        return Fill is null ? set : Fill(set, captures);
    }

    /// <summary>Rules of files are equal where they were written alike, others where they are the same function.</summary>
    public bool Equals(PolicyRule<T>? other) =>
        other is not null && Prefix.Text == other.Prefix.Text && Text == other.Text && (Text is not null || Set == other.Set);

    public override int GetHashCode() => HashCode.Combine(Prefix.Text, Text);
}
