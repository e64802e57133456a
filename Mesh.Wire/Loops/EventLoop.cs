using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Mesh.Wire.Buffers;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Loops;

/// <summary>
/// One thread that owns connections: it waits for readiness, runs what became ready, then posted and deferred work, then timers. Whatever
/// belongs to a connection happens on its loop, so connections need no locks.
/// </summary>
/// <remarks>
/// Order in one turn: transport events, posted work (at most <see cref="PostedPerTurn"/>), deferred work (what was there when the turn
/// began), timers. Nothing that blocks may run here: TLS handshakes, files, DNS, actors and libraries go through the thread pool.
/// </remarks>
public abstract class EventLoop : IDisposable
{
    /// <summary>Cross-thread calls run per turn; the rest waits a turn, so that a flood of them cannot starve sockets.</summary>
    public const int PostedPerTurn = 1024;

    private readonly ConcurrentQueue<LoopWork> _posted = new();
    private readonly Queue<LoopWork> _deferred = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopping;
    private int _disposed;
    private SplitMix64 _random;

    protected EventLoop(int index, ulong seed, Action<Exception> onBug)
    {
        Index = index;
        OnBug = onBug;
        _random = new SplitMix64(seed);
        Wheel = new TimerWheel(NowNs);
        _thread = new Thread(Run) { Name = $"mesh-loop-{index}", IsBackground = true };
    }

    [ThreadStatic] private static EventLoop? s_current;

    /// <summary>The loop whose thread this is, or null.</summary>
    public static EventLoop? Current => s_current;

    /// <summary>Monotonic time in nanoseconds, precise; the clock of deadlines and latencies.</summary>
    public static long NowNs => (long)(Stopwatch.GetTimestamp() * (1_000_000_000.0 / Stopwatch.Frequency));

    /// <summary>1 for the first loop; also the metric stripe that this loop alone writes (0 is everybody else's).</summary>
    public int Index { get; }

    public LoopStatistics Statistics { get; } = new();

    /// <summary>What its connections hold of the node's budget; without a limit where nobody set one.</summary>
    public BufferShare Buffers { get; } = new();

    /// <summary>The loop's own random sequence, for picks on the hot path.</summary>
    public ref SplitMix64 Random => ref _random;

    /// <summary>True on this loop's thread.</summary>
    public bool IsCurrent => s_current == this;

    internal TimerWheel Wheel { get; }

    /// <summary>Told of an exception that escaped from a callback: a bug. The loop goes on.</summary>
    protected Action<Exception> OnBug { get; }

    public void Start() => _thread.Start();

    /// <summary>Calls on the loop's thread, soon, in order of posting. From any thread.</summary>
    public void Post(Action<object?, object?> call, object? first, object? second = null)
    {
        _posted.Enqueue(new LoopWork(call, first, second));
        if (!IsCurrent) Wake();
    }

    /// <summary>Calls after this turn's events: how a pump that has had its share lets others go first. Only on the loop.</summary>
    public void Defer(Action<object?, object?> call, object? first, object? second = null) => _deferred.Enqueue(new LoopWork(call, first, second));

    /// <summary>Opens a listening socket whose connections are given to <paramref name="accept"/> on this loop.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The address is in use, not of this host, or not permitted.</exception>
    public abstract Listener Listen(IPEndPoint address, ListenerOptions options, Action<AcceptedSocket> accept);

    /// <summary>Makes an accepted socket a transport of this loop. Only on the loop.</summary>
    public abstract Transport Adopt(AcceptedSocket socket);

    /// <summary>Connects. Only on the loop; completes on it.</summary>
    /// <param name="address">Whom to reach.</param>
    /// <param name="timeoutNs">After which it is given up.</param>
    /// <param name="leaving">
    /// Told the near end as soon as the system has chosen it, on the loop: where it can be (epoll) before the far end can have accepted.
    /// </param>
    public abstract ValueTask<ConnectResult> ConnectAsync(IPEndPoint address, long timeoutNs, Action<IPEndPoint>? leaving = null);

    /// <summary>Ends the thread after the present turn; open transports are closed by their owners before.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        Wake();
        return _thread.ThreadState.HasFlag(System.Threading.ThreadState.Unstarted) ? Task.CompletedTask : _stopped.Task;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Ends a wait in <see cref="WaitAndDispatch"/>. From any thread; cheap when the loop is awake.</summary>
    protected abstract void Wake();

    /// <summary>
    /// Waits at most that long (-1: for ever, 0: not at all) and runs what became ready. Calls <see cref="TurnBegins"/> after the wait.
    /// </summary>
    protected abstract void WaitAndDispatch(long timeoutNs);

    /// <summary>Whether posted work waits: looked at after the sleeping flag is up, so that no wake-up is lost.</summary>
    protected bool HasPosted => !_posted.IsEmpty || _stopping;

    /// <summary>When the present turn's wait ended, monotonic nanoseconds.</summary>
    protected void TurnBegins() => Statistics.TurnBegins(NowNs);

    private void Run()
    {
        s_current = this;
        SynchronizationContext.SetSynchronizationContext(new LoopSynchronizationContext(this));
        try
        {
            while (!_stopping)
            {
                long now = NowNs;
                Statistics.TurnEnds(now);
                WaitAndDispatch(_deferred.Count > 0 || HasPosted ? 0 : Wheel.UntilNext(now));
                RunPosted();
                RunDeferred();
                RunTimers();
            }
        }
        finally
        {
            _stopped.TrySetResult();
        }
    }

    /// <summary>Runs what was posted. Where a loop is turned by hand; else the loop itself.</summary>
    protected void RunPosted()
    {
        for (int i = 0; i < PostedPerTurn && _posted.TryDequeue(out LoopWork work); i++) Guard(work);
    }

    /// <summary>Runs what was deferred until now; as above.</summary>
    protected void RunDeferred()
    {
        for (int count = _deferred.Count; count > 0; count--) Guard(_deferred.Dequeue());
    }

    private void RunTimers()
    {
        try
        {
            Wheel.Advance(NowNs);
        }
        catch (Exception bug)
        {
            OnBug(bug);
        }
    }

    private void Guard(in LoopWork work)
    {
        try
        {
            work.Run();
        }
        catch (Exception bug)
        {
            OnBug(bug);
        }
    }
}
