using System.Buffers;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Discovery.Namers.Rewriting;

/// <summary>Rewrites that take <c>host:port</c> apart; null is <c>~</c>.</summary>
/// <remarks>
/// Pure. There is exactly one colon; the port is a number or a lower-case DNS label, at most 63 characters (RFC 1123); no IPv6. An empty host,
/// at which Linkerd throws, and a colon at the end, which it passes over, are <c>~</c>. Source: Linkerd's io.buoyant.hostportPfx.
/// </remarks>
internal static class HostPortRewrites
{
    private const int LabelChars = 63;

    private static readonly SearchValues<char> _labelChars = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyz-");

    /// <summary><c>/host:port/rest</c> to <c>/host/port/rest</c>.</summary>
    public static Path? HostPort(Path path) => TrySplit(path, out string host, out string port) ? Path.Of(host, port) + path.Drop(1) : null;

    /// <summary><c>/host:port/rest</c> to <c>/port/host/rest</c>.</summary>
    public static Path? PortHost(Path path) => TrySplit(path, out string host, out string port) ? Path.Of(port, host) + path.Drop(1) : null;

    private static bool TrySplit(Path path, out string host, out string port)
    {
        string[] parts = path.Count > 0 ? path[0].Split(':') : [];
        (host, port) = parts.Length == 2 ? (parts[0], parts[1]) : ("", "");
        return host.Length > 0
            && port.Length is > 0 and <= LabelChars
            && port[0] != '-'
            && !port.AsSpan().ContainsAnyExcept(_labelChars);
    }
}
