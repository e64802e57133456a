using Google.Protobuf;
using Mesh.Wire.Buffers;

namespace Mesh.Actors.Remoting.Frames;

/// <summary>Turns messages into frames of one connection: numbers them per lane, and cuts what is longer than a slice.</summary>
internal sealed class FrameWriter
{
    private readonly uint[] _sequences = new uint[FrameLimits.Lanes];

    /// <summary>A message that fits one frame, straight into the buffer.</summary>
    public void Write(OutputBuffer output, Lane lane, ushort kind, IMessage message, int size)
    {
        Span<byte> body = Frame(output, lane, kind, size, more: false);
        message.WriteTo(body);
    }

    /// <summary>The next slice of a message's bytes; returns how many it took. The message is over when all are taken.</summary>
    public int WriteSlice(OutputBuffer output, Lane lane, ushort kind, ReadOnlySpan<byte> rest)
    {
        int count = Math.Min(rest.Length, FrameLimits.MaxSliceBytes);
        rest[..count].CopyTo(Frame(output, lane, kind, count, more: count < rest.Length));
        return count;
    }

    private Span<byte> Frame(OutputBuffer output, Lane lane, ushort kind, int length, bool more)
    {
        Span<byte> frame = output.Append(FrameHeader.Bytes + length);
        new FrameHeader((uint)length, lane, more, kind, _sequences[(int)lane]++).Write(frame);
        return frame[FrameHeader.Bytes..];
    }
}
