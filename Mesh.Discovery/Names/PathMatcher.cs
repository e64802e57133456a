using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Mesh.Discovery.Names;

/// <summary>
/// A pattern for the head of a path, <c>/#/io.l5d.fs/{service}</c>: each segment is text, <c>*</c> for any one segment, or text with captures
/// in it. A path matches when its first segments do; what follows them does not matter.
/// </summary>
/// <remarks>
/// Immutable, thread-safe. Segments are compared as canonical text. Source: Linkerd's PathMatcher: captures are greedy and not anchored, and of
/// two of one name the last holds. Unlike there, a path that is shorter than the pattern does not match (there <c>*</c> throws), <c>$</c>
/// around a capture is text (there the end of a line), and <c>-</c> and <c>.</c> may stand in a variable's name.
/// </remarks>
public sealed partial class PathMatcher
{
    private readonly ImmutableArray<Segment> _segments;

    private PathMatcher(string text, ImmutableArray<Segment> segments)
    {
        Text = text;
        _segments = segments;
    }

    /// <summary>Matches every path, with no captures.</summary>
    public static PathMatcher Any { get; } = Parse("/");

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern. Any text is one, so nothing fails; slashes before the first and behind the last segment do not count.</summary>
    public static PathMatcher Parse(string text)
    {
        string trimmed = text.Trim('/');
        string[] segments = trimmed.Length == 0 ? [] : trimmed.Split('/');
        return new PathMatcher(text, [.. segments.Select(Segment.Of)]);
    }

    /// <summary>Whether the path begins as the pattern says; <paramref name="captures"/> are then what its variables stand for.</summary>
    public bool TryMatch(Path path, out ImmutableDictionary<string, string> captures)
    {
        captures = ImmutableDictionary<string, string>.Empty;
        if (path.Count < _segments.Length) return false;
        for (int i = 0; i < _segments.Length; i++)
        {
            if (!_segments[i].TryMatch(PathText.Label(path[i]), ref captures)) return false;
        }

        return true;
    }

    /// <summary>The template with each <c>{variable}</c> that was captured put in; others stay as they are.</summary>
    public static string Substitute(string template, ImmutableDictionary<string, string> captures) =>
        Capture().Replace(template, match => captures.TryGetValue(match.Groups[1].Value, out string? value) ? value : match.Value);

    public override string ToString() => Text;

    [GeneratedRegex(@"\{([a-zA-Z0-9.:_-]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Capture();

    /// <summary>One segment of the pattern; no regex where it is plain text.</summary>
    private sealed record Segment(string Text, Regex? Regex, ImmutableArray<string> Variables)
    {
        public static Segment Of(string text)
        {
            MatchCollection captures = Capture().Matches(text);
            if (captures.Count == 0) return new Segment(text, null, []);
            var pattern = new System.Text.StringBuilder();
            int at = 0;
            foreach (Match capture in captures)
            {
                pattern.Append(Regex.Escape(text[at..capture.Index])).Append("(.*)");
                at = capture.Index + capture.Length;
            }

            pattern.Append(Regex.Escape(text[at..]));
            const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline;
            return new Segment(text, new Regex(pattern.ToString(), Options), [.. captures.Select(static capture => capture.Groups[1].Value)]);
        }

        public bool TryMatch(string segment, ref ImmutableDictionary<string, string> captures)
        {
            if (Text == "*") return true;
            if (Regex is null) return Text == segment;
            Match match = Regex.Match(segment);
            if (!match.Success) return false;
            for (int i = 0; i < Variables.Length; i++) captures = captures.SetItem(Variables[i], match.Groups[i + 1].Value);
            return true;
        }
    }
}
