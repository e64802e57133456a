using Mesh.Wire.Buffers;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http2.Heads;

/// <summary>Packs heads for the next hop into header blocks: pseudo fields first, then what travels on, then what this hop adds.</summary>
/// <remarks>
/// Hot path: no allocation. A head may have come by either protocol. Each tells how many bytes it wrote, never more than its MaxBytes; a block
/// that was written must be sent.
/// </remarks>
internal static class HeadFields
{
    /// <summary>What a block's own fields can take: size updates, pseudo fields, content-length, te.</summary>
    private const int OwnBytes = 256;

    /// <summary>Room for any of the blocks of a request head.</summary>
    public static int MaxRequestBytes(RequestHead head, HeadEdits edits, ReadOnlySpan<byte> scheme, ReadOnlySpan<byte> protocol) =>
        MaxBytes(head.End - head.Start + head.AuthorityLength + edits.Added.Length + edits.TargetPrefix.Length + edits.Authority.Length
            + scheme.Length + protocol.Length);

    /// <summary>Room for the block of a response head.</summary>
    public static int MaxResponseBytes(ResponseHead head, HeadEdits edits) => MaxBytes(head.End - head.Start + edits.Added.Length);

    /// <summary>Room for a block of ready lines.</summary>
    public static int MaxLinesBytes(ReadOnlySpan<byte> lines) => MaxBytes(lines.Length);

    /// <summary>Packs a request.</summary>
    /// <param name="room">At least <see cref="MaxRequestBytes"/>.</param>
    /// <param name="encoder">Of the connection.</param>
    /// <param name="head">The head as it came.</param>
    /// <param name="edits">What the hop changes; a Host among the lines that it adds becomes :authority.</param>
    /// <param name="scheme"><c>http</c> or <c>https</c>, as the next hop is reached.</param>
    /// <param name="framing">How the body will be sent: Length writes content-length.</param>
    /// <param name="length">Bytes of the body when Length.</param>
    /// <param name="protocol">For extended CONNECT, such as <c>websocket</c>; else empty.</param>
    public static int WriteRequest(
        Span<byte> room, HpackEncoder encoder, RequestHead head, HeadEdits edits, ReadOnlySpan<byte> scheme, BodyFraming framing, long length,
        ReadOnlySpan<byte> protocol)
    {
        FieldWriter writer = new(encoder, room);
        writer.Write(":method"u8, protocol.IsEmpty ? head.MethodBytes : "CONNECT"u8);
        writer.Write(":scheme"u8, scheme);
        ReadOnlySpan<byte> authority = Authority(head, edits);
        if (!authority.IsEmpty) writer.Write(":authority"u8, authority, head.PseudoNeverIndexed);
        WritePath(ref writer, head, edits);
        if (!protocol.IsEmpty) writer.Write(":protocol"u8, protocol);
        writer.WriteFields(head, edits, protocol.IsEmpty ? KnownField.Host : KnownField.SecWebSocketKey);
        if (framing == BodyFraming.Length) writer.WriteLength(length);
        if (head.AcceptsTrailers) writer.Write("te"u8, "trailers"u8);
        writer.WriteLines(edits.Added);
        return writer.Length;
    }

    /// <summary>Packs a response, interim or final; a body that its own framing left without a length gets none here either.</summary>
    /// <param name="room">At least <see cref="MaxResponseBytes"/>.</param>
    /// <param name="encoder">Of the connection.</param>
    /// <param name="head">The head as it came.</param>
    /// <param name="edits">Fields dropped and lines added by the hop.</param>
    /// <param name="framing">How the body will be sent: Length writes content-length, None what the head told of the body that is not sent.</param>
    /// <param name="length">Bytes of the body when Length.</param>
    public static int WriteResponse(Span<byte> room, HpackEncoder encoder, ResponseHead head, HeadEdits edits, BodyFraming framing, long length)
    {
        FieldWriter writer = new(encoder, room);

        // An upgrade that HTTP/1 answered by 101 is a tunnel of 200 here, and nobody gave the key that would be accepted (RFC 8441 section 5).
        writer.WriteStatus(head.Status == 101 ? 200 : head.Status);
        writer.WriteFields(head, edits, head.Status == 101 ? KnownField.SecWebSocketAccept : KnownField.Host);

        // The end of the stream tells an empty body: nothing is added that the backend left out (gRPC would show it as metadata).
        bool isUnsaid = length == 0 && head.IsHttp2 && !head.Has(KnownField.ContentLength);
        if (framing == BodyFraming.Length && !isUnsaid) writer.WriteLength(length);
        else if (framing == BodyFraming.None && head.ContentLength >= 0) writer.WriteLength(head.ContentLength);
        writer.WriteLines(edits.Added);
        return writer.Length;
    }

    /// <summary>Packs a response that the proxy makes itself.</summary>
    /// <param name="room">At least <see cref="MaxLinesBytes"/>.</param>
    /// <param name="encoder">Of the connection.</param>
    /// <param name="status">100..599.</param>
    /// <param name="lines">Ready lines, each ended by CRLF.</param>
    /// <param name="length">Bytes of the body; negative for no content-length.</param>
    public static int WriteLocal(Span<byte> room, HpackEncoder encoder, int status, ReadOnlySpan<byte> lines, long length)
    {
        FieldWriter writer = new(encoder, room);
        writer.WriteStatus(status);
        if (length >= 0 && status is not (204 or 304 or < 200)) writer.WriteLength(length);
        writer.WriteLines(lines);
        return writer.Length;
    }

    /// <summary>Packs trailers; <paramref name="lines"/> are not empty, for an empty block would be no trailers but an empty frame.</summary>
    public static int WriteTrailers(Span<byte> room, HpackEncoder encoder, ReadOnlySpan<byte> lines)
    {
        FieldWriter writer = new(encoder, room);
        writer.WriteLines(lines);
        return writer.Length;
    }

    /// <summary>
    /// A line is its field and four bytes, or three; packed it is never more than its field and three, and three more for each text of 127 bytes
    /// and up.
    /// </summary>
    private static int MaxBytes(int lineBytes) => lineBytes + lineBytes / 16 + OwnBytes;

    private static ReadOnlySpan<byte> Authority(RequestHead head, HeadEdits edits)
    {
        if (edits.Authority.Length > 0) return edits.Authority;
        if (!Http1Encoder.AddsHost(edits.Added)) return head.Authority;
        ReadOnlySpan<byte> lines = edits.Added;
        while (FieldWriter.TryNextLine(ref lines, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            if (FieldNames.Find(name) == KnownField.Host) return value;
        }

        return head.Authority;
    }

    /// <summary>As HTTP/1's encoder writes a target: with another front, or completed where it lost its path or never had one.</summary>
    private static void WritePath(ref FieldWriter writer, RequestHead head, HeadEdits edits)
    {
        ReadOnlySpan<byte> target = head.Target[edits.TargetSkip..];
        ReadOnlySpan<byte> front = edits.TargetPrefix;
        if (front.IsEmpty && target.IsEmpty) front = edits.TargetSkip == 0 && head.Method == KnownMethod.Options ? "*"u8 : "/"u8;
        else if (front.IsEmpty && target[0] == '?') front = "/"u8;
        if (front.IsEmpty || target.IsEmpty)
        {
            writer.Write(":path"u8, front.IsEmpty ? target : front, head.PseudoNeverIndexed);
            return;
        }

        byte[] whole = BufferPool.Rent(front.Length + target.Length);
        front.CopyTo(whole);
        target.CopyTo(whole.AsSpan(front.Length));
        writer.Write(":path"u8, whole.AsSpan(0, front.Length + target.Length), head.PseudoNeverIndexed);
        BufferPool.Return(whole);
    }
}
