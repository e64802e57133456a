using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Mesh.Actors.Cells;
using Mesh.Actors.Dispatch;
using Mesh.Actors.Events;
using Mesh.Actors.Shutdown;
using Mesh.Wire;

namespace Mesh.Actors;

/// <summary>A tree of actors with one clock, one dispatcher and one end. Any thread.</summary>
public sealed class ActorSystem : IAsyncDisposable
{
    private readonly Lock _randomLock = new();
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActorPath _temp;
    private readonly ActorCell _root;
    private readonly LocalActorRef _user;
    private readonly LocalActorRef _system;
    private readonly long _started;
    private SplitMix64 _random;
    private long _temps;

    private ActorSystem(string name, ActorSystemOptions options)
    {
        Name = name;
        Options = options;
        Time = options.Time;
        Dispatcher = options.Dispatcher ?? new ThreadPoolDispatcher();
        Scheduler = new Scheduler(Time);
        _started = Time.GetTimestamp();
        _random = new SplitMix64(options.Seed ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));

        ActorPath root = ActorPath.Root(new Address(name));
        _temp = root.Child("temp");
        DeadLetters = new DeadLettersRef(this, root.Child("deadLetters"));
        EventStream = new EventStream(this, root.Child("eventStream"));
        DeadLetterOffice = new DeadLetterOffice(EventStream, Time, options.DeadLettersPublishedPerSecond);
        CoordinatedShutdown = new CoordinatedShutdown(this);

        var aboveRoot = new SignalRef(this, root, OnRootSignal);
        LocalActorRef? user = null, system = null;
        _root = new ActorCell(this, Props.Create(() => new RootGuardian(user!, system!)), root, aboveRoot);
        user = _user = _root.Children.Start(Props.Create<Guardian>().WithSupervisorStrategy(options.UserGuardianStrategy), "user");
        system = _system = _root.Children.Start(Props.Create<Guardian>(), "system");
        LocalRefs = new LocalRefs(_root);
        _root.Self.SendSystem(new CreateMessage());
    }

    public string Name { get; }

    /// <summary>Where others reach this system; without host and port until remoting starts.</summary>
    public Address Address => Remote?.Self.Address ?? _temp.Address;

    public TimeProvider Time { get; }

    public EventStream EventStream { get; }

    /// <summary>Where messages for nobody go; telling it makes a dead letter.</summary>
    public IActorRef DeadLetters { get; }

    public Scheduler Scheduler { get; }

    public CoordinatedShutdown CoordinatedShutdown { get; }

    /// <summary>Done when the last actor is. Never fails.</summary>
    public Task WhenTerminated => _terminated.Task;

    /// <summary>Messages that reached nobody, since the start.</summary>
    public long DeadLetterCount => DeadLetterOffice.Total;

    /// <summary>Messages without a handler, since the start.</summary>
    public long UnhandledCount => DeadLetterOffice.Unhandled;

    internal ActorSystemOptions Options { get; }

    internal LocalRefs LocalRefs { get; }

    /// <summary>The actors of other nodes; null before remoting starts.</summary>
    internal Remoting.Refs.RemoteActors? Remote { get; set; }

    internal Dispatcher Dispatcher { get; }

    internal DeadLetterOffice DeadLetterOffice { get; }

    /// <summary>Monotonic time since the start.</summary>
    internal TimeSpan Uptime => Time.GetElapsedTime(_started);

    /// <exception cref="ArgumentException">The name is not one an actor could have.</exception>
    public static ActorSystem Create(string name, ActorSystemOptions? options = null)
    {
        if (!ActorPath.IsValidName(name)) throw new ArgumentException($"\"{name}\" is no system name. {ActorPath.NameRule}", nameof(name));
        return new ActorSystem(name, options ?? new ActorSystemOptions());
    }

    /// <summary>Starts an actor under /user. Returns before its constructor has run.</summary>
    /// <exception cref="InvalidActorNameException">The name is taken.</exception>
    /// <exception cref="InvalidOperationException">The system is stopping.</exception>
    public IActorRef ActorOf(Props props, string? name = null) => _user.Cell.Children.Start(props, name);

    /// <summary>
    /// The ref that a path means, of this node or another: <c>mesh://system@host:port/user/a</c>, with or without uids. Whether anybody is there
    /// only an answer tells. Dead letters when the text is no path, or nobody of this node has it.
    /// </summary>
    public IActorRef Resolve(string path) => Remoting.Refs.RefText.Read(this, path);

    /// <summary>Starts an actor under /system, which outlives /user at the end.</summary>
    internal IActorRef SystemActorOf(Props props, string? name = null) => _system.Cell.Children.Start(props, name);

    /// <summary>Stops an actor: it ends the message it is at; watch it to know when it is gone.</summary>
    public void Stop(IActorRef actor)
    {
        if (actor is IInternalActorRef known && ReferenceEquals(known.System, this)) known.SendSystem(new TerminateMessage());
    }

    /// <summary>Runs <see cref="CoordinatedShutdown"/>, whose last phase stops all actors. Done when the last one is.</summary>
    public Task Terminate()
    {
        _ = CoordinatedShutdown.Run(ShutdownReason.ActorSystemTerminate);
        return WhenTerminated;
    }

    /// <summary>Every actor, parents before children, siblings in order of creation.</summary>
    public ImmutableArray<ActorInfo> Hierarchy()
    {
        ImmutableArray<ActorInfo>.Builder all = ImmutableArray.CreateBuilder<ActorInfo>();
        var open = new Stack<ActorCell>([_root]);
        while (open.TryPop(out ActorCell? cell))
        {
            all.Add(new ActorInfo(cell.Self.Path, cell.Props.Type.Name, cell.Mailbox.Count, cell.Mailbox.Dropped, cell.Lifecycle.Restarts));
            ChildRecord[] children = cell.Children.All;
            for (int i = children.Length - 1; i >= 0; i--) open.Push(children[i].Ref.Cell);
        }

        return all.ToImmutable();
    }

    /// <summary>Says something to the log sink and to those who subscribed to <see cref="LogEvent"/>.</summary>
    public void Log(LogEvent entry)
    {
        try
        {
            Options.LogSink?.Invoke(entry);
        }
        catch (Exception)
        {
            // A broken log must not take the supervisor that speaks down with it, and there is nowhere left to tell it.
        }

        EventStream.Publish(entry);
    }

    public ValueTask DisposeAsync() => new(Terminate());

    internal Task StopActors()
    {
        _root.Self.Tell(StopSystem.Instance, null);
        return WhenTerminated;
    }

    internal long NextUid()
    {
        lock (_randomLock) return (long)(_random.Next() >> 1) | 1;
    }

    internal double NextRandom()
    {
        lock (_randomLock) return _random.NextDouble();
    }

    internal ActorPath NextTempPath() => _temp.Child(string.Create(CultureInfo.InvariantCulture, $"${Interlocked.Increment(ref _temps)}"));

    private void OnRootSignal(SystemMessage signal)
    {
        switch (signal)
        {
            case DiedMessage:
                _terminated.TrySetResult();
                break;
            case FailedMessage failed:
                string text = $"the root guardian failed in {failed.During}, everything stops";
                Log(new LogEvent(LogLevel.Error, failed.Child.Path.ToString(), text, failed.Cause));
                failed.Child.SendSystem(new TerminateMessage());
                break;
        }
    }
}
