using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Membership.Records;

namespace Mesh.Actors.Membership;

/// <summary>
/// Makes the published view of the table, and the events between two views. In a large cluster views are at least <see cref="LargePause"/> apart,
/// because each is a copy of the member list.
/// </summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class ClusterView(MembershipCore core)
{
    /// <summary>Members beyond which views are spaced.</summary>
    public const int LargeCluster = 64;

    /// <summary>Time between two views of a large cluster.</summary>
    public static readonly TimeSpan LargePause = TimeSpan.FromMilliseconds(100);

    private readonly OverlaySeat _seat = new(core.Self);
    private TimeSpan _publishedAt = TimeSpan.MinValue;
    private ControlTimer? _timer;
    private long _order;

    public ClusterState State { get; private set; } = ClusterState.Empty(core.Self);

    public SortedDictionary<ulong, (long Order, TimeSpan At)> Waiting { get; } = [];

    public SortedDictionary<UniqueAddress, TimeSpan> UnreachableSince { get; } = [];

    /// <summary>How long the next view has to wait; null when it need not.</summary>
    public TimeSpan? Wait
    {
        get
        {
            if (core.Table.Members.Count <= LargeCluster || _publishedAt == TimeSpan.MinValue) return null;
            TimeSpan left = _publishedAt + LargePause - core.Loop.Now;
            return left > TimeSpan.Zero ? left : null;
        }
    }

    public void CommitAfter(TimeSpan wait) => _timer ??= core.Loop.After(wait, () =>
    {
        _timer = null;
        core.Commit();
    });

    public void Stop() => _timer?.Cancel();

    /// <summary>Shows the table as it is now.</summary>
    /// <param name="rowsChanged">False: the words of observers are as in the last view.</param>
    /// <returns>What happened between the views: of members, then of reachability, then of the leader.</returns>
    public ImmutableArray<ClusterEvent> Publish(bool rowsChanged)
    {
        ClusterState old = State;
        _publishedAt = core.Loop.Now;
        List<(UniqueAddress Node, MemberRecord? Before)> changes = core.Table.TakeChanges();
        ImmutableArray<Member> members = changes.Count == 0 ? old.Members : core.Table.Shown;
        ImmutableArray<ReachabilityRow> rows = rowsChanged ? [.. core.Table.Rows.Accusations()] : old.Rows;
        bool same = changes.Count == 0 && !rowsChanged;
        ImmutableArray<UniqueAddress> unreachable = same ? old.Unreachable : rows.IsEmpty ? [] : ReachabilityRules.Unreachable(members, rows);
        UniqueAddress? leader = same ? old.Leader : LeaderOf(members, unreachable);
        if (!same) TakeSeat(members, unreachable, changes);
        State = new ClusterState(core.Self, core.ClusterId, members, unreachable, rows, leader, _seat.Neighbours, old.Version + 1);

        ImmutableArray<ClusterEvent>.Builder events = ImmutableArray.CreateBuilder<ClusterEvent>();
        foreach ((UniqueAddress node, MemberRecord? before) in changes) TellMember(events, node, before);
        TellReachability(events, old);
        if (leader != old.Leader) events.Add(new ClusterEvent.LeaderChanged(leader));
        return events.ToImmutable();
    }

    /// <summary>The lowest address among the reachable core members that are Up or Leaving.</summary>
    private static UniqueAddress? LeaderOf(ImmutableArray<Member> members, ImmutableArray<UniqueAddress> unreachable)
    {
        foreach (Member member in members)
        {
            bool may = member.IsCore && member.Status is (MemberStatus.Up or MemberStatus.Leaving);
            if (may && unreachable.BinarySearch(member.UniqueAddress) < 0) return member.UniqueAddress;
        }

        return null;
    }

    private void TakeSeat(
        ImmutableArray<Member> members, ImmutableArray<UniqueAddress> unreachable, List<(UniqueAddress Node, MemberRecord? Before)> changes)
    {
        List<UniqueAddress> came = [], went = [];
        foreach ((UniqueAddress node, MemberRecord? before) in changes)
        {
            bool did = before is { Status: < MemberStatus.Down }, does = core.Table.Find(node.Uid) is { Status: < MemberStatus.Down };
            if (does && !did) came.Add(node);
            else if (did && !does) went.Add(node);
        }

        _seat.Follow(members, unreachable, came, went);
    }

    private void TellMember(ImmutableArray<ClusterEvent>.Builder events, UniqueAddress node, MemberRecord? before)
    {
        MemberRecord? now = core.Table.Find(node.Uid);
        if (now is not null && now.Status <= MemberStatus.WeaklyUp) Waiting.TryAdd(node.Uid, (_order++, core.Loop.Now));
        else Waiting.Remove(node.Uid);
        if (now is null)
        {
            if (before is null) return;
            MemberStatus previous = core.Table.Tombstones.Find(node.Uid) is { Downed: false } ? MemberStatus.Exiting : MemberStatus.Down;
            events.Add(new ClusterEvent.MemberRemoved(before.Member with { Status = MemberStatus.Removed }, previous));
        }
        else if (before is null || before.Status != now.Status)
        {
            events.Add(EventOf(now.Member));
        }
    }

    private static ClusterEvent EventOf(Member member) => member.Status switch
    {
        MemberStatus.Joining => new ClusterEvent.MemberJoined(member),
        MemberStatus.WeaklyUp => new ClusterEvent.MemberWeaklyUp(member),
        MemberStatus.Up => new ClusterEvent.MemberUp(member),
        MemberStatus.Leaving => new ClusterEvent.MemberLeft(member),
        MemberStatus.Exiting => new ClusterEvent.MemberExited(member),
        _ => new ClusterEvent.MemberDowned(member),
    };

    private void TellReachability(ImmutableArray<ClusterEvent>.Builder events, ClusterState old)
    {
        if (old.Unreachable == State.Unreachable) return;
        foreach (UniqueAddress node in State.Unreachable)
        {
            if (UnreachableSince.TryAdd(node, core.Loop.Now) && State.Find(node) is { } member)
                events.Add(new ClusterEvent.UnreachableMember(member));
        }

        foreach (UniqueAddress node in old.Unreachable)
        {
            if (!State.IsReachable(node)) continue;
            UnreachableSince.Remove(node);
            if (State.Find(node) is { } member) events.Add(new ClusterEvent.ReachableMember(member));
        }
    }
}
