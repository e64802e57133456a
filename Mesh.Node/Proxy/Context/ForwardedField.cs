using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Node.Config;
using Mesh.Wire;
using Mesh.Wire.Exchange;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy.Context;

/// <summary>
/// The <c>Forwarded</c> field (RFC 7239) of one client connection's requests: by whom and for whom, as far as the operator wants it told.
/// </summary>
/// <remarks>
/// Source: Linkerd's ForwardedHeaderLabeler. Unlike there, a host that is no token (one with a port) is quoted, as RFC 7239 section 4 asks.
/// Only on servers with <c>addForwardedHeader</c>; on the connection's loop.
/// </remarks>
internal sealed class ForwardedField(ForwardedConfig config, string router, Transport transport)
{
    /// <summary>Letters and digits of a random label.</summary>
    private const int RandomLength = 6;

    private const string Unknown = "unknown";

    private string? _by;
    private string? _for;

    /// <summary>Adds the field.</summary>
    public void Write(RequestHead head, HeadEdits edits, ref SplitMix64 random)
    {
        StringBuilder value = new();
        value.Append("by=").Append(Label(config.By, ref _by, transport.LocalEndPoint, ref random));
        value.Append(";for=").Append(Label(config.For, ref _for, transport.RemoteEndPoint, ref random));
        if (!head.Authority.IsEmpty) value.Append(";host=").Append(TokenOrQuoted(Encoding.Latin1.GetString(head.Authority)));
        if (head.IsAbsoluteForm) value.Append(";proto=http");
        edits.Add("Forwarded", value.ToString());
    }

    private string Label(ForwardedLabel label, ref string? kept, IPEndPoint? address, ref SplitMix64 random)
    {
        if (label.Kind == ForwardedLabelKind.RequestRandom) return address is null ? Unknown : Random(ref random);
        if (kept is not null) return kept;
        return kept = label.Kind switch
        {
            ForwardedLabelKind.Router => Obfuscated(router),
            ForwardedLabelKind.Static => Obfuscated(label.Text!),
            _ when address is null || address.Address.Equals(IPAddress.Any) || address.Address.Equals(IPAddress.IPv6Any) => Unknown,
            ForwardedLabelKind.ConnectionRandom => Random(ref random),
            ForwardedLabelKind.IpPort => $"\"{Node(address.Address)}:{address.Port}\"",
            _ => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"\"{Node(address.Address)}\"" : Node(address.Address),
        };
    }

    private static string Node(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{new IPAddress(address.GetAddressBytes())}]" : address.ToString();

    /// <summary>RFC 7239 section 6.3: an obfuscated identifier begins with an underscore.</summary>
    private static string Obfuscated(string label) => TokenOrQuoted(label.StartsWith('_') ? label : "_" + label);

    private static string Random(ref SplitMix64 random)
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        Span<char> label = stackalloc char[RandomLength + 1];
        label[0] = '_';
        foreach (ref char letter in label[1..]) letter = Letters[(int)(random.Next() % (ulong)Letters.Length)];
        return new string(label);
    }

    private static string TokenOrQuoted(string text)
    {
        bool isToken = text.All(static c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c));
        return isToken ? text : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }
}
