using System.Diagnostics.CodeAnalysis;
using Mesh.Wire.Loops;

namespace Mesh.Actors.Control;

/// <summary>The real control loop: an event loop of its own, never one that carries traffic.</summary>
/// <remarks>
/// It watches itself. A beat is due every <see cref="BeatInterval"/>; posts and timers know when they were due. What runs late tells how long this
/// process was starved, stopped (SIGSTOP) or paused by the collector, before anything else that waited gets its turn.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Disposed asynchronously.")]
public sealed class EventLoopControl : ControlLoop, IAsyncDisposable
{
    /// <summary>How often the loop looks at itself.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How long <see cref="Lateness"/> remembers the worst turn: as long as a heartbeat's interval, so that no detector misses it.</summary>
    public static readonly TimeSpan LatenessMemory = TimeSpan.FromSeconds(1);

    private readonly LoopGroup _group;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _onBug;
    private readonly long _startedNs = EventLoop.NowNs;
    private readonly Beat _beat;
    private long _worstNs;
    private long _worstAtNs;
    private long _longestGapNs;
    private int _stopped;

    /// <param name="seed">Of the loop's chance.</param>
    /// <param name="time">The wall clock.</param>
    /// <param name="onBug">Told of exceptions that escape from work; the loop goes on. Any thread.</param>
    public EventLoopControl(ulong seed, TimeProvider time, Action<Exception> onBug) : base(seed)
    {
        _time = time;
        _onBug = onBug;
        _group = new LoopGroup(1, TransportKind.Auto, seed, onBug);
        _beat = new Beat(this);
    }

    /// <summary>Sockets of the control plane live here.</summary>
    public EventLoop Loop => _group.Loops[0];

    public override TimeSpan Now => FromNs(EventLoop.NowNs - _startedNs);

    public override DateTimeOffset UtcNow => _time.GetUtcNow();

    /// <summary>The worst within the last <see cref="LatenessMemory"/>, and no less than the beat that is overdue now. Any thread.</summary>
    public override TimeSpan Lateness
    {
        get
        {
            long now = EventLoop.NowNs;
            long overdue = _beat.OverdueNs(now);
            long worst = now - Volatile.Read(ref _worstAtNs) <= (long)LatenessMemory.TotalNanoseconds ? Volatile.Read(ref _worstNs) : 0;
            return FromNs(Math.Max(overdue, worst));
        }
    }

    /// <summary>The longest that anything was late since the last call; for metrics. Any thread, one reader.</summary>
    public TimeSpan TakeLongestGap() => FromNs(Math.Max(Interlocked.Exchange(ref _longestGapNs, 0), _beat.OverdueNs(EventLoop.NowNs)));

    public void Start()
    {
        Loop.Start();
        Loop.Post(static (beat, _) => ((Beat)beat!).Next(), _beat);
    }

    public override void Post(Action work) =>
        Loop.Post(static (self, posted) => ((Posted)posted!).Run((EventLoopControl)self!), this, new Posted(work));

    public override ControlTimer After(TimeSpan delay, Action work)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        WheelTimer timer = new(this, work);
        timer.Set(delay);
        return timer;
    }

    /// <summary>Ends the thread. Connections are closed by their owners before.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _stopped, 1) == 0 ? _group.DisposeAsync() : ValueTask.CompletedTask;

    private static TimeSpan FromNs(long ns) => TimeSpan.FromTicks(Math.Max(0, ns) / TimeSpan.NanosecondsPerTick);

    private void WasLate(long byNs)
    {
        long now = EventLoop.NowNs;
        if (byNs >= _worstNs || now - _worstAtNs > (long)LatenessMemory.TotalNanoseconds)
        {
            Volatile.Write(ref _worstNs, byNs);
            Volatile.Write(ref _worstAtNs, now);
        }

        if (byNs > Volatile.Read(ref _longestGapNs)) Volatile.Write(ref _longestGapNs, byNs);
    }

    private void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (Exception bug)
        {
            // Caught here and not left to the wheel, whose tick would be walked again.
            _onBug(bug);
        }
    }

    /// <summary>Work with the time of its posting.</summary>
    private sealed class Posted(Action work)
    {
        private readonly long _atNs = EventLoop.NowNs;

        public void Run(EventLoopControl loop)
        {
            loop.WasLate(EventLoop.NowNs - _atNs);
            loop.Guard(work);
        }
    }

    private sealed class WheelTimer(EventLoopControl owner, Action work) : ControlTimer
    {
        private readonly Due _due = new(owner, work);

        public void Set(TimeSpan delay) => _due.Start(LoopTimer.In((long)Math.Min(delay.TotalNanoseconds, long.MaxValue / 2)));

        public override void Cancel() => _due.Remove(owner.Loop);
    }

    private sealed class Due(EventLoopControl owner, Action work) : LoopTimer
    {
        private long _dueNs;

        public void Start(long dueNs)
        {
            _dueNs = dueNs;
            Set(owner.Loop, dueNs);
        }

        protected override void OnDeadline()
        {
            owner.WasLate(EventLoop.NowNs - _dueNs - TimerWheel.TickNs);
            owner.Guard(work);
        }
    }

    private sealed class Beat(EventLoopControl owner) : LoopTimer
    {
        private long _dueNs = long.MaxValue;

        public long OverdueNs(long nowNs)
        {
            long due = Volatile.Read(ref _dueNs);
            return due == long.MaxValue ? 0 : Math.Max(0, nowNs - due - TimerWheel.TickNs);
        }

        public void Next()
        {
            long due = In((long)BeatInterval.TotalNanoseconds);
            Volatile.Write(ref _dueNs, due);
            Set(owner.Loop, due);
        }

        protected override void OnDeadline()
        {
            owner.WasLate(EventLoop.NowNs - _dueNs - TimerWheel.TickNs);
            Next();
        }
    }
}
