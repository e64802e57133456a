using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Mesh.Discovery.Names;

/// <summary>
/// A name: an immutable list of segments, such as <c>/svc/users</c>. Segments are <i>bytes</i>, held as Latin-1 strings (one char per
/// byte, U+0000..U+00FF), because a Host header is bytes, not Unicode; they are compared byte by byte, case included, and are never empty.
/// </summary>
/// <remarks>
/// Thread-safe. Files that also import System.IO (implicitly, all of them outside this namespace) write
/// <c>using Path = Mesh.Discovery.Names.Path;</c>.
/// </remarks>
public sealed class Path : IEquatable<Path>
{
    private readonly int _hash;

    private Path(ImmutableArray<string> segments)
    {
        Segments = segments;
        var hash = new HashCode();
        foreach (string segment in segments) hash.Add(segment);
        _hash = hash.ToHashCode();
    }

    /// <summary><c>/</c>, which has no segment.</summary>
    public static Path Empty { get; } = new([]);

    public ImmutableArray<string> Segments { get; }

    public int Count => Segments.Length;

    public string this[int index] => Segments[index];

    /// <exception cref="ArgumentException">A segment is empty or holds a char above U+00FF: a bug in the caller.</exception>
    public static Path Of(params ReadOnlySpan<string> segments)
    {
        foreach (string segment in segments)
        {
            if (segment.Length == 0) throw new ArgumentException("a segment must not be empty", nameof(segments));
            if (segment.AsSpan().ContainsAnyExceptInRange('\0', '\u00ff'))
                throw new ArgumentException("a segment holds bytes as Latin-1", nameof(segments));
        }
        return segments.IsEmpty ? Empty : new Path([.. segments]);
    }

    /// <summary>The segment that holds these bytes.</summary>
    public static string SegmentOf(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>Reads canonical text, white space and comments around it allowed.</summary>
    /// <exception cref="FormatException">The text is no path; the message shows where.</exception>
    public static Path Parse(string text) =>
        TryParse(text, out Path? path, out SyntaxError? error) ? path : throw new FormatException(error.ToString());

    public static bool TryParse(string text, [NotNullWhen(true)] out Path? path, [NotNullWhen(false)] out SyntaxError? error)
    {
        var reader = new NameReader(text);
        reader.SkipSpace();
        bool ok = reader.ReadPath(out path);
        reader.SkipSpace();
        ok = ok && reader.EndOfInput();
        error = reader.Error;
        return ok;
    }

    public static Path operator +(Path head, Path tail) => head.Concat(tail);

    public Path Concat(Path tail) => tail.Count == 0 ? this : Count == 0 ? tail : new Path(Segments.AddRange(tail.Segments));

    public bool StartsWith(Path prefix) =>
        prefix.Count <= Count && prefix.Segments.AsSpan().SequenceEqual(Segments.AsSpan(0, prefix.Count));

    /// <summary>The first <paramref name="count"/> segments; all when there are fewer.</summary>
    public Path Take(int count) => count >= Count ? this : count <= 0 ? Empty : new Path(Segments[..count]);

    /// <summary>What follows the first <paramref name="count"/> segments; empty when there is nothing.</summary>
    public Path Drop(int count) => count <= 0 ? this : count >= Count ? Empty : new Path(Segments[count..]);

    public bool Equals(Path? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Segments.AsSpan().SequenceEqual(other.Segments.AsSpan()));

    public override bool Equals(object? obj) => Equals(obj as Path);

    public override int GetHashCode() => _hash;

    /// <summary>Canonical text: <c>Parse(ToString())</c> gives an equal path.</summary>
    public override string ToString()
    {
        if (Count == 0) return "/";
        var text = new StringBuilder();
        foreach (string segment in Segments) PathText.AppendLabel(text.Append('/'), segment);
        return text.ToString();
    }
}
