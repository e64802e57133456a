using System.Diagnostics.CodeAnalysis;
using System.Text;
using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Actors.Dispatch;
using Mesh.Actors.Events;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding;
using Mesh.Actors.Sharding.Protocol;
using Mesh.Actors.Storage;

namespace Mesh.Tests.Actors.Sharding;

/// <summary>A command to a test entity.</summary>
internal sealed record Command(long Id);

/// <summary>A node of a <see cref="ShardWorld"/>: everything of it that runs, runs by the world's queue.</summary>
internal sealed class WorldNode : IMembership, INodeMessenger, IMessageSerializer
{
    public const string TypeName = "counter";

    private static readonly Dictionary<string, IActorRef> s_refs = [];
    private readonly Dictionary<Type, Action<UniqueAddress, IMessage>> _handlers = [];
    private readonly Dictionary<UniqueAddress, TimeSpan> _wire = [];
    private readonly ManualTime _time = new();
    private readonly ManualDispatcher _dispatcher = new();
    private TimeSpan _actorNow;

    public WorldNode(ShardWorld world, UniqueAddress self, bool hosts, ShardingTypeOptions options)
    {
        (World, Self) = (world, self);
        Loop = new WorldLoop(this, world.Seed + self.Uid);
        System = ActorSystem.Create("test", new ActorSystemOptions { Time = _time, Dispatcher = _dispatcher, Seed = self.Uid, LogSink = Log.Add });
        State = world.View(self);
        var services = new NodeServices(Loop, this, new NoDurable(), null, Log.Add);
        Sharding = new ClusterSharding(System, services, world.Settings, this, world.Journal, this);
        Region = hosts
            ? Sharding.Start(TypeName, Entity, options)
            : Sharding.StartProxy(TypeName, options);
        Settle();
    }

    public event Action<ClusterEvent>? Changed;

    public event Action<UniqueAddress, NodeHello>? PeerConnected
    {
        add { }
        remove { }
    }

    public event Action<UniqueAddress, SessionEnd>? PeerDisconnected;

    public ShardWorld World { get; }

    public UniqueAddress Self { get; }

    public WorldLoop Loop { get; }

    public ActorSystem System { get; }

    public ClusterSharding Sharding { get; }

    public IActorRef Region { get; }

    public ClusterState State { get; private set; }

    public List<LogEvent> Log { get; } = [];

    public bool IsDead { get; set; }

    /// <summary>The actors of entities, by id.</summary>
    public Dictionary<string, IActorRef> Alive { get; } = [];

    public TimeSpan PausedUntil { get; set; }

    public NodeHello Hello { get; set; } = new("test", "c", "n", [], "1", 1, 1, 0);

    public ShardType Type => Sharding.Find(TypeName)!;

    public bool Coordinates => !IsDead && Type.Seat?.IsHeld == true;

    public void Post(TimeSpan after, Action work) => World.At(after, () => Execute(work));

    public void Tell(string entity, long command, IActorRef? sender = null)
    {
        Region.Tell(new ShardingEnvelope(entity, new Command(command)), sender);
        Settle();
    }

    public void OnChange(ClusterEvent change)
    {
        State = World.View(Self);
        Changed?.Invoke(change);
    }

    public void Disconnected(UniqueAddress peer) => PeerDisconnected?.Invoke(peer, SessionEnd.Broken);

    public void Handle<T>(Action<UniqueAddress, T> handler)
        where T : class, IMessage<T> => _handlers[typeof(T)] = (from, message) => handler(from, (T)message);

    public bool Send(UniqueAddress to, IMessage message, Lane lane = Lane.Control)
    {
        WorldNode? node = World.Nodes.Find(other => other.Self == to);
        if (node is null || World.Loses(Self, to, message))
        {
            if (message is MailFrame or NotOwnerFrame) World.LostMail++;
            return true;
        }

        // In order, per pair: what is sent later does not come earlier.
        TimeSpan due = World.Now + World.Lag();
        if (_wire.TryGetValue(to, out TimeSpan last) && due < last) due = last;
        _wire[to] = due;
        byte[] bytes = message.ToByteArray();
        IMessage copy = message.Descriptor.Parser.ParseFrom(bytes);
        World.At(due - World.Now, () =>
        {
            if (node.IsDead && message is MailFrame or NotOwnerFrame) World.LostMail++;
            node.Execute(() => node._handlers[copy.GetType()](Self, copy));
        });
        return true;
    }

    public void Contact(Address to, IMessage message) => throw new NotSupportedException();

    public TimeSpan? SilentFor(UniqueAddress peer) => null;

    public void Forget(UniqueAddress peer) { }

    public void Down(UniqueAddress member, string reason) => throw new NotSupportedException();

    public void Leave(UniqueAddress member) => throw new NotSupportedException();

    public bool TrySerialize(object message, out SerializedMessage serialized)
    {
        serialized = message is Command command ? new SerializedMessage("command.v1", Encoding.UTF8.GetBytes($"{command.Id}")) : default;
        return message is Command;
    }

    public bool TryDeserialize(string manifest, ReadOnlyMemory<byte> payload, [NotNullWhen(true)] out object? message)
    {
        message = manifest == "command.v1" ? new Command(long.Parse(payload.Span, null)) : null;
        return message is not null;
    }

    public string WriteRef(IActorRef? actor)
    {
        if (actor is null) return "";
        lock (s_refs) s_refs[$"{Self}{actor.Path}"] = actor;
        return $"{Self}{actor.Path}";
    }

    public IActorRef ReadRef(string text)
    {
        lock (s_refs) return s_refs.GetValueOrDefault(text) ?? System.DeadLetters;
    }

    private Props Entity(EntityContext context) => World.EntityProps?.Invoke(this, context) ?? Props.Create(() => new Counter(this, context));

    private void Execute(Action work)
    {
        if (IsDead) return;
        if (World.Now < PausedUntil)
        {
            World.At(PausedUntil - World.Now, () => Execute(work));
            return;
        }

        work();
        Settle();
    }

    /// <summary>Lets the actors run.</summary>
    public void Settle()
    {
        if (World.Now > _actorNow) _time.Advance(World.Now - _actorNow);
        _actorNow = World.Now;
        _dispatcher.RunUntilIdle();
    }

    private sealed class NoDurable : IDurableMap
    {
        public ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> Load(string bucket) => throw new NotSupportedException();

        public ValueTask Write(string bucket, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> changes) =>
            throw new NotSupportedException();
    }
}

/// <summary>A node's loop in a world.</summary>
internal sealed class WorldLoop(WorldNode node, ulong seed) : ControlLoop(seed)
{
    public override TimeSpan Now => node.World.Now;

    public override DateTimeOffset UtcNow => DateTimeOffset.UnixEpoch + Now;

    public override TimeSpan Lateness => TimeSpan.Zero;

    public override void Post(Action work) => node.Post(TimeSpan.Zero, work);

    public override ControlTimer After(TimeSpan delay, Action work)
    {
        var timer = new Timer();
        node.Post(delay, () =>
        {
            if (!timer.Cancelled) work();
        });
        return timer;
    }

    public override void Reached(string point) => node.World.ReachedPoints.Add(point);

    private sealed class Timer : ControlTimer
    {
        public bool Cancelled { get; private set; }

        public override void Cancel() => Cancelled = true;
    }
}

/// <summary>Writes down what it handles, as a persistent actor would: under its fence.</summary>
internal sealed class Counter : ReceiveActor
{
    public Counter(WorldNode node, EntityContext context)
    {
        node.Alive[context.EntityId] = Self;
        Receive<Command>(command =>
        {
            bool written = node.World.Journal.Write(context.Fence);
            node.World.Handled.Add(new Handled(
                node.World.Now, node.Self, context.Fence.Shard.Shard, context.Fence.Epoch, context.EntityId, command.Id, written));
            if (!written && !node.World.Journal.Away) context.Shard.Tell(new ShardFenced(0));
            if (RegionRef.IsAsk(Sender)) Sender.Tell(command);
        });
        Receive<string>(word =>
        {
            if (word == "passivate") context.Shard.Tell(new Passivate());
            if (word == "die") Context.Stop(Self);
        });
    }
}
