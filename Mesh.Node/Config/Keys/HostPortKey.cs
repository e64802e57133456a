using System.Net;
using System.Net.Sockets;
using Mesh.Node.Config.Schema;

namespace Mesh.Node.Config.Keys;

/// <summary><c>host:port</c>; an IPv6 literal stands in brackets.</summary>
internal sealed class HostPortKey(string name, string absent, int defaultPort, string doc) : ScalarKey<HostPort?>(name, null, doc)
{
    private const int MaxHostLength = 253;

    public override KeyShape Shape => new("host:port", absent, "", $"port {Numbers.Text(defaultPort)} where none is written");

    protected override string Expected => "a host and a port such as `10.0.0.1:4150`, `node-1.internal` or `[fd00::1]:4150`";

    protected override bool TryParse(string text, out HostPort? value)
    {
        value = null;
        int end = text.StartsWith('[') ? text.IndexOf(']') + 1 : text.IndexOf(':') is var colon and >= 0 ? colon : text.Length;
        if (end == 0) return false;
        int port = defaultPort;
        if (end < text.Length && (text[end] != ':' || !Numbers.TryParse(text[(end + 1)..], 1, SharedKeys.MaxPort, out port))) return false;
        string host = text[..end];
        if (host.StartsWith('[')) host = Version6(host[1..^1]);
        else if (!IsHost(host)) host = "";
        if (host.Length > 0) value = new HostPort(host, port);
        return value is not null;
    }

    private static string Version6(string text) =>
        IPAddress.TryParse(text, out IPAddress? literal) && literal.AddressFamily == AddressFamily.InterNetworkV6 ? literal.ToString() : "";

    private static bool IsHost(string text) =>
        text.Length is > 0 and <= MaxHostLength && text.All(static character => char.IsAsciiLetterOrDigit(character) || "-._".Contains(character));
}
