using System.Text;
using Mesh.Wire.Exchange;

namespace Mesh.Wire.Http1;

/// <summary>Which known field a name is, and whether fields of that name stay at this hop.</summary>
internal static class FieldNames
{
    /// <summary>Fields that never travel on, whatever Connection lists (RFC 9110 section 7.6.1; Linkerd strips the Proxy- fields too).</summary>
    private const uint HopByHopMask =
        (1u << (int)KnownField.Connection) | (1u << (int)KnownField.KeepAlive) | (1u << (int)KnownField.ProxyConnection)
        | (1u << (int)KnownField.Te) | (1u << (int)KnownField.TransferEncoding) | (1u << (int)KnownField.Upgrade)
        | (1u << (int)KnownField.Http2Settings) | (1u << (int)KnownField.ProxyAuthorization) | (1u << (int)KnownField.ProxyAuthenticate);

    public static bool IsHopByHop(KnownField known) => (HopByHopMask & (1u << (int)known)) != 0;

    /// <remarks>Hot path: length and first letter leave at most two candidates to compare.</remarks>
    public static KnownField Find(ReadOnlySpan<byte> name)
    {
        int first = name[0] | 0x20;
        switch (name.Length)
        {
            case 2 when first == 't': return Is(name, "te"u8, KnownField.Te);
            case 2 when first == 'b': return Is(name, "b3"u8, KnownField.TraceContext);
            case 3 when first == 'v': return Is(name, "via"u8, KnownField.Via);
            case 4 when first == 'h': return Is(name, "host"u8, KnownField.Host);
            case 4 when first == 'd': return Is(name, "date"u8, KnownField.Date);
            case 6 when first == 'e': return Is(name, "expect"u8, KnownField.Expect);
            case 6 when first == 's': return Is(name, "server"u8, KnownField.Server);
            case 7 when first == 'u': return Is(name, "upgrade"u8, KnownField.Upgrade);
            case 7 when first == 't': return Is(name, "trailer"u8, KnownField.Trailer);
            case 9 when first == 'm': return MeshField(name);
            case 10 when first == 'c': return Is(name, "connection"u8, KnownField.Connection);
            case 10 when first == 'k': return Is(name, "keep-alive"u8, KnownField.KeepAlive);
            case 10 when first == 'm': return Is(name, "mesh-proxy"u8, KnownField.Mesh);
            case 11 when first == 'm': return Is(name, "mesh-mirror"u8, KnownField.MeshMirror);
            case 11 when first == 't': return Is(name, "traceparent"u8, KnownField.TraceContext);
            case 12 when first == 'x': return Is(name, "x-b3-traceid"u8, KnownField.TraceContext);
            case 12 when first == 'c': return Is(name, "content-type"u8, KnownField.ContentType);
            case 13 when first == 'm': return Is(name, "mesh-instance"u8, KnownField.Mesh);
            case 14 when first == 'c': return Is(name, "content-length"u8, KnownField.ContentLength);
            case 14 when first == 'h': return Is(name, "http2-settings"u8, KnownField.Http2Settings);
            case 16 when first == 'p': return Is(name, "proxy-connection"u8, KnownField.ProxyConnection);
            case 17 when first == 't': return Is(name, "transfer-encoding"u8, KnownField.TransferEncoding);
            case 17 when first == 's': return Is(name, "sec-websocket-key"u8, KnownField.SecWebSocketKey);
            case 18 when first == 'p': return Is(name, "proxy-authenticate"u8, KnownField.ProxyAuthenticate);
            case 19 when first == 'p': return Is(name, "proxy-authorization"u8, KnownField.ProxyAuthorization);
            case 20 when first == 's': return Is(name, "sec-websocket-accept"u8, KnownField.SecWebSocketAccept);
            case 21 when first == 's': return Is(name, "sec-websocket-version"u8, KnownField.SecWebSocketVersion);
            case 23 when first == 'x': return Is(name, "x-forwarded-client-cert"u8, KnownField.ClientCertificate);
            case > 4 when first == 'l' && Ascii.EqualsIgnoreCase(name[..4], "l5d-"u8): return KnownField.Linkerd;
            default: return KnownField.Other;
        }
    }

    /// <summary>
    /// True for Content_Length, Transfer__Encoding and their like: legal tokens that a CGI-like backend cannot tell from the framing fields,
    /// and that nobody sends in good faith.
    /// </summary>
    public static bool ImitatesFraming(ReadOnlySpan<byte> name)
    {
        if (name.Length < 14) return false;
        return (name[7] == '_' && Imitates(name, "content"u8, "length"u8)) || (name[8] == '_' && Imitates(name, "transfer"u8, "encoding"u8));
    }

    private static KnownField MeshField(ReadOnlySpan<byte> name) =>
        (name[5] | 0x20) == 'h' ? Is(name, "mesh-hops"u8, KnownField.Mesh) : Is(name, "mesh-load"u8, KnownField.Mesh);

    private static KnownField Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lower, KnownField known) =>
        Ascii.EqualsIgnoreCase(name, lower) ? known : KnownField.Other;

    private static bool Imitates(ReadOnlySpan<byte> name, ReadOnlySpan<byte> front, ReadOnlySpan<byte> back) =>
        name.Length > front.Length + back.Length
        && Ascii.EqualsIgnoreCase(name[..front.Length], front)
        && Ascii.EqualsIgnoreCase(name[^back.Length..], back)
        && !name[front.Length..^back.Length].ContainsAnyExcept((byte)'_', (byte)'-');
}
