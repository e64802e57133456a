using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary>What texts of policies may be: paths, hosts, header names and values. They are written into heads as they are.</summary>
internal static class PolicyTexts
{
    /// <summary>Longest path, characters.</summary>
    private const int MaxPath = 1024;

    /// <summary>Longest value of a header, characters.</summary>
    private const int MaxValue = 1024;

    /// <summary>A path of a request, without query and without a slash at its end.</summary>
    public static TextKey Path(string name, string absent, string doc) => new(
        name, null, absent, "a path such as `/v1`, at most 1024 characters, without `?`, `#` and spaces", IsPath, doc)
    {
        Normalize = static text => text.Length > 1 ? text.TrimEnd('/') : text,
    };

    /// <summary>A host that a request or a redirect names.</summary>
    public static TextKey Host(string doc) => new("host", null, "as it came", "a host such as `example.org` or `example.org:8443`", IsHost, doc);

    public static bool IsFieldValue(string text) => text.Length <= MaxValue && !text.Any(char.IsControl);

    private static bool IsPath(string text) =>
        text.StartsWith('/') && text.Length <= MaxPath && !text.StartsWith("//", StringComparison.Ordinal)
        && text.All(static letter => letter is > ' ' and < '\x7f' and not ('?' or '#' or '\\'));

    private static bool IsHost(string text)
    {
        int end = text.StartsWith('[') ? text.IndexOf(']') + 1 : text.IndexOf(':') is var colon and >= 0 ? colon : text.Length;
        if (end == 0 || (end < text.Length && (text[end] != ':' || !Numbers.TryParse(text[(end + 1)..], 1, SharedKeys.MaxPort, out _)))) return false;
        string host = text[..end];
        return host.StartsWith('[')
            ? System.Net.IPAddress.TryParse(host, out _)
            : host.Length <= 253 && host.All(static letter => char.IsAsciiLetterOrDigit(letter) || "-._".Contains(letter));
    }
}
