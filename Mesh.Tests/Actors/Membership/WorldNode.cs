using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Remoting;

namespace Mesh.Tests.Actors.Membership;

/// <summary>One process of the small world: its loop, its messenger, its membership, and what became of it.</summary>
internal sealed class WorldNode
{
    private readonly SmallWorld _world;

    public WorldNode(
        SmallWorld world, int number, NodeFacts facts, MembershipSettings settings, ISeedSource seeds, MemoryMap disk, ulong configHash)
    {
        (_world, Number, Disk) = (world, number, disk);
        SeedAddress address = SmallWorld.AddressOf(number);
        Self = new UniqueAddress(new Address("mesh", address.Host, address.Port), world.NextRandom());
        Loop = new WorldLoop(world, this, world.NextRandom());
        Messenger = new WorldMessenger(world, this, new NodeHello("test", null, facts.Name, facts.Roles, facts.AppVersion, 1, 1, configHash));
        var services = new NodeServices(Loop, Messenger, disk, null, each => Log.Add($"{world.Now} {facts.Name}: {each.Message}"));
        Membership = new ClusterMembership(services, settings, facts, seeds);
        Membership.Changed += change =>
        {
            Events.Add(change);
            if (change is ClusterEvent.SelfRemoved removed) (Removed, IsRunning) = (removed, false);
        };
    }

    public int Number { get; }

    public UniqueAddress Self { get; }

    public WorldLoop Loop { get; }

    public WorldMessenger Messenger { get; }

    public ClusterMembership Membership { get; }

    public IReachabilityBook Book => Membership;

    public MemoryMap Disk { get; }

    public List<ClusterEvent> Events { get; } = [];

    public List<string> Log { get; } = [];

    public ClusterEvent.SelfRemoved? Removed { get; private set; }

    public bool IsRunning { get; private set; }

    public ClusterState State => Membership.State;

    public List<Member> Ups => [.. State.Members.Where(member => member.Status == MemberStatus.Up)];

    public MemberStatus? StatusOf(WorldNode other) => State.Find(other.Self)?.Status;

    public void Start()
    {
        IsRunning = true;
        Membership.Start();
    }

    /// <summary>The process is gone without a word; its disk stays.</summary>
    public void Crash() => IsRunning = false;

    /// <summary>What a detector would do.</summary>
    public void Say(WorldNode subject, ReachabilityStatus status) => Book.Report(subject.Self, status);

    public override string ToString() =>
        $"{Self} running={IsRunning} cluster={State.ClusterId} leader={State.Leader?.Address.Host} "
        + $"unreachable=[{string.Join(' ', State.Unreachable.Select(node => node.Address.Host))}] "
        + string.Join(' ', State.Members.Select(member => $"{member.Address.Host}:{member.Status}:{member.UpNumber}"));
}

/// <summary>A node's loop in virtual time; nothing runs after its process is gone.</summary>
internal sealed class WorldLoop(SmallWorld world, WorldNode node, ulong seed) : ControlLoop(seed)
{
    public override TimeSpan Now => world.Now;

    public override DateTimeOffset UtcNow => SmallWorld.Epoch + world.Now;

    public override TimeSpan Lateness => TimeSpan.Zero;

    public override void Post(Action work) => world.At(world.Now, () =>
    {
        if (node.IsRunning) work();
    });

    public override ControlTimer After(TimeSpan delay, Action work)
    {
        var timer = new WorldTimer();
        world.At(world.Now + delay, () =>
        {
            if (node.IsRunning && !timer.IsCancelled) work();
        });
        return timer;
    }

    public override void Reached(string point) => world.Reached[point] = world.Reached.GetValueOrDefault(point) + 1;

    private sealed class WorldTimer : ControlTimer
    {
        public bool IsCancelled { get; private set; }

        public override void Cancel() => IsCancelled = true;
    }
}

/// <summary>Messages as bytes, so that nothing is shared that a wire would not carry.</summary>
internal sealed class WorldMessenger(SmallWorld world, WorldNode node, NodeHello hello) : INodeMessenger
{
    private static readonly MessageCatalog s_catalog = new(MembershipKinds.All);
    private readonly Dictionary<Type, Action<UniqueAddress, IMessage>> _handlers = [];
    private readonly SortedSet<UniqueAddress> _known = [];

    public UniqueAddress Self => node.Self;

    public NodeHello Hello { get; set; } = hello;

    public long BytesSent { get; private set; }

    public long MessagesSent { get; private set; }

    /// <summary>The test takes messages away by this.</summary>
    public Func<IMessage, bool>? Drop { get; set; }

    public event Action<UniqueAddress, NodeHello>? PeerConnected;

    public event Action<UniqueAddress, SessionEnd>? PeerDisconnected
    {
        add { }
        remove { }
    }

    public void Handle<T>(Action<UniqueAddress, T> handler) where T : class, IMessage<T> =>
        _handlers.Add(typeof(T), (from, message) => handler(from, (T)message));

    public bool Send(UniqueAddress to, IMessage message, Lane lane = Lane.Control)
    {
        if (!node.IsRunning) return false;
        Carry(to.Address, to, message);
        return true;
    }

    public void Contact(Address to, IMessage message) => Carry(to, null, message);

    public TimeSpan? SilentFor(UniqueAddress peer) => null;

    public void Forget(UniqueAddress peer) { }

    public void Receive(UniqueAddress from, IMessage message) => _handlers[message.GetType()](from, message);

    private void Carry(Address address, UniqueAddress? exactly, IMessage message)
    {
        if (Drop?.Invoke(message) == true) return;
        byte[] bytes = message.ToByteArray();
        ushort kind = s_catalog.NumberOf(message);
        BytesSent += bytes.Length;
        MessagesSent++;
        string name = message.GetType().Name;
        world.BytesOf[name] = world.BytesOf.GetValueOrDefault(name) + bytes.Length;
        world.Carry(node, address, target =>
        {
            Meet(target);
            target.Messenger.Meet(node);
            if (exactly is null || exactly == target.Self) target.Messenger.Receive(node.Self, s_catalog.Find(kind)!.ParseFrom(bytes));
        });
    }

    private void Meet(WorldNode other)
    {
        if (node.IsRunning && _known.Add(other.Self)) PeerConnected?.Invoke(other.Self, other.Messenger.Hello);
    }
}
