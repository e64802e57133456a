using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Dtabs;

/// <summary>A delegation table: rules for names, of which the last that matches is tried first. Immutable, compared by value.</summary>
/// <remarks>Thread-safe. Source: finagle's Dtab. There is no longest-prefix rule: order alone decides.</remarks>
public sealed class Dtab(ImmutableArray<Dentry> dentries) : IEquatable<Dtab>
{
    public static Dtab Empty { get; } = new([]);

    public ImmutableArray<Dentry> Dentries { get; } = dentries;

    /// <exception cref="FormatException">The text is no dtab; the message shows where.</exception>
    public static Dtab Parse(string text) =>
        TryParse(text, out Dtab? dtab, out SyntaxError? error) ? dtab : throw new FormatException(error.ToString());

    public static bool TryParse(string text, [NotNullWhen(true)] out Dtab? dtab, [NotNullWhen(false)] out SyntaxError? error) =>
        DtabParser.TryParseDtab(text, out dtab, out error);

    public static Dtab operator +(Dtab head, Dtab tail) => head.Concat(tail);

    /// <summary>Both; the rules of <paramref name="tail"/> win.</summary>
    public Dtab Concat(Dtab tail) => tail.Dentries.IsEmpty ? this : Dentries.IsEmpty ? tail : new Dtab(Dentries.AddRange(tail.Dentries));

    /// <summary>The rules that match, in the order in which they are tried: last first.</summary>
    public IEnumerable<Dentry> Matches(Path path)
    {
        for (int i = Dentries.Length - 1; i >= 0; i--)
        {
            if (Dentries[i].Prefix.Matches(path)) yield return Dentries[i];
        }
    }

    /// <summary>One step: no match is <c>~</c>, one is its tree, several are alternatives.</summary>
    public NameTree<Path> Lookup(Path path) => NameTree.AltOf([.. Matches(path).Select(dentry => dentry.Rewrite(path))]);

    public bool Equals(Dtab? other) => other is not null && Dentries.AsSpan().SequenceEqual(other.Dentries.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Dtab);

    public override int GetHashCode() => Dentries.Aggregate(6, HashCode.Combine);

    /// <summary>Canonical text: <c>Parse(ToString())</c> gives an equal dtab.</summary>
    public override string ToString() => string.Join(';', Dentries);
}
