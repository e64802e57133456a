using Google.Protobuf;

namespace Mesh.Actors.Remoting.Frames;

/// <summary>Messages that wait for a connection: bounded by count and bytes, the newest is turned away.</summary>
internal sealed class LaneQueue(Lane lane, int maxMessages, long maxBytes)
{
    private readonly Queue<Waiting> _waiting = new();
    private byte[]? _bytes;
    private int _taken;

    public Lane Lane { get; } = lane;

    public int Count => _waiting.Count;

    public long Bytes { get; private set; }

    public bool IsEmpty => _waiting.Count == 0;

    public bool TryAdd(ushort kind, IMessage message, int size, TimeSpan now)
    {
        if (_waiting.Count >= maxMessages || Bytes + size > maxBytes) return false;
        _waiting.Enqueue(new Waiting(kind, message, size, now));
        Bytes += size;
        return true;
    }

    /// <summary>Writes the front message, or its next slice. Not when empty. Returns the bytes of the frame.</summary>
    public int WriteNext(FrameWriter writer, Mesh.Wire.Buffers.OutputBuffer output)
    {
        Waiting front = _waiting.Peek();
        if (front.Size <= FrameLimits.MaxSliceBytes)
        {
            writer.Write(output, Lane, front.Kind, front.Message, front.Size);
            RemoveFront();
            return FrameHeader.Bytes + front.Size;
        }

        _bytes ??= front.Message.ToByteArray();
        int count = writer.WriteSlice(output, Lane, front.Kind, _bytes.AsSpan(_taken));
        _taken += count;
        if (_taken == _bytes.Length) RemoveFront();
        return FrameHeader.Bytes + count;
    }

    /// <summary>The connection is gone: a message cut by its end starts anew with the next one.</summary>
    public void Restart()
    {
        _bytes = null;
        _taken = 0;
    }

    /// <summary>Drops what has waited since before; how many.</summary>
    public int DropOlder(TimeSpan than)
    {
        int dropped = 0;
        for (; _taken == 0 && _waiting.TryPeek(out Waiting front) && front.Since < than; dropped++) RemoveFront();
        return dropped;
    }

    /// <summary>Drops everything; how many.</summary>
    public int Clear()
    {
        int dropped = _waiting.Count;
        _waiting.Clear();
        Bytes = 0;
        Restart();
        return dropped;
    }

    private void RemoveFront()
    {
        Bytes -= _waiting.Dequeue().Size;
        Restart();
    }

    private readonly record struct Waiting(ushort Kind, IMessage Message, int Size, TimeSpan Since);
}
