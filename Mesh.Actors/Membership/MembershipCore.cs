using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Membership.Records;
using Mesh.Actors.Membership.Spreading;

namespace Mesh.Actors.Membership;

/// <summary>
/// What the duties of membership share: the table, the queue of what is to be told, this node's own record, and the view that is published.
/// Records go in by <see cref="Accept(MemberRecord, ulong)"/> from whatever source; what changed is queued, and seen by <see cref="Commit"/>.
/// </summary>
/// <remarks>Only on the control loop.</remarks>
internal sealed class MembershipCore
{
    private readonly ClusterView _view;
    private ulong _rowVersion;
    private long _seenRows;
    private readonly Queue<ClusterEvent> _toTell = [];
    private bool _dirty;
    private bool _telling;

    public MembershipCore(NodeServices services, MembershipSettings settings, NodeFacts facts)
    {
        Services = services;
        Settings = settings;
        Facts = facts;
        Self = services.Messenger.Self;
        Table = new MemberTable(settings.TombstoneLife);
        Incarnation = (ulong)Math.Max(1, services.Loop.UtcNow.ToUnixTimeSeconds());
        _view = new ClusterView(this);
    }

    public NodeServices Services { get; }

    public ControlLoop Loop => Services.Loop;

    public MembershipSettings Settings { get; }

    public NodeFacts Facts { get; }

    public UniqueAddress Self { get; }

    public MemberTable Table { get; }

    public GossipQueue Queue { get; } = new();

    public MembershipCounters Counters { get; } = new();

    /// <summary>Where this process began; the stored one may raise it before the join.</summary>
    public ulong Incarnation { get; set; }

    /// <summary>Null before the node belongs to a cluster.</summary>
    public string? ClusterId { get; private set; }

    /// <summary>Short for the id in messages; 0 without one.</summary>
    public ulong ClusterTag { get; private set; }

    public ClusterState State => _view.State;

    /// <summary>This node's own record; null before it joined and after its end.</summary>
    public MemberRecord? SelfRecord => Table.Find(Self.Uid);

    /// <summary>Takes part: it joined, and was not removed.</summary>
    public bool IsMember => !HasEnded && ClusterId is not null && SelfRecord is not null;

    public bool HasEnded { get; private set; }

    /// <summary>What this node says of the core in its messages; 0 when it is none.</summary>
    public ulong CoreHashToTell => SelfRecord is { IsCore: true } ? Table.CoreHash : 0;

    /// <summary>When each member that is not up yet was first seen, and in which order.</summary>
    public SortedDictionary<ulong, (long Order, TimeSpan At)> Waiting => _view.Waiting;

    /// <summary>Since when each unreachable member is so.</summary>
    public SortedDictionary<UniqueAddress, TimeSpan> UnreachableSince => _view.UnreachableSince;

    /// <summary>The highest up number ever seen here.</summary>
    public int HighestUpNumber { get; private set; }

    public event Action<ClusterEvent>? Changed;

    /// <summary>Something waits in the queue.</summary>
    public event Action? Queued;

    /// <summary>Somebody accused this node of being dead, in its present incarnation.</summary>
    public event Action<ReachabilityRow>? Accused;

    /// <summary>This node's incarnation was raised.</summary>
    public event Action<ulong>? Refuted;

    public void Enter(string clusterId)
    {
        ClusterId = clusterId;
        ClusterTag = StableHash.Of(clusterId) | 1;
        Services.Messenger.Hello = Services.Messenger.Hello with { ClusterId = clusterId };
        _dirty = true;
    }

    /// <summary>This node's record as it was before it joined.</summary>
    public MemberRecord NewSelf(MemberStatus status, int upNumber) => new(
        Self,
        new MemberMeta(Incarnation, 0, Incarnation, Facts.Name, [.. Facts.Roles.Items.Order(StringComparer.Ordinal)], Facts.AppVersion, false),
        status,
        upNumber);

    public PutOutcome Accept(MemberRecord record, ulong source)
    {
        MemberRecord? before = Table.Find(record.Uid);
        PutOutcome outcome = Table.Put(record);
        if (outcome == PutOutcome.Buried) Loop.Reached("tombstone blocked a resurrection");
        if (outcome == PutOutcome.Known) Queue.Known(record, source);
        if (outcome != PutOutcome.Changed) return outcome;
        MemberRecord merged = Table.Find(record.Uid)!;
        if (merged.UpNumber != Member.NotUp && merged.UpNumber > HighestUpNumber) HighestUpNumber = merged.UpNumber;
        bool alive = before is not null && merged.Meta.Incarnation > before.Meta.Incarnation && merged.Status == before.Status;
        // Who sent half of it does not know the whole.
        ulong knows = merged.Hash == record.Hash ? source : Self.Uid;
        if (!IsCatchingUp(record, source)) Queue.Add(merged, alive ? GossipRank.Alive : GossipRank.Other, knows);
        Touch();
        if (record.Uid == Self.Uid && source != Self.Uid && MemberMeta.Compare(record.Meta, merged.Meta) == 0 && before is not null
            && MemberMeta.Compare(record.Meta, before.Meta) > 0)
        {
            Loop.Reached("another wrote this node's own word");
            Refute(record.Meta.Incarnation);
        }

        return outcome;
    }

    /// <summary>To one that is being let in all members are news, and to nobody else: it would tell each neighbour the whole list.</summary>
    private bool IsCatchingUp(MemberRecord record, ulong source) =>
        source != Self.Uid && record.Uid != Self.Uid && SelfRecord is not { Status: > MemberStatus.Joining };

    public PutOutcome Accept(ReachabilityRow row, ulong source)
    {
        if (row.Observer.Uid == Self.Uid && source != Self.Uid) return PutOutcome.Ignored;
        PutOutcome outcome = Table.Put(row);
        if (outcome == PutOutcome.Known) Queue.Known(row, source);
        if (outcome != PutOutcome.Changed) return outcome;
        Queue.Add(row, source);
        Touch();
        if (row.Subject.Uid == Self.Uid && row.Status != ReachabilityStatus.Reachable && SelfRecord is { } self
            && row.SubjectIncarnation >= self.Meta.Incarnation)
        {
            Accused?.Invoke(row);
            Refute(row.SubjectIncarnation);
        }

        return outcome;
    }

    public PutOutcome Accept(Tombstone tombstone, ulong source)
    {
        if (tombstone.Node.Uid == Self.Uid) return PutOutcome.Ignored;
        PutOutcome outcome = Table.Bury(tombstone);
        if (outcome == PutOutcome.Known) Queue.Known(tombstone, source);
        if (outcome != PutOutcome.Changed) return outcome;
        Queue.Add(tombstone, source);
        Touch();
        return outcome;
    }

    /// <summary>Changes this node's own word about itself.</summary>
    public void Say(Func<MemberMeta, MemberMeta> change)
    {
        if (SelfRecord is { } self) Accept(self with { Meta = change(self.Meta) with { Version = self.Meta.Version + 1 } }, Self.Uid);
    }

    /// <summary>Raises a member's status; nothing happens when it is as far or unknown.</summary>
    public bool Raise(UniqueAddress member, MemberStatus status, int upNumber = Member.NotUp, string reason = "")
    {
        if (Table.Find(member.Uid) is not { } record || record.Status >= status) return false;
        var raised = record with { Status = status, UpNumber = Math.Min(record.UpNumber, upNumber), Reason = WireRecords.CutReason(reason) };
        return Accept(raised, Self.Uid) == PutOutcome.Changed;
    }

    public ReachabilityStatus Of(UniqueAddress subject) => Table.Rows.Find(Self, subject)?.Status ?? ReachabilityStatus.Reachable;

    public void Report(UniqueAddress subject, ReachabilityStatus status)
    {
        if (!IsMember || subject.Uid == Self.Uid || Table.Find(subject.Uid) is not { } record) return;
        ReachabilityRow? before = Table.Rows.Find(Self, subject);
        if (before is null && status == ReachabilityStatus.Reachable) return;
        if (before?.Status == status && (status == ReachabilityStatus.Reachable || before.SubjectIncarnation >= record.Meta.Incarnation)) return;
        Accept(new ReachabilityRow(Self, record.Node, record.Meta.Incarnation, status, ++_rowVersion), Self.Uid);
    }

    public void Refute(ulong accusedIncarnation)
    {
        if (SelfRecord is not { } self || HasEnded) return;
        if (self.Meta.Incarnation > accusedIncarnation)
        {
            Queue.Add(self, GossipRank.Alive, Self.Uid);
            Queued?.Invoke();
            return;
        }

        Loop.Reached("suspicion refuted");
        Counters.Refutations++;
        Incarnation = accusedIncarnation + 1;
        Accept(self with { Meta = self.Meta with { Incarnation = Incarnation, Version = 0 } }, Self.Uid);
        Refuted?.Invoke(Incarnation);
    }

    /// <summary>Publishes what changed since the last call, if anything did and enough time has gone by.</summary>
    public void Commit(bool now = false)
    {
        if (!_dirty || HasEnded) return;
        if (!now && _view.Wait is { } wait)
        {
            _view.CommitAfter(wait);
            return;
        }

        _dirty = false;
        bool rows = _seenRows != Table.Rows.Version;
        _seenRows = Table.Rows.Version;
        Tell(_view.Publish(rows));
    }

    /// <summary>This node is out; nothing is published or sent after it.</summary>
    public void End(bool downed, string reason)
    {
        if (HasEnded) return;
        Commit(now: true);
        if (HasEnded) return;
        HasEnded = true;
        Queue.Clear();
        _view.Stop();
        Log(downed ? LogLevel.Warning : LogLevel.Info, $"this node is no member any more: {reason}");
        Tell([new ClusterEvent.SelfRemoved(downed, reason)]);
    }

    public void Log(LogLevel level, string text) => Services.Log(new LogEvent(level, "membership", text));

    /// <summary>A listener may change something: what that brings is told after what is being told.</summary>
    private void Tell(ImmutableArray<ClusterEvent> events)
    {
        foreach (ClusterEvent each in events) _toTell.Enqueue(each);
        if (_telling) return;
        _telling = true;
        try
        {
            while (_toTell.TryDequeue(out ClusterEvent? each)) Changed?.Invoke(each);
        }
        finally
        {
            // What a listener throws is a bug of its own; it must not make this node deaf to all that follows.
            _telling = false;
        }
    }

    private void Touch()
    {
        _dirty = true;
        Queued?.Invoke();
    }
}
