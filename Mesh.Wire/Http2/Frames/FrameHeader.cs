using System.Buffers.Binary;

namespace Mesh.Wire.Http2.Frames;

/// <summary>The types of frames (RFC 9113 section 6); others are legal and ignored.</summary>
internal enum FrameType : byte
{
    Data = 0x0,
    Headers = 0x1,
    Priority = 0x2,
    RstStream = 0x3,
    Settings = 0x4,
    PushPromise = 0x5,
    Ping = 0x6,
    GoAway = 0x7,
    WindowUpdate = 0x8,
    Continuation = 0x9,
}

/// <summary>The flags; which of them a frame knows depends on its type, the rest is ignored.</summary>
internal static class FrameFlags
{
    public const byte None = 0;

    /// <summary>SETTINGS and PING: answers the peer's own.</summary>
    public const byte Ack = 0x1;

    /// <summary>DATA and HEADERS: the sender's last of this stream.</summary>
    public const byte EndStream = 0x1;

    /// <summary>HEADERS and CONTINUATION: the block is whole.</summary>
    public const byte EndHeaders = 0x4;

    /// <summary>DATA and HEADERS: the payload begins with the length of its padding.</summary>
    public const byte Padded = 0x8;

    /// <summary>HEADERS: five bytes of a priority stand before the block.</summary>
    public const byte Priority = 0x20;
}

/// <summary>The nine bytes before each payload (RFC 9113 section 4.1).</summary>
/// <param name="Length">Bytes of the payload, 24 bits.</param>
/// <param name="Type">What the payload is.</param>
/// <param name="Flags">As the type defines them.</param>
/// <param name="StreamId">31 bits; 0 is the connection.</param>
internal readonly record struct FrameHeader(int Length, FrameType Type, byte Flags, int StreamId)
{
    /// <summary>Bytes of a header.</summary>
    public const int Bytes = 9;

    public bool Has(byte flag) => (Flags & flag) != 0;

    /// <summary>Reads a header; the reserved bit is ignored.</summary>
    public static FrameHeader Parse(ReadOnlySpan<byte> bytes) => new(
        (bytes[0] << 16) | (bytes[1] << 8) | bytes[2],
        (FrameType)bytes[3],
        bytes[4],
        (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) & 0x7FFFFFFF));

    /// <summary>Writes the header; the number of its bytes.</summary>
    public int Write(Span<byte> room)
    {
        BinaryPrimitives.WriteUInt32BigEndian(room, ((uint)Length << 8) | (byte)Type);
        room[4] = Flags;
        BinaryPrimitives.WriteUInt32BigEndian(room[5..], (uint)StreamId);
        return Bytes;
    }
}
