using Mesh.Wire.Loops;

namespace Mesh.Wire.Buffers;

/// <summary>
/// What all connections of a node may hold together of bodies that wait: payload that its reader has not taken, output that its peer has not taken,
/// copies for another attempt. A reservoir: above one mark the taps are closed (windows are not opened again), when it is full nobody new may come
/// in, and both end a little lower than they began.
/// </summary>
/// <remarks>
/// <para>
/// Each loop counts for itself (<see cref="BufferShare"/>) and tells the node in steps, so that a frame costs no shared write. What is held can
/// therefore differ from what is known here by a step a loop.
/// </para>
/// <para>
/// It does not take back what peers were allowed: windows that are open already may fill. Envoy's overload manager has the same two steps
/// (buffers shrink, then requests are refused); nghttpx and HAProxy bound a connection alone.
/// </para>
/// </remarks>
public sealed class BufferBudget
{
    /// <summary>The most that <see cref="DefaultLimit"/> is, bytes.</summary>
    public const long DefaultMaxBytes = 256L * 1024 * 1024;

    private const long LeastBytes = 16L * 1024 * 1024;

    /// <summary>The most that a loop counts before it tells the node, bytes; less where the budget is small.</summary>
    private const long LargestStep = 256 * 1024;

    private readonly IReadOnlyList<EventLoop> _loops;
    private readonly Lock _gate = new();
    private long _used;
    private volatile bool _isShort;
    private volatile bool _isFull;

    /// <param name="loops">Whose connections share it.</param>
    /// <param name="limit">Bytes, above 0.</param>
    public BufferBudget(IReadOnlyList<EventLoop> loops, long limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        _loops = loops;
        Limit = limit;
        Step = Math.Clamp(limit / 256, 1, LargestStep);
        foreach (EventLoop loop in loops) loop.Buffers.Join(this);
    }

    /// <summary>256 MiB, or a quarter of the memory that this process may have, if that is less.</summary>
    public static long DefaultLimit => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes is > 0 and var memory
        ? Math.Clamp(memory / 4, LeastBytes, DefaultMaxBytes)
        : DefaultMaxBytes;

    /// <summary>Bytes.</summary>
    public long Limit { get; }

    /// <summary>Bytes that a loop counts before it tells.</summary>
    internal long Step { get; }

    /// <summary>From three quarters on, until it is five eighths: windows stay shut.</summary>
    public bool IsShort => _isShort;

    /// <summary>From the limit on, until it is seven eighths: further requests are refused.</summary>
    public bool IsFull => _isFull;

    /// <summary>What is held now; a moment's view.</summary>
    public long Held => _loops.Sum(static loop => loop.Buffers.Held);

    /// <summary>Requests of HTTP/2 that were refused since the start.</summary>
    public long RefusedStreams => _loops.Sum(static loop => loop.Buffers.RefusedStreams);

    /// <summary>Requests that were answered with 503 since the start.</summary>
    public long RefusedRequests => _loops.Sum(static loop => loop.Buffers.RefusedRequests);

    /// <summary>Times that it was short.</summary>
    public long Shortages { get; private set; }

    /// <summary>From any loop: it holds so many bytes more than when it told last, or fewer.</summary>
    internal void Tell(long bytes)
    {
        if (IsDue(Interlocked.Add(ref _used, bytes))) Turn();
    }

    private bool IsDue(long used) => TurnsShort(used) || TurnsFull(used);

    private bool TurnsShort(long used) => _isShort ? used < Limit / 8 * 5 : used >= Limit / 4 * 3;

    private bool TurnsFull(long used) => _isFull ? used < Limit / 8 * 7 : used >= Limit;

    /// <summary>Rare: a mark was passed, one way or the other.</summary>
    private void Turn()
    {
        bool wasShort;
        lock (_gate)
        {
            wasShort = _isShort;
            do
            {
                long used = Interlocked.Read(ref _used);
                if (TurnsShort(used)) _isShort = !_isShort;
                if (TurnsFull(used)) _isFull = !_isFull;

                // A loop that told meanwhile either sees these flags, or is seen here.
                Interlocked.MemoryBarrier();
            }
            while (IsDue(Interlocked.Read(ref _used)));
            if (_isShort && !wasShort) Shortages++;
            if (_isShort || !wasShort) return;
        }

        // After the flag: who waits on another loop is either on its list by now, or sees that there is room.
        foreach (EventLoop loop in _loops) loop.Post(static (share, _) => ((BufferShare)share!).EndShortage(), loop.Buffers);
    }
}
