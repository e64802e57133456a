using System.Buffers.Binary;

namespace Mesh.Wire.Http2.Frames;

/// <summary>Reads payloads whose headers <see cref="FrameRules"/> found good.</summary>
internal static class FramePayload
{
    /// <summary>
    /// Where the content of DATA or HEADERS lies in its payload: without padding and priority, which is ignored (RFC 9113 section 5.3.2), a stream's
    /// dependency on itself too.
    /// </summary>
    /// <param name="header">The frame's header.</param>
    /// <param name="first">The payload's first byte, so that the rest need not be there yet; anything when there is none.</param>
    /// <param name="start">Bytes before the content.</param>
    /// <param name="length">Bytes of content; padding fills the rest. Flow control counts the whole payload (RFC 9113 section 6.1).</param>
    public static FrameVerdict FindContent(in FrameHeader header, byte first, out int start, out int length)
    {
        bool padded = header.Has(FrameFlags.Padded);
        start = padded ? 1 : 0;
        if (header.Type == FrameType.Headers && header.Has(FrameFlags.Priority)) start += FrameRules.PriorityBytes;
        length = header.Length - start;
        if (length < 0) return FrameVerdict.EndConnection(Http2Error.FrameSizeError);
        if (padded) length -= first;
        return length < 0 ? FrameVerdict.EndConnection(Http2Error.ProtocolError) : FrameVerdict.Good;
    }

    /// <summary>HEADERS with a priority: the stream is said to depend on itself.</summary>
    public static bool DependsOnItself(in FrameHeader header, ReadOnlySpan<byte> payload) =>
        (BinaryPrimitives.ReadUInt32BigEndian(payload[(header.Has(FrameFlags.Padded) ? 1 : 0)..]) & 0x7FFFFFFF) == header.StreamId;

    /// <summary>The code of RST_STREAM.</summary>
    public static Http2Error ReadReset(ReadOnlySpan<byte> payload) => (Http2Error)BinaryPrimitives.ReadUInt32BigEndian(payload);

    /// <summary>The increment of WINDOW_UPDATE, 1..2^31-1; zero is a fault of its stream or of the connection (RFC 9113 section 6.9).</summary>
    public static FrameVerdict ReadWindowUpdate(in FrameHeader header, ReadOnlySpan<byte> payload, out int increment)
    {
        increment = (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7FFFFFFF);
        if (increment > 0) return FrameVerdict.Good;
        return header.StreamId == 0 ? FrameVerdict.EndConnection(Http2Error.ProtocolError) : FrameVerdict.EndStream(Http2Error.ProtocolError);
    }

    /// <summary>GOAWAY: the last stream that the peer worked or may work on, why it goes, and what it says to its operator.</summary>
    public static void ReadGoAway(ReadOnlySpan<byte> payload, out int lastStreamId, out Http2Error error, out ReadOnlySpan<byte> debug)
    {
        lastStreamId = (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7FFFFFFF);
        error = (Http2Error)BinaryPrimitives.ReadUInt32BigEndian(payload[4..]);
        debug = payload[8..];
    }
}
