using System.Collections.Immutable;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Config;

/// <summary>
/// Parameters by prefix of a name: <c>io.l5d.global</c> is one rule that matches every name, <c>io.l5d.static</c> a list. Each rule whose
/// prefix matches is laid over the ones before it, in the order written; of a parameter that two set, the later wins.
/// </summary>
/// <param name="Defaults">What holds where no rule sets a parameter.</param>
/// <param name="Rules">In the order written.</param>
/// <remarks>Source: Linkerd's ClientConfig, SvcConfig. Immutable; cold (asked once when a destination or a service name is made).</remarks>
internal sealed record PolicyConfig<T>(T Defaults, ImmutableArray<PolicyRule<T>> Rules)
    where T : class
{
    /// <summary>The parameters of one client id, or one service name.</summary>
    public T For(Path name) =>
        Rules.Aggregate(Defaults, (parameters, rule) => rule.Matches(name) ? rule.Over(parameters) : parameters);
}

/// <summary>The parameters that one rule sets.</summary>
/// <param name="Prefix">A path matcher as written, <c>/#/io.l5d.fs/{service}</c>; <c>/</c> matches every name.</param>
/// <param name="Set">The parameters given where they are written; the others as they were.</param>
internal sealed record PolicyRule<T>(PathMatcher Prefix, Func<T, T> Set)
    where T : class
{
    public bool Matches(Path name) => Prefix.TryMatch(name, out _);

    public T Over(T parameters) => Set(parameters);
}
