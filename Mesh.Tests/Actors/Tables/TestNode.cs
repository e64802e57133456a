using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;
using Mesh.Actors.Storage;
using Mesh.Actors.Tables;

namespace Mesh.Tests.Actors.Tables;

internal sealed class TestNode
{
    private readonly TableWorld _world;

    public TestNode(TableWorld world, UniqueAddress self, FakeDisk disk)
    {
        (_world, Self, Disk) = (world, self, disk);
        Loop = new FakeLoop(world, this);
        Messenger = new FakeMessenger(world, this);
        Membership = new FakeMembership(self);
        Tables = new ReplicatedTables(new NodeServices(Loop, Messenger, disk, null, Logged.Add), world.Settings, Membership);
    }

    public UniqueAddress Self { get; }

    public FakeDisk Disk { get; }

    public FakeLoop Loop { get; }

    public FakeMessenger Messenger { get; }

    public FakeMembership Membership { get; }

    public ReplicatedTables Tables { get; }

    public List<LogEvent> Logged { get; } = [];

    public long BytesSent { get; set; }

    /// <summary>The process is dead: nothing of it runs any more.</summary>
    public bool IsStopped { get; set; }

    public OwnerTable<string> OpenOwned(string name = "instances") => Tables.OpenOwnerTable(name, new TextCodec());

    public ReplicatedMap<string> OpenMap(string name = "routes") => Tables.OpenMap(name, new TextCodec());

    public Member AsMember(MemberStatus status) => new(Self, Self.Address.Host!, [Member.CoreRole], "1", status, 1, 1);

    public override string ToString() => Self.Address.Host!;

    internal sealed class FakeLoop(TableWorld world, TestNode node) : ControlLoop(world.NextSeed())
    {
        private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override TimeSpan Now => world.Now;

        public override DateTimeOffset UtcNow => s_start + world.Now;

        public override TimeSpan Lateness => TimeSpan.Zero;

        public override void Post(Action work) => world.At(world.Now, node, work);

        public override ControlTimer After(TimeSpan delay, Action work)
        {
            var timer = new Timer();
            world.At(world.Now + delay, node, () =>
            {
                if (!timer.IsCancelled) work();
            });
            return timer;
        }

        public override void Reached(string point) => world.PointsReached.Add(point);

        private sealed class Timer : ControlTimer
        {
            public bool IsCancelled { get; private set; }

            public override void Cancel() => IsCancelled = true;
        }
    }
}

internal sealed class FakeMessenger(TableWorld world, TestNode node) : INodeMessenger
{
    private readonly Dictionary<Type, Action<UniqueAddress, IMessage>> _handlers = [];

    public event Action<UniqueAddress, NodeHello>? PeerConnected
    {
        add { }
        remove { }
    }

    public event Action<UniqueAddress, SessionEnd>? PeerDisconnected
    {
        add { }
        remove { }
    }

    public UniqueAddress Self => node.Self;

    public NodeHello Hello { get; set; } = new("mesh", null, "", [], "1", 1, 1, 0);

    public void Handle<T>(Action<UniqueAddress, T> handler) where T : class, IMessage<T> =>
        _handlers.Add(typeof(T), (from, message) => handler(from, (T)message));

    public bool Send(UniqueAddress to, IMessage message, Lane lane = Lane.Control)
    {
        world.Carry(node, to, message, lane);
        return true;
    }

    public void Contact(Address to, IMessage message) => throw new NotSupportedException();

    public TimeSpan? SilentFor(UniqueAddress peer) => null;

    public void Forget(UniqueAddress peer)
    {
    }

    public void Deliver(UniqueAddress from, IMessage message) => _handlers[message.GetType()](from, message);
}

internal sealed class FakeMembership(UniqueAddress self) : IMembership
{
    public event Action<ClusterEvent>? Changed;

    public ClusterState State { get; private set; } = ClusterState.Empty(self);

    public void Down(UniqueAddress member, string reason) => throw new NotSupportedException();

    public void Leave(UniqueAddress member) => throw new NotSupportedException();

    public void Set(ImmutableArray<Member> members, ImmutableArray<UniqueAddress> unreachable, ImmutableArray<UniqueAddress> neighbours)
    {
        ClusterState before = State;
        Member? leader = members.FirstOrDefault(each => each.Status == MemberStatus.Up && unreachable.BinarySearch(each.UniqueAddress) < 0);
        State = before with
        {
            Members = members,
            Unreachable = unreachable,
            Neighbours = neighbours,
            Leader = leader?.UniqueAddress,
            Version = before.Version + 1,
        };
        foreach (Member gone in before.Members)
        {
            if (State.Find(gone.UniqueAddress) is not null) continue;
            Changed?.Invoke(new ClusterEvent.MemberRemoved(gone with { Status = MemberStatus.Removed }, gone.Status));
        }

        foreach (Member member in members)
        {
            if (before.Find(member.UniqueAddress)?.Status != member.Status) Changed?.Invoke(EventOf(member));
            bool was = before.IsReachable(member.UniqueAddress), now = State.IsReachable(member.UniqueAddress);
            if (was && !now) Changed?.Invoke(new ClusterEvent.UnreachableMember(member));
            if (!was && now) Changed?.Invoke(new ClusterEvent.ReachableMember(member));
        }
    }

    private static ClusterEvent.MemberEvent EventOf(Member member) => member.Status switch
    {
        MemberStatus.Joining => new ClusterEvent.MemberJoined(member),
        MemberStatus.WeaklyUp => new ClusterEvent.MemberWeaklyUp(member),
        MemberStatus.Up => new ClusterEvent.MemberUp(member),
        MemberStatus.Leaving => new ClusterEvent.MemberLeft(member),
        MemberStatus.Exiting => new ClusterEvent.MemberExited(member),
        _ => new ClusterEvent.MemberDowned(member),
    };
}

/// <summary>A disk that outlives nodes, answers at once, and fails when told to.</summary>
internal sealed class FakeDisk : IDurableMap
{
    public SortedDictionary<string, SortedDictionary<string, ReadOnlyMemory<byte>>> Buckets { get; } = new(StringComparer.Ordinal);

    public StorageFault? Fault { get; set; }

    public int Writes { get; private set; }

    public ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> Load(string bucket) => Fault is { } fault
        ? ValueTask.FromException<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>>(new StorageException(fault, "the test's disk"))
        : new(Buckets.TryGetValue(bucket, out SortedDictionary<string, ReadOnlyMemory<byte>>? entries) ? [.. entries] : []);

    public ValueTask Write(string bucket, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> changes)
    {
        if (Fault is { } fault) return ValueTask.FromException(new StorageException(fault, "the test's disk"));
        Writes++;
        Buckets.TryAdd(bucket, new(StringComparer.Ordinal));
        SortedDictionary<string, ReadOnlyMemory<byte>> entries = Buckets[bucket];
        foreach ((string key, ReadOnlyMemory<byte>? value) in changes)
        {
            if (value is { } bytes) entries[key] = bytes.ToArray();
            else entries.Remove(key);
        }

        return ValueTask.CompletedTask;
    }
}

/// <summary>Text as UTF-8; text that begins with an exclamation mark is of a newer version.</summary>
internal sealed class TextCodec : IRowCodec<string>
{
    public ReadOnlyMemory<byte> Encode(string row) => System.Text.Encoding.UTF8.GetBytes(row);

    public bool TryDecode(ReadOnlyMemory<byte> bytes, out string? row)
    {
        row = System.Text.Encoding.UTF8.GetString(bytes.Span);
        return !row.StartsWith('!');
    }
}
