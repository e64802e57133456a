using System.Buffers.Binary;

namespace Mesh.Wire.Http2.Frames;

/// <summary>Writes whole frames but DATA and HEADERS, whose payloads lie elsewhere: those are a <see cref="FrameHeader"/> before them.</summary>
/// <remarks>Hot path. Each tells how many bytes it wrote.</remarks>
internal static class FrameWriter
{
    /// <summary>What a client sends first (RFC 9113 section 3.4).</summary>
    public static ReadOnlySpan<byte> ClientPreface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>A SETTINGS frame's length in bytes.</summary>
    public static int SettingsBytes(int settings) => FrameHeader.Bytes + settings * Setting.Bytes;

    public static int Settings(Span<byte> room, ReadOnlySpan<Setting> settings)
    {
        int at = new FrameHeader(settings.Length * Setting.Bytes, FrameType.Settings, FrameFlags.None, 0).Write(room);
        foreach (Setting setting in settings)
        {
            BinaryPrimitives.WriteUInt16BigEndian(room[at..], (ushort)setting.Id);
            BinaryPrimitives.WriteUInt32BigEndian(room[(at + 2)..], setting.Value);
            at += Setting.Bytes;
        }

        return at;
    }

    public static int SettingsAck(Span<byte> room) => new FrameHeader(0, FrameType.Settings, FrameFlags.Ack, 0).Write(room);

    /// <summary>17 bytes; <paramref name="opaque"/> has eight, which the answer repeats.</summary>
    public static int Ping(Span<byte> room, ReadOnlySpan<byte> opaque, bool ack)
    {
        int at = new FrameHeader(8, FrameType.Ping, ack ? FrameFlags.Ack : FrameFlags.None, 0).Write(room);
        opaque[..8].CopyTo(room[at..]);
        return at + 8;
    }

    /// <summary>13 bytes.</summary>
    public static int RstStream(Span<byte> room, int streamId, Http2Error error) => Word(room, FrameType.RstStream, streamId, (uint)error);

    /// <summary>13 bytes; stream 0 is the connection's window.</summary>
    public static int WindowUpdate(Span<byte> room, int streamId, int increment) => Word(room, FrameType.WindowUpdate, streamId, (uint)increment);

    /// <summary>17 bytes, and those of <paramref name="debug"/>.</summary>
    public static int GoAway(Span<byte> room, int lastStreamId, Http2Error error, ReadOnlySpan<byte> debug)
    {
        int at = new FrameHeader(8 + debug.Length, FrameType.GoAway, FrameFlags.None, 0).Write(room);
        BinaryPrimitives.WriteUInt32BigEndian(room[at..], (uint)lastStreamId);
        BinaryPrimitives.WriteUInt32BigEndian(room[(at + 4)..], (uint)error);
        debug.CopyTo(room[(at + 8)..]);
        return at + 8 + debug.Length;
    }

    private static int Word(Span<byte> room, FrameType type, int streamId, uint word)
    {
        int at = new FrameHeader(4, type, FrameFlags.None, streamId).Write(room);
        BinaryPrimitives.WriteUInt32BigEndian(room[at..], word);
        return at + 4;
    }
}
