using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Sharding;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Sharding;

/// <summary>What an entity did with a command.</summary>
internal sealed record Handled(TimeSpan At, UniqueAddress Node, string Shard, long Epoch, string EntityId, long Command, bool Written);

/// <summary>A few nodes in one thread, from one seed: their loops, the wire, a membership that sees deaths as a detector would.</summary>
internal sealed class ShardWorld
{
    public static readonly TimeSpan SeenUnreachable = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan SeenDown = TimeSpan.FromSeconds(12);
    public static readonly TimeSpan SeenRemoved = TimeSpan.FromSeconds(13);

    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _queue = new();
    private readonly SortedDictionary<UniqueAddress, Member> _members = [];
    private readonly SortedSet<UniqueAddress> _unreachable = [];
    private SplitMix64 _random;
    private long _order;
    private long _version;
    private int _joined;

    public ShardWorld(ulong seed = 1, int nodes = 3, ShardingTypeOptions? options = null, ShardingSettings? settings = null)
    {
        // Where a test framework has a context, awaits would go on in other threads.
        SynchronizationContext.SetSynchronizationContext(null);
        _random = new SplitMix64(seed);
        Seed = seed;
        Journal = new FakeJournal(this);
        Options = options ?? new ShardingTypeOptions { NumberOfShards = 12 };
        Settings = settings ?? new ShardingSettings();
        for (int i = 0; i < nodes; i++) Nodes.Add(Join());
    }

    public ulong Seed { get; }

    public TimeSpan Now { get; private set; }

    public FakeJournal Journal { get; }

    public ShardingTypeOptions Options { get; }

    public ShardingSettings Settings { get; }

    public List<WorldNode> Nodes { get; } = [];

    public List<Handled> Handled { get; } = [];

    public SortedSet<string> ReachedPoints { get; } = new(StringComparer.Ordinal);

    /// <summary>Entities end like this when told a stop message of their own: after what they stashed.</summary>
    public Func<WorldNode, EntityContext, Props>? EntityProps { get; set; }

    /// <summary>Part of the frames that are lost, of each kind; asked for every frame between nodes.</summary>
    public Func<UniqueAddress, UniqueAddress, Google.Protobuf.IMessage, bool> Loses { get; set; } = static (_, _, _) => false;

    public long LostMail { get; set; }

    public int Draw(int bound) => _random.Next(bound);

    public TimeSpan Lag() => TimeSpan.FromMilliseconds(1 + _random.Next(30));

    public void At(TimeSpan after, Action work) => _queue.Enqueue(work, (Now + after, ++_order));

    public void Run(double seconds)
    {
        TimeSpan end = Now + TimeSpan.FromSeconds(seconds);
        while (_queue.TryPeek(out _, out (TimeSpan At, long Order) next) && next.At <= end)
        {
            Action work = _queue.Dequeue();
            if (next.At > Now) Now = next.At;
            work();
        }

        Now = end;
    }

    public bool RunUntil(Func<bool> done, double atMostSeconds)
    {
        for (double t = 0; t < atMostSeconds; t += 0.05)
        {
            if (done()) return true;
            Run(0.05);
        }

        return done();
    }

    /// <param name="hosts">In core.</param>
    /// <param name="version">Of the app.</param>
    /// <param name="proxy">In core, but it only reaches what others run.</param>
    /// <param name="options">Null: the world's.</param>
    public WorldNode Join(bool hosts = true, string version = "1", bool proxy = false, ShardingTypeOptions? options = null)
    {
        int number = ++_joined;
        var self = new UniqueAddress(new Address("test", $"n{number}", 1), (ulong)(1000 + number));
        ImmutableArray<string> roles = hosts ? [Member.CoreRole] : [];
        _members[self] = new Member(self, $"n{number}", new EquatableList<string>(roles), version, MemberStatus.Up, number, 0);
        var node = new WorldNode(this, self, hosts && !proxy, options ?? Options);
        Tell(new ClusterEvent.MemberUp(_members[self]));
        return node;
    }

    public ClusterState View(UniqueAddress self) => new(self, "c", [.. _members.Values], [.. _unreachable], [], null, [], _version);

    public void Crash(WorldNode node)
    {
        node.IsDead = true;
        Bury(node);
    }

    /// <summary>It stands still; the others take it for dead if that lasts.</summary>
    public void Pause(WorldNode node, double seconds)
    {
        TimeSpan until = Now + TimeSpan.FromSeconds(seconds);
        node.PausedUntil = until;
        Bury(node, unless: () => Now >= until);
    }

    public void SetStatus(WorldNode node, MemberStatus status)
    {
        Member before = _members[node.Self];
        Member after = before with { Status = status };
        if (status == MemberStatus.Removed) _members.Remove(node.Self);
        else _members[node.Self] = after;
        Tell(status switch
        {
            MemberStatus.Leaving => new ClusterEvent.MemberLeft(after),
            MemberStatus.Exiting => new ClusterEvent.MemberExited(after),
            MemberStatus.Down => new ClusterEvent.MemberDowned(after),
            _ => new ClusterEvent.MemberRemoved(after, before.Status),
        });
    }

    /// <summary>5.4: accepted effects of a shard come in order of epoch, and each epoch has one owner.</summary>
    public void AssertOwnershipIsALock()
    {
        foreach (IGrouping<string, Handled> shard in Handled.Where(each => each.Written).GroupBy(each => each.Shard))
        {
            long last = 0;
            Dictionary<long, UniqueAddress> owners = [];
            foreach (Handled effect in shard)
            {
                Assert.True(effect.Epoch >= last, $"seed {Seed}: shard {shard.Key}: epoch {effect.Epoch} at {effect.At} after {last}");
                Assert.True(owners.TryAdd(effect.Epoch, effect.Node) || owners[effect.Epoch] == effect.Node, $"seed {Seed}: two owners of one epoch");
                last = effect.Epoch;
            }
        }
    }

    private void Bury(WorldNode node, Func<bool>? unless = null)
    {
        At(SeenUnreachable, () => Unless(() =>
        {
            _unreachable.Add(node.Self);
            Tell(new ClusterEvent.UnreachableMember(_members[node.Self]));
        }));
        At(SeenDown, () => Unless(() => SetStatus(node, MemberStatus.Down)));
        At(SeenRemoved, () => Unless(() =>
        {
            _unreachable.Remove(node.Self);
            SetStatus(node, MemberStatus.Removed);
        }));

        void Unless(Action step)
        {
            if (unless?.Invoke() != true && _members.ContainsKey(node.Self)) step();
            else if (_unreachable.Remove(node.Self) && _members.TryGetValue(node.Self, out Member? back))
                Tell(new ClusterEvent.ReachableMember(back));
        }
    }

    private void Tell(ClusterEvent change)
    {
        _version++;
        foreach (WorldNode node in Nodes.ToArray())
        {
            bool self = change is ClusterEvent.MemberRemoved removed && removed.Member.UniqueAddress == node.Self;
            node.Post(Lag(), () => node.OnChange(self ? new ClusterEvent.SelfRemoved(true, "downed") : change));
        }
    }
}
