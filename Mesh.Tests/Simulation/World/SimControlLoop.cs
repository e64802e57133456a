using Mesh.Actors.Control;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.World;

/// <summary>
/// One process's thread in the world: one turn at a time, each costs time, and while it is busy, starved or paused everything else waits in line.
/// </summary>
internal sealed class SimControlLoop : ControlLoop
{
    private static readonly TimeSpan TurnCost = TimeSpan.FromMicroseconds(10);
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LatenessMemory = TimeSpan.FromSeconds(1);
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SimWorld _world;
    private readonly SimProcess _process;
    private readonly Queue<(ISimEvent Item, long Due)> _ready = new();
    private readonly DrainEvent _drain;
    private readonly TimeSpan _born;
    private readonly double _rate;
    private TimeSpan _busyUntil;
    private TimeSpan _pausedFrom;
    private TimeSpan _worst;
    private TimeSpan _worstAt;
    private bool _drainComes;
    private bool _isPaused;

    /// <param name="world">Where it lives.</param>
    /// <param name="process">Whose it is.</param>
    /// <param name="seed">Of its chance.</param>
    /// <param name="rate">How fast its clock goes; 1 is true.</param>
    public SimControlLoop(SimWorld world, SimProcess process, ulong seed, double rate) : base(seed)
    {
        (_world, _process, _rate, _born) = (world, process, rate, world.Now);
        _drain = new DrainEvent(this);
    }

    /// <summary>How many times slower than usual its processor is.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>How far its wall clock is off.</summary>
    public TimeSpan WallOffset { get; set; }

    /// <summary>Timers that are set and did not come yet.</summary>
    public int Timers { get; private set; }

    /// <summary>What waits for the processor.</summary>
    public int Backlog => _ready.Count;

    /// <summary>Changes whenever the loop's chance was asked: for the trace.</summary>
    public ulong ChanceState
    {
        get
        {
            SplitMix64 copy = Random;
            return copy.Next();
        }
    }

    public override TimeSpan Now => Local(_world.Now - _born);

    public override DateTimeOffset UtcNow => Epoch + _world.Now + WallOffset;

    /// <summary>The worst of the last second, as the real loop has it.</summary>
    public override TimeSpan Lateness => _world.Now - _worstAt <= LatenessMemory ? _worst : TimeSpan.Zero;

    public override void Post(Action work)
    {
        _world.AssertThread();
        if (!_process.IsAlive) return;
        _ready.Enqueue((new PostEvent(_process, work), _world.Now.Ticks));
        Drain();
    }

    public override ControlTimer After(TimeSpan delay, Action work)
    {
        _world.AssertThread();
        var timer = new SimTimer(this, work);
        Timers++;
        _world.At(_world.Now + True(delay < TimeSpan.Zero ? TimeSpan.Zero : delay), timer);
        return timer;
    }

    public override bool Chance(string point)
    {
        if (!_world.ChancesOn) return false;
        ulong name = Hashes.Of(point);
        return Hashes.Of(_world.Seed, name) % 4 == 0 && Random.Next(4) == 0;
    }

    public override void Reached(string point) => _world.Reach(point);

    /// <summary>Nothing runs for that long; what comes waits.</summary>
    public void Pause(TimeSpan duration)
    {
        if (!_isPaused) (_isPaused, _pausedFrom) = (true, _world.Now);
        if (_world.Now + duration > _busyUntil) _busyUntil = _world.Now + duration;
    }

    /// <summary>An event is due: now if the processor is free, else after those that wait already.</summary>
    public void Arrive(ISimEvent item, long due)
    {
        if (_ready.Count == 0 && _busyUntil <= _world.Now)
        {
            Turn(item, due);
            return;
        }

        _ready.Enqueue((item, due));
        Drain();
    }

    /// <summary>A duration on this process's clock.</summary>
    public TimeSpan Local(TimeSpan duration) => _rate == 1 ? duration : TimeSpan.FromTicks((long)(duration.Ticks * _rate));

    /// <summary>How long a duration on this process's clock takes.</summary>
    public TimeSpan True(TimeSpan duration) => _rate == 1 ? duration : TimeSpan.FromTicks((long)(duration.Ticks / _rate) + 1);

    private void Turn(ISimEvent item, long due)
    {
        if (item.IsCancelled) return;
        NoteLateness(_world.Now - TimeSpan.FromTicks(due));
        _busyUntil = _world.Now + (TurnCost * Slowness);
        _world.Execute(item);
    }

    // The real loop has a beat of its own and so knows of a pause in which nothing else was due.
    private void NoteLateness(TimeSpan late)
    {
        if (_isPaused)
        {
            _isPaused = false;
            TimeSpan stood = _world.Now - _pausedFrom - Beat;
            if (stood > late) late = stood;
        }

        if (late < _worst && _world.Now - _worstAt <= LatenessMemory) return;
        (_worst, _worstAt) = (Local(late), _world.Now);
    }

    private void Drain()
    {
        if (_drainComes || _ready.Count == 0) return;
        _drainComes = true;
        _world.At(_busyUntil, _drain);
    }

    private void DrainOne()
    {
        _drainComes = false;
        if (!_process.IsAlive) return;
        if (_busyUntil <= _world.Now && _ready.TryDequeue(out (ISimEvent Item, long Due) next)) Turn(next.Item, next.Due);
        Drain();
    }

    private sealed class DrainEvent(SimControlLoop loop) : ISimEvent
    {
        public SimProcess? Owner => null;

        public bool IsCancelled => false;

        public ulong TraceCode => 2;

        public void Run() => loop.DrainOne();

        public override string ToString() => "next turn of " + loop._process;
    }

    private sealed class PostEvent(SimProcess owner, Action work) : ISimEvent
    {
        public SimProcess? Owner => owner;

        public bool IsCancelled => false;

        public ulong TraceCode => 3;

        public void Run() => work();

        public override string ToString() => "posted " + work.Method.Name;
    }

    private sealed class SimTimer(SimControlLoop loop, Action work) : ControlTimer, ISimEvent
    {
        private bool _over;

        public SimProcess? Owner => loop._process;

        public bool IsCancelled => _over;

        public ulong TraceCode => 4;

        public override void Cancel()
        {
            if (!_over) loop.Timers--;
            _over = true;
        }

        public void Run()
        {
            Cancel();
            work();
        }

        public override string ToString() => "timer " + work.Method.Name;
    }
}
