using Mesh.Actors;
using Mesh.Actors.Dispatch;
using Mesh.Actors.Events;

namespace Mesh.Tests.Actors;

/// <summary>A clock that moves only when told; timers fire in order of due time, in the thread that advances.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that are armed: a leak check.</summary>
    public int Armed
    {
        get
        {
            lock (_lock) return _timers.Count(timer => timer.Due is not null);
        }
    }

    public override long GetTimestamp() => _now.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        lock (_lock) _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by)
    {
        TimeSpan end = _now + by;
        while (true)
        {
            ManualTimer? next;
            lock (_lock)
            {
                next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                if (next is null) break;
                _now = next.Due!.Value > _now ? next.Due.Value : _now;
                next.Due = next.Period > TimeSpan.Zero ? _now + next.Period : null;
            }

            next.Fire();
        }

        _now = end;
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : time._now + dueTime;
                Period = period;
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._lock) time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>A system in one thread with a clock that stands still, and a notebook of what was logged.</summary>
internal sealed class World
{
    public World(ActorSystemOptions? options = null, ulong? seed = null)
    {
        Dispatcher = seed is { } lot ? new ManualDispatcher(lot) : new ManualDispatcher();
        options ??= new ActorSystemOptions();
        System = ActorSystem.Create("test", options with { Time = Time, Dispatcher = Dispatcher, Seed = 1, LogSink = Log.Add });
    }

    public ManualTime Time { get; } = new();

    public ManualDispatcher Dispatcher { get; }

    public ActorSystem System { get; }

    public List<LogEvent> Log { get; } = [];

    /// <summary>The supervisor under test, where there is one.</summary>
    public IActorRef? Parent { get; set; }

    /// <summary>What actors wrote down, in order.</summary>
    public List<string> Notes { get; } = [];

    public void Run() => Dispatcher.RunUntilIdle();

    /// <summary>
    /// Does what comes from outside of all actors, such as a store's answer, then runs until all is quiet. In a bare thread: in a test runner's,
    /// with its context and scheduler, what was awaited would go on in the pool.
    /// </summary>
    public void Outside(Action act)
    {
        var thread = new Thread(() => act());
        thread.Start();
        thread.Join();
        Run();
    }

    public void Advance(double seconds)
    {
        Outside(() => Time.Advance(TimeSpan.FromSeconds(seconds)));
    }

    /// <summary>Starts an actor and runs until it has started.</summary>
    public IActorRef Start(Props props, string? name = null)
    {
        IActorRef actor = System.ActorOf(props, name);
        Run();
        return actor;
    }

    /// <summary>Starts an actor that is described by a function instead of a class.</summary>
    public IActorRef Start(string name, Action<Scripted> script, MailboxOptions? mailbox = null) => Start(Describe(name, script, mailbox), name);

    public Props Describe(string name, Action<Scripted> script, MailboxOptions? mailbox = null)
    {
        Props props = Props.Create(() => new Scripted(this, name, script));
        return mailbox is null ? props : props.WithMailbox(mailbox);
    }

    /// <summary>Tells and runs until all is quiet.</summary>
    public void Tell(IActorRef actor, object message)
    {
        actor.Tell(message, null);
        Run();
    }

    public Collector Listen<T>()
    {
        var collector = new Collector();
        IActorRef listener = Start(Props.Create(() => new CollectingActor(collector)));
        System.EventStream.Subscribe(listener, typeof(T));
        return collector;
    }
}

internal sealed class Collector
{
    public List<object> Seen { get; } = [];
}

internal sealed class CollectingActor(Collector collector) : ActorBase
{
    protected override bool Receive(object message)
    {
        collector.Seen.Add(message);
        return true;
    }
}

/// <summary>An actor that notes its life ("name:hook") and every string it gets, and does what its script lists.</summary>
internal sealed class Scripted : ReceiveActor
{
    private readonly World _world;
    private readonly string _name;

    public Scripted(World world, string name, Action<Scripted> script)
    {
        (_world, _name) = (world, name);
        script(this);
        Receive<Exception>(e => throw e);
        Receive<string>(Note);
        Receive<Action<Scripted>>(act => act(this));
    }

    public Mesh.Actors.Supervision.SupervisorStrategy? Judge { get; set; }

    public Action? OnStarting { get; set; }

    public bool KeepChildren { get; set; }

    public IActorContext Place => Context;

    public void Note(string text) => _world.Notes.Add($"{_name}:{text}");

    public void On<T>(Action<T> handler) => Receive(handler);

    public void On<T>(Predicate<T> when, Action<T> handler) => Receive(when, handler);

    public void OnAsync<T>(Func<T, Task> handler) => ReceiveAsync(handler);

    public void Switch(Action configure) => Become(configure);

    public void Stack(Action configure) => BecomeStacked(configure);

    public void Unstack() => UnbecomeStacked();

    protected override Mesh.Actors.Supervision.SupervisorStrategy SupervisorStrategy() => Judge ?? base.SupervisorStrategy();

    protected override void PreStart()
    {
        Note("PreStart");
        OnStarting?.Invoke();
    }

    protected override void PostStop() => Note("PostStop");

    protected override void PreRestart(Exception reason, object? message)
    {
        Note($"PreRestart({message})");
        if (!KeepChildren) base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        Note("PostRestart");
        base.PostRestart(reason);
    }
}
