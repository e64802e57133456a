using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Mesh.Discovery.Names;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Dtabs;

/// <summary>The left side of a dentry: segments, of which <c>*</c> (null here) matches any one. Immutable, compared by value.</summary>
public sealed class Prefix : IEquatable<Prefix>
{
    private Prefix(ImmutableArray<string?> elements) => Elements = elements;

    /// <summary>Segments; null is the wildcard.</summary>
    public ImmutableArray<string?> Elements { get; }

    public int Count => Elements.Length;

    /// <exception cref="ArgumentException">An element is empty or not bytes: a bug in the caller.</exception>
    public static Prefix Of(params ReadOnlySpan<string?> elements)
    {
        foreach (string? element in elements)
        {
            if (element is not null) Path.Of(element);
        }
        return new Prefix([.. elements]);
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out Prefix? prefix, [NotNullWhen(false)] out SyntaxError? error) =>
        DtabParser.TryParsePrefix(text, out prefix, out error);

    /// <summary>Whether each element equals, or as <c>*</c> accepts, the segment of <paramref name="path"/> in its place.</summary>
    public bool Matches(Path path)
    {
        if (Count > path.Count) return false;
        for (int i = 0; i < Count; i++)
        {
            if (Elements[i] is { } element && element != path[i]) return false;
        }
        return true;
    }

    public bool Equals(Prefix? other) => other is not null && Elements.AsSpan().SequenceEqual(other.Elements.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Prefix);

    public override int GetHashCode() => Elements.Aggregate(5, HashCode.Combine);

    public override string ToString()
    {
        if (Count == 0) return "/";
        var text = new StringBuilder();
        foreach (string? element in Elements)
        {
            text.Append('/');
            if (element is null) text.Append('*');
            else PathText.AppendLabel(text, element);
        }
        return text.ToString();
    }
}
