using Mesh.Wire.Http2.Frames;

namespace Mesh.Wire.Http2.Heads;

/// <summary>Puts a packed block into frames: HEADERS, and CONTINUATION for what does not fit into one (RFC 9113 section 6.10).</summary>
internal static class HeadFrames
{
    /// <summary>Where the block is written: behind room for the first frame's header.</summary>
    public const int BlockStart = FrameHeader.Bytes;

    /// <summary>Room for a block of at most so many bytes and all its frame headers.</summary>
    public static int RoomFor(int blockBytes, int maxFrameSize) => blockBytes + FrameHeader.Bytes * (blockBytes / maxFrameSize + 1);

    /// <summary>
    /// Frames the block of <paramref name="length"/> bytes that lies at <see cref="BlockStart"/> of the room; bytes of all frames. Most blocks
    /// stay where they are. Nothing else of the connection may be sent in between.
    /// </summary>
    public static int Write(Span<byte> room, int length, int streamId, bool endStream, int maxFrameSize)
    {
        byte flags = endStream ? FrameFlags.EndStream : FrameFlags.None;
        if (length <= maxFrameSize)
        {
            new FrameHeader(length, FrameType.Headers, (byte)(flags | FrameFlags.EndHeaders), streamId).Write(room);
            return FrameHeader.Bytes + length;
        }

        int last = (length - 1) / maxFrameSize;
        for (int frame = last; frame > 0; frame--)
        {
            Span<byte> piece = room.Slice(BlockStart + frame * maxFrameSize, frame == last ? length - frame * maxFrameSize : maxFrameSize);
            int target = frame * (maxFrameSize + FrameHeader.Bytes);
            piece.CopyTo(room[(target + FrameHeader.Bytes)..]);
            byte ends = frame == last ? FrameFlags.EndHeaders : FrameFlags.None;
            new FrameHeader(piece.Length, FrameType.Continuation, ends, streamId).Write(room[target..]);
        }

        new FrameHeader(maxFrameSize, FrameType.Headers, flags, streamId).Write(room);
        return length + FrameHeader.Bytes * (last + 1);
    }
}
