using Mesh.Discovery.Names;
using Mesh.Node.Config.Yaml;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Config.Schema;

/// <summary>A path as dtabs write it, <c>/#/io.l5d.fs/web</c>.</summary>
internal sealed class PathKey(string name, string doc) : ScalarKey<string>(name, "/", doc)
{
    public override KeyShape Shape => new("path");

    protected override string Expected => "a path such as `/svc/web`, without a slash at its end";

    protected override bool TryParse(string text, out string value)
    {
        value = text.Trim();
        return Path.TryParse(text, out _, out _);
    }
}

/// <summary>A pattern for the head of a path, <c>/#/io.l5d.fs/{service}</c>: text, <c>*</c> for one segment, captures in braces.</summary>
internal sealed class MatcherKey(string name, string doc) : ScalarKey<PathMatcher>(name, PathMatcher.Any, doc)
{
    /// <summary>Longest pattern, characters: it is compared with every name of a router.</summary>
    public const int MaxLength = 1024;

    public override KeyShape Shape => new("path pattern", "", "", "segments, `*`, `{capture}`");

    /// <summary>The first segment of a pattern where it is plain text; null where other texts match it too, or where there is none.</summary>
    public static string? FirstText(PathMatcher pattern) =>
        pattern.Text.Split('/', StringSplitOptions.RemoveEmptyEntries) is [var first, ..] && !first.AsSpan().ContainsAny('*', '{') ? first : null;

    protected override string Expected => "a path such as `/svc/users`, in which `*` is any segment and `{name}` any part of one";

    protected override bool TryParse(string text, out PathMatcher value)
    {
        value = Default;
        bool isPath = text == "/" || (text.StartsWith('/') && text.Length <= MaxLength && !text[1..].Split('/').Contains(""));
        if (isPath) value = PathMatcher.Parse(text);
        return isPath;
    }

    /// <summary>Braces that capture nothing are text, which no name is likely to hold.</summary>
    protected override void CheckWorld(YamlScalar scalar, PathMatcher parsed, CheckContext context)
    {
        int open = scalar.Text.Count(static character => character == '{');
        if (open == 0 && !scalar.Text.Contains('}')) return;
        string rest = PathMatcher.Substitute(scalar.Text, Everything(scalar.Text));
        if (rest.AsSpan().ContainsAny('{', '}'))
            context.Faults.Warn(scalar.At,
                $"`{Name}` {Quoting.Quote(scalar.Text)} has braces that capture nothing; `{{name}}` does, of letters, digits and `.:_-`");
    }

    private static System.Collections.Immutable.ImmutableDictionary<string, string> Everything(string text)
    {
        var captures = System.Collections.Immutable.ImmutableDictionary.CreateBuilder<string, string>();
        foreach (string piece in text.Split('{'))
        {
            int end = piece.IndexOf('}', StringComparison.Ordinal);
            if (end > 0) captures[piece[..end]] = "";
        }

        return captures.ToImmutable();
    }
}
