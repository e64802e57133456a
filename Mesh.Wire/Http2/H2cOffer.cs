using System.Buffers;
using System.Buffers.Text;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http2;

/// <summary>A request of HTTP/1.1 that offers to go on in HTTP/2 without TLS: <c>Upgrade: h2c</c> (RFC 7540 section 3.2).</summary>
/// <remarks>
/// <para>RFC 9113 section 3.1 wants clients to know beforehand instead, but Java's HttpClient and <c>curl --http2</c> still ask so, and h2 servers
/// of Linkerd 1 agreed.</para>
/// <para>An offer that a proxy before this one lets through unread leads its client past that proxy's rules. HTTP2-Settings is for one hop, and its
/// sender must list it in Connection (RFC 7540 section 3.2.1); a proxy set up for WebSocket writes <c>Connection: upgrade</c> itself, and what slips
/// through it so is no offer.</para>
/// </remarks>
public static class H2cOffer
{
    /// <summary>Of HTTP2-Settings, decoded, bytes: sixteen settings, twice what is in use.</summary>
    public const int MaxSettingsBytes = 16 * Setting.Bytes;

    /// <summary>
    /// Whether a request offers it in the way in which it must, with settings that hold. One with a body does not count: the body would come in
    /// HTTP/1 behind the answer.
    /// </summary>
    /// <param name="head">Whole.</param>
    /// <param name="settings">Room of <see cref="MaxSettingsBytes"/> for the payload of the client's SETTINGS.</param>
    /// <param name="length">Bytes of it.</param>
    public static bool TryRead(RequestHead head, Span<byte> settings, out int length)
    {
        length = 0;
        if (!head.OffersUpgrade || !head.Has(KnownField.Http2Settings) || head.IsRepeated(KnownField.Http2Settings)) return false;
        if (head.Framing != BodyFraming.None && (head.Framing != BodyFraming.Length || head.ContentLength > 0)) return false;
        if (!Http1Bytes.Lists(head, KnownField.Upgrade, "h2c"u8)) return false;
        if (!Http1Bytes.Lists(head, KnownField.Connection, "http2-settings"u8)) return false;
        return head.TryGetField(KnownField.Http2Settings, out ReadOnlySpan<byte> text)
            && Base64Url.DecodeFromUtf8(text, settings, out _, out length) == OperationStatus.Done
            && length % Setting.Bytes == 0
            && new PeerSettings().Apply(settings[..length], fromServer: false, new HpackEncoder()).IsGood;
    }
}
