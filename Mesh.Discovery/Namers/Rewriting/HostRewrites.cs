using System.Buffers;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers.Rewriting;

/// <summary>Rewrites of a path that begins with a host as a Host header has it; null is <c>~</c>.</summary>
/// <remarks>
/// Pure. Hosts are told coarsely, as in Linkerd, so that names, IPv4 and IPv6 pass; case counts. Where a host has an empty label
/// (<c>a..b</c>, a lone dot) Linkerd throws or answers with the rest alone; here it is <c>~</c>. Source: Linkerd's io.buoyant.http.
/// </remarks>
internal static class HostRewrites
{
    private static readonly SearchValues<char> _hostChars =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.:_-");

    /// <summary><c>/host/rest</c> to <c>/rest</c>.</summary>
    public static Path? AnyHost(Path path) => path.Count > 0 && IsHost(path[0]) ? path.Drop(1) : null;

    /// <summary><c>/domain/sub.domain:port/rest</c> to <c>/sub/rest</c>; <c>sub</c> may have dots.</summary>
    public static Path? SubdomainOf(Path path)
    {
        if (path.Count < 2 || !IsHost(path[0]) || !IsHost(path[1])) return null;
        string suffix = "." + path[0];
        string host = WithoutPort(path[1]);
        return host.Length > suffix.Length && host.EndsWith(suffix, StringComparison.Ordinal)
            ? Path.Of(host[..^suffix.Length]) + path.Drop(2)
            : null;
    }

    /// <summary><c>/domain/prefix/sub.domain/rest</c> to <c>/prefix/sub/rest</c>.</summary>
    public static Path? SubdomainOfAfterPrefix(Path path) =>
        path.Count > 2 && SubdomainOf(path.Take(1) + path.Drop(2)) is { } rewritten ? Path.Of(path[1]) + rewritten : null;

    /// <summary><c>/a.b.c/rest</c> to <c>/c/b/a/rest</c>; dots at the end are passed over, a port stays with its label.</summary>
    public static Path? DomainToPath(Path path)
    {
        if (path.Count == 0 || !IsHost(path[0])) return null;
        string[] labels = path[0].TrimEnd('.').Split('.');
        if (labels.Contains("")) return null;
        labels.AsSpan().Reverse();
        return Path.Of(labels) + path.Drop(1);
    }

    private static bool IsHost(string text) => !text.AsSpan().ContainsAnyExcept(_hostChars);

    private static string WithoutPort(string host) => host.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? host[..colon] : host;
}
