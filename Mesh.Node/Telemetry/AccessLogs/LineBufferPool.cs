using System.Collections.Concurrent;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>The buffers of one log: what bounds the lines that may wait. They are made when first needed, and kept.</summary>
/// <remarks>Thread-safe, without locks.</remarks>
internal sealed class LineBufferPool(int capacity)
{
    private readonly ConcurrentQueue<LineBuffer> _free = new();
    private int _made;
    private long _numbers;

    /// <summary>An empty buffer, with the next number; null when all are in use.</summary>
    public LineBuffer? TryTake()
    {
        if (!_free.TryDequeue(out LineBuffer? buffer))
        {
            if (Volatile.Read(ref _made) >= capacity || Interlocked.Increment(ref _made) > capacity) return null;
            buffer = new LineBuffer();
        }

        buffer.Number = Interlocked.Increment(ref _numbers);
        return buffer;
    }

    public void Return(LineBuffer buffer)
    {
        buffer.Clear();
        _free.Enqueue(buffer);
    }
}
