using System.Text;
using Mesh.Wire.Tls;

namespace Mesh.Node.Proxy.Context;

/// <summary>
/// <c>x-forwarded-client-cert</c>: who a client proved to be to this node, <c>Hash=..;SAN=uri;DNS=name;Subject="CN=.."</c>. Made once for a
/// connection, when its first request asks for it.
/// </summary>
/// <remarks>Source: Linkerd's ForwardClientCertFilter, and Envoy's header of that name, whose quoting it takes.</remarks>
internal static class ClientCertificateField
{
    /// <summary>Names of each kind that are told; a certificate for a hundred hosts would fill the head.</summary>
    public const int MaxNames = 16;

    /// <summary>Characters of one value.</summary>
    public const int MaxValue = 512;

    /// <summary>The whole line; empty where the client showed none.</summary>
    public static byte[] LineOf(PeerCertificate? peer)
    {
        if (peer is null) return [];
        StringBuilder line = new($"x-forwarded-client-cert: Hash={peer.Sha256}");
        foreach (string uri in peer.Uris.Take(MaxNames)) line.Append(";SAN=").Append(Value(uri));
        foreach (string name in peer.DnsNames.Take(MaxNames)) line.Append(";DNS=").Append(Value(name));
        if (peer.Subject.Length > 0) line.Append(";Subject=\"").Append(Cut(Plain(peer.Subject))).Append('"');
        line.Append("\r\n");
        return Encoding.Latin1.GetBytes(line.ToString());
    }

    private static string Value(string text) => text.AsSpan().ContainsAny(",;=\"") ? Quoted(text) : Plain(text);

    private static string Quoted(string text) =>
        $"\"{Plain(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>RFC 2253 has escaped what could end the quotes; a name that was cut short must not escape their end.</summary>
    private static string Cut(string name) => (name.Length - name.TrimEnd('\\').Length) % 2 == 0 ? name : name[..^1];

    /// <summary>A certificate is another's text: what could end the line, or is no ASCII, becomes a question mark.</summary>
    private static string Plain(string text) =>
        string.Concat(text.Take(MaxValue).Select(static letter => letter is >= ' ' and < '\x7f' ? letter : '?'));
}
