using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Detection;
using Mesh.Wire.Metrics;

namespace Mesh.Tests.Actors.Detection;

/// <summary>One node of a small world with a real detector and a make-believe membership.</summary>
internal sealed class SmallNode
{
    public SmallNode(SmallWorld world, int index, Member member, ImmutableArray<Member> members, ulong seed)
    {
        Index = index;
        Member = member;
        Loop = new SmallLoop(world, this, seed);
        Messenger = new SmallMessenger(world, this);
        Membership = new SmallMembership(world, this, members);
        Services = new NodeServices(Loop, Messenger, null!, new MetricRegistry(stripes: 1).OpenScope(), Logs.Add);
        Detector = new FailureDetector(Services, new DetectorSettings(), Membership, Membership);
        Detector.Start();
        Membership.Start();
    }

    public int Index { get; }

    public Member Member { get; }

    public SmallLoop Loop { get; }

    public SmallMessenger Messenger { get; }

    public SmallMembership Membership { get; }

    public NodeServices Services { get; }

    public FailureDetector Detector { get; }

    public List<LogEvent> Logs { get; } = [];

    public bool Crashed { get; set; }

    public TimeSpan PausedUntil { get; set; }

    public bool Sees(SmallNode other) => Membership.State.IsReachable(other.Member.UniqueAddress);
}

/// <summary>Rows, incarnations and Downs, told to everybody at each change after gossip's delay, and again each second.</summary>
internal sealed class SmallMembership(SmallWorld world, SmallNode node, ImmutableArray<Member> members) : IMembership, IReachabilityBook
{
    private readonly SortedDictionary<(UniqueAddress, UniqueAddress), ReachabilityRow> _rows = [];
    private ulong _version;

    public event Action<ClusterEvent>? Changed;

    public ClusterState State { get; private set; } = ClusterState.Empty(node.Member.UniqueAddress) with { Members = members };

    public List<(TimeSpan At, UniqueAddress Who, string Reason)> Downed { get; } = [];

    private UniqueAddress Self => node.Member.UniqueAddress;

    public void Start() => world.At(world.Now + TimeSpan.FromMilliseconds(node.Loop.Random.Next(1000)), node, Tell);

    public ReachabilityStatus Of(UniqueAddress subject) =>
        _rows.TryGetValue((Self, subject), out ReachabilityRow? row) ? row.Status : ReachabilityStatus.Reachable;

    public void Report(UniqueAddress subject, ReachabilityStatus status)
    {
        ulong incarnation = State.Find(subject)!.Incarnation;
        if (Of(subject) == status && (status == ReachabilityStatus.Reachable || _rows[(Self, subject)].SubjectIncarnation == incarnation)) return;
        _rows[(Self, subject)] = new ReachabilityRow(Self, subject, incarnation, status, ++_version);
        Publish(State.Members);
        Spread();
    }

    public void Refute(ulong accusedIncarnation)
    {
        Publish(With(Self, member => member with { Incarnation = Math.Max(member.Incarnation, accusedIncarnation + 1) }));
        Spread();
    }

    public void Down(UniqueAddress member, string reason)
    {
        if (State.Find(member) is not { Status: < MemberStatus.Down } known) return;
        Downed.Add((world.Now, member, reason));
        Publish(With(member, each => each with { Status = MemberStatus.Down }));
        Changed?.Invoke(new ClusterEvent.MemberDowned(known));
        Spread();
    }

    public void Leave(UniqueAddress member) => throw new NotSupportedException();

    /// <summary>The wish of a test: this node's own idea of somebody.</summary>
    public void Set(UniqueAddress member, Func<Member, Member> change) => Publish(With(member, change));

    private void Tell()
    {
        Spread();
        world.At(world.Now + TimeSpan.FromSeconds(1), node, Tell);
    }

    private void Spread()
    {
        ImmutableArray<Member> known = State.Members;
        ImmutableArray<ReachabilityRow> rows = [.. _rows.Values];
        foreach (SmallNode other in world.Nodes)
        {
            if (other == node || node.Member == other.Member) continue;
            TimeSpan after = TimeSpan.FromMilliseconds(50 + 400 * node.Loop.Random.NextDouble());
            world.At(world.Now + after, node, () => world.Carry(node, other, () => other.Membership.Merge(known, rows)));
        }
    }

    private void Merge(ImmutableArray<Member> known, ImmutableArray<ReachabilityRow> rows)
    {
        bool changed = false;
        foreach (ReachabilityRow row in rows)
        {
            if (_rows.TryGetValue((row.Observer, row.Subject), out ReachabilityRow? mine) && mine.Version >= row.Version) continue;
            _rows[(row.Observer, row.Subject)] = row;
            changed = true;
        }

        ImmutableArray<Member> merged = State.Members;
        for (int index = 0; index < merged.Length; index++)
        {
            (Member mine, Member theirs) = (merged[index], known[index]);
            Member both = mine with
            {
                Incarnation = Math.Max(mine.Incarnation, theirs.Incarnation),
                Status = mine.Status > theirs.Status ? mine.Status : theirs.Status,
            };
            if (both == mine) continue;
            merged = merged.SetItem(index, both);
            changed = true;
        }

        if (changed) Publish(merged);
    }

    private ImmutableArray<Member> With(UniqueAddress who, Func<Member, Member> change) =>
        [.. State.Members.Select(member => member.UniqueAddress == who ? change(member) : member)];

    private void Publish(ImmutableArray<Member> now)
    {
        ImmutableArray<ReachabilityRow> rows = [.. _rows.Values.Where(row => row.Status != ReachabilityStatus.Reachable)];
        ImmutableArray<UniqueAddress> unreachable = ReachabilityRules.Unreachable(now, rows);
        if (unreachable.SequenceEqual(State.Unreachable)) unreachable = State.Unreachable;
        State = State with { Members = now, Rows = rows, Unreachable = unreachable, Version = State.Version + 1 };
    }
}
