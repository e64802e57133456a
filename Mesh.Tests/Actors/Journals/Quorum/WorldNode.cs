using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Journals.Quorum.Storage;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>A machine of the world: its disk outlives its processes.</summary>
internal sealed class WorldNode(World world, int index)
{
    private WorldLoop? _loop;
    private MachineHost? _host;
    private WorldMembership? _membership;

    public int Index { get; } = index;

    public WorldDisk Disk { get; private set; } = new();

    public MemoryJournalMachine Machine { get; private set; } = new();

    public UniqueAddress? Self { get; private set; }

    public QuorumNode? Quorum { get; private set; }

    public QuorumJournalStore? Store { get; private set; }

    public RaftCore? Core => IsUp && Quorum is { Driver.IsHalted: false } quorum ? quorum.Driver.Core : null;

    public bool IsUp => _loop is { IsDead: false };

    public WorldMessenger? Messenger { get; private set; }

    /// <summary>What its processes logged.</summary>
    public List<LogEvent> Logged { get; } = [];

    /// <summary>A new process on this machine's disk; a member of the cluster at once, its predecessor none any more.</summary>
    public void Start(bool found = false)
    {
        if (Self is not null) world.SetMember(Self, MemberStatus.Removed);
        Self = new UniqueAddress(new Address("mesh", $"n{Index}", 1), world.Random.Next());
        world.SetMember(Self, MemberStatus.Up);
        _loop = new WorldLoop(world, world.Random.Next());
        Messenger = new WorldMessenger(world, this, _loop);
        var services = new NodeServices(_loop, Messenger, null!, null, Logged.Add);
        _host = new MachineHost(() => Machine, new WorldWork(world, _loop, Disk) { IsJournal = true });
        var storage = new WorldStorage(world, _loop, Disk);
        Store = new QuorumJournalStore(services, _membership = new WorldMembership(world, this), world.Settings, storage, _host, null);
        Quorum = Store.Node;
        Quorum.Start(member: true, found);
    }

    /// <summary>Hears of the cluster, in a turn of its own.</summary>
    public void Tell(ClusterEvent change)
    {
        if (IsUp && _membership is { } membership) world.At(world.Now, _loop, () => membership.Tell(change));
    }

    /// <param name="lostWrites">So many of the last confirmed writes were never on the disk.</param>
    public void Crash(int lostWrites = 0)
    {
        if (!IsUp) return;
        _loop!.IsDead = true;
        Disk.Crash(lostWrites);
        world.Invariants.Forget(Index);
        UniqueAddress gone = Self!;
        foreach (WorldNode other in world.Nodes)
            if (other.IsUp)
                world.At(world.Now + TimeSpan.FromSeconds(1), other._loop, () => other.Messenger!.Disconnected(gone));
    }

    public void LoseDisk()
    {
        Crash();
        world.HasLostDisk = true;
        Disk = new WorldDisk();
        Machine = new MemoryJournalMachine();
    }

    /// <summary>The log's file is gone; the journal and the node's memory are not.</summary>
    public void LoseLog()
    {
        Crash();
        world.HasLostDisk = true;
        Disk = new WorldDisk { IsReplacement = true };
    }

    /// <summary>The journal's file is gone; log and memory are not.</summary>
    public void LoseJournal()
    {
        Crash();
        world.HasLostDisk = true;
        Machine = new MemoryJournalMachine();
    }

    /// <summary>The process stands still and goes on later.</summary>
    public void Pause(double seconds) => _loop!.PausedUntil = world.Now + TimeSpan.FromSeconds(seconds);

    public void Deliver(UniqueAddress from, UniqueAddress to, IMessage message, TimeSpan delay)
    {
        WorldLoop? loop = _loop;
        world.At(world.Now + delay, loop, () =>
        {
            if (Self == to) Messenger!.Receive(from, message);
        });
    }
}

/// <summary>A process's thread, in virtual time.</summary>
internal sealed class WorldLoop(World world, ulong seed) : ControlLoop(seed)
{
    private readonly TimeSpan _started = world.Now - TimeSpan.FromSeconds(1 + (seed % 1000));

    public bool IsDead { get; set; }

    public TimeSpan PausedUntil { get; set; }

    public override TimeSpan Now => world.Now - _started;

    public override DateTimeOffset UtcNow => DateTimeOffset.UnixEpoch + world.Now;

    public override TimeSpan Lateness => TimeSpan.Zero;

    public override void Post(Action work)
    {
        if (world.Inbox is { } inbox && Environment.CurrentManagedThreadId != world.ThreadId) inbox.Add(() => world.At(world.Now, this, work));
        else world.At(world.Now, this, work);
    }

    public override ControlTimer After(TimeSpan delay, Action work)
    {
        var timer = new WorldTimer(work);
        world.At(world.Now + delay, this, timer.Run);
        return timer;
    }

    public override void Reached(string point) => world.Reached.Add(point);

    private sealed class WorldTimer(Action work) : ControlTimer
    {
        private Action? _work = work;

        public void Run()
        {
            Action? due = _work;
            _work = null;
            due?.Invoke();
        }

        public override void Cancel() => _work = null;
    }
}

/// <summary>The world's network as one process sees it: at most once, no order, any delay.</summary>
internal sealed class WorldMessenger(World world, WorldNode node, WorldLoop loop) : INodeMessenger
{
    private readonly Dictionary<Type, Action<UniqueAddress, IMessage>> _handlers = [];

    public UniqueAddress Self { get; } = node.Self!;

    public NodeHello Hello { get; set; } = new("mesh", "c", $"n{node.Index}", ["core"], "1", 1, 1, 0);

    /// <summary>Sees every message that leaves; false drops it.</summary>
    public Func<UniqueAddress, IMessage, bool>? Filter { get; set; }

    public event Action<UniqueAddress, NodeHello>? PeerConnected;

    public event Action<UniqueAddress, SessionEnd>? PeerDisconnected;

    public void Handle<T>(Action<UniqueAddress, T> handler) where T : class, IMessage<T> =>
        _handlers[typeof(T)] = (from, message) => handler(from, (T)message);

    public bool Send(UniqueAddress to, IMessage message, Lane lane = Lane.Control)
    {
        if (Filter is { } filter && !filter(to, message)) return true;
        WorldNode? target = world.Nodes.FirstOrDefault(each => each.Self == to);
        if (target is null || world.IsCut(node.Index, target.Index) || world.Random.Next(1000) < world.LossPerMille) return true;
        target.Deliver(Self, to, message, world.Delay());
        return true;
    }

    public void Receive(UniqueAddress from, IMessage message)
    {
        if (world.Nodes.First(each => each.Index == node.Index).Self == Self) _handlers[message.GetType()](from, message);
    }

    public void Contact(Address to, IMessage message) { }

    public TimeSpan? SilentFor(UniqueAddress peer) => world.Nodes.Any(each => each.Self == peer && each.IsUp) ? TimeSpan.Zero : null;

    public void Forget(UniqueAddress peer) { }

    public void Connected(UniqueAddress peer) => PeerConnected?.Invoke(peer, Hello);

    public void Disconnected(UniqueAddress peer)
    {
        if (!loop.IsDead) PeerDisconnected?.Invoke(peer, SessionEnd.Broken);
    }
}

/// <summary>The world's one view of the cluster.</summary>
internal sealed class WorldMembership(World world, WorldNode node) : IMembership
{
    public ClusterState State => ClusterState.Empty(node.Self!) with { Members = world.Members };

    public event Action<ClusterEvent>? Changed;

    public void Down(UniqueAddress member, string reason) => Changed?.Invoke(new ClusterEvent.LeaderChanged(null));

    public void Leave(UniqueAddress member) { }

    public void Tell(ClusterEvent change) => Changed?.Invoke(change);
}
