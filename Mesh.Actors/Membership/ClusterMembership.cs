using Mesh.Actors.Control;
using Mesh.Actors.Membership.Joining;
using Mesh.Actors.Membership.Leading;
using Mesh.Actors.Membership.Records;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Membership.Spreading;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Membership;

/// <summary>A node's membership: joins its parts together and gives them to the other rooms.</summary>
/// <remarks>Only on the control loop, from the constructor on.</remarks>
public sealed class ClusterMembership : IMembership, IReachabilityBook
{
    private readonly MembershipCore _core;
    private readonly Spreader _spreader;
    private readonly StatusExchange _exchange;
    private readonly MembershipStore _store;
    private readonly Joiner _joiner;
    private readonly LeaderDuty _leader;
    private readonly LeaveDuty _leave;
    private bool _started;

    /// <param name="services">The node's loop, messenger and memory.</param>
    /// <param name="settings">The knobs.</param>
    /// <param name="facts">What the node says of itself.</param>
    /// <param name="seeds">Where it looks for its cluster.</param>
    public ClusterMembership(NodeServices services, MembershipSettings settings, NodeFacts facts, ISeedSource seeds)
    {
        _core = new MembershipCore(services, settings, facts);
        _spreader = new Spreader(_core);
        _exchange = new StatusExchange(_core, _spreader) { Strangers = () => _joiner!.Seeds.Strangers() };
        _store = new MembershipStore(_core);
        _joiner = new Joiner(_core, _spreader, new Doorkeeper(_core, _spreader, _exchange), _store, seeds);
        _leader = new LeaderDuty(_core, _spreader);
        _leave = new LeaveDuty(_core, _spreader);
        _joiner.Entered += OnEntered;
        _core.Changed += OnChanged;
        _core.Refuted += _store.SaveIncarnation;
        if (services.Metrics is { } metrics) MembershipMetrics.Register(metrics, _core, () => _leader.HasConverged);
        services.Messenger.PeerConnected += OnPeerConnected;
        services.Messenger.PeerDisconnected += OnPeerDisconnected;
    }

    public ClusterState State => _core.State;

    public event Action<ClusterEvent>? Changed;

    /// <summary>An observer accused this node in its present incarnation; it refutes by itself, right after this.</summary>
    internal event Action<ReachabilityRow>? Accused
    {
        add => _core.Accused += value;
        remove => _core.Accused -= value;
    }

    internal MembershipCore Core => _core;

    /// <summary>Loads the node's memory and looks for its cluster.</summary>
    public void Start()
    {
        if (_started) return;
        _started = true;
        _joiner.Start();
    }

    /// <summary>Ends all timers without a word, as a crash would; for a host that stops in haste. Leave first, in order.</summary>
    public void Stop()
    {
        _core.End(downed: false, "stopped");
    }

    public void Down(UniqueAddress member, string reason)
    {
        if (!_core.IsMember || !_core.Raise(member, MemberStatus.Down, reason: reason)) return;
        _core.Log(Events.LogLevel.Warning, $"downs {member}: {reason}");
        _core.Commit(now: true);
    }

    public void Quit(string reason)
    {
        _leave.IsQuiet = true;
        Down(_core.Self, reason);
    }

    public void Leave(UniqueAddress member)
    {
        if (member == _core.Self && !_core.IsMember)
        {
            _core.End(downed: false, "left before it joined");
            return;
        }

        if (_core.IsMember && _core.Raise(member, MemberStatus.Leaving)) _core.Commit(now: true);
    }

    public void AwaitBeforeExiting(string name, Func<bool> done) => _leave.AwaitBeforeExiting(name, done);

    /// <summary>This node's leave waits, as Leaving, until the task has ended, well or not.</summary>
    public void AwaitBeforeExiting(string name, Task done) => _leave.AwaitBeforeExiting(name, () => done.IsCompleted);

    /// <summary>Founds the cluster alone, under its known id if it has one: for an operator who knows that no other member lives.</summary>
    public void ForceFound() => _joiner.ForceFound();

    /// <summary>This node, in this or an earlier life, founded the cluster: what exists once in it is this node's to found.</summary>
    public bool FoundedHere => _joiner.IsFounder;

    /// <summary>For the console; costs O(members).</summary>
    public MembershipFacts Facts()
    {
        MembershipCounters counters = _core.Counters;
        return new MembershipFacts(
            _joiner.Waiting, _leader.HasConverged, [.. _leave.Awaited], _core.Queue.Count, _core.Table.Tombstones.Count, counters.MessagesSent,
            counters.MessagesReceived, counters.BytesSent, counters.BytesReceived, counters.RecordsApplied, counters.Malformed, counters.OtherCluster,
            counters.JoinsRefused, [.. _core.Table.Members.Select(FactsOf)]);
    }

    private MemberFacts FactsOf(MemberRecord member)
    {
        TimeSpan now = _core.Loop.Now;
        bool? agrees = member.IsCore && _spreader.Reported.TryGetValue(member.Uid, out ulong hash) ? hash == _core.Table.CoreHash : null;
        return new MemberFacts(
            member.Node, _spreader.LastHeard.TryGetValue(member.Uid, out TimeSpan heard) ? now - heard : null,
            _core.UnreachableSince.TryGetValue(member.Node, out TimeSpan since) ? now - since : null, agrees, member.Reason);
    }

    ReachabilityStatus IReachabilityBook.Of(UniqueAddress subject) => _core.Of(subject);

    void IReachabilityBook.Report(UniqueAddress subject, ReachabilityStatus status)
    {
        _core.Report(subject, status);
        _core.Commit();
    }

    void IReachabilityBook.Refute(ulong accusedIncarnation)
    {
        _core.Refute(accusedIncarnation);
        _core.Commit();
    }

    private void OnEntered()
    {
        _exchange.Start();
        _leader.Start();
        _store.SaveContacts(State);
    }

    private void OnChanged(ClusterEvent change)
    {
        Changed?.Invoke(change);
        switch (change)
        {
            case ClusterEvent.SelfRemoved:
                Halt();
                return;
            case ClusterEvent.MemberRemoved removed:
                _spreader.Forget(removed.Member.UniqueAddress.Uid);
                _leader.Forget(removed.Member.UniqueAddress.Uid);
                break;
            case ClusterEvent.MemberJoined or ClusterEvent.MemberLeft:
                _leader.Hurry();
                break;
        }

        if (change is not ClusterEvent.MemberEvent each) return;
        TellIfFoundedTwice(each.Member);
        if (each.Member.UniqueAddress == _core.Self) _leave.Consider();
        if (each.Member.IsCore || State.Members.Length < MembershipStore.MaxContacts) _store.SaveContacts(State);
    }

    /// <summary>
    /// The first member of a cluster has the number 1. A second one was founder, too: of a part that began under the same id while the first founder
    /// was cut off, or of a comeback beside survivors. The parts become one; what exists once (the journal's group) has one founder at most.
    /// </summary>
    private void TellIfFoundedTwice(Member member)
    {
        if (!IsFirst(member)) return;
        foreach (Member other in State.Members)
        {
            if (!IsFirst(other) || other.Address == member.Address) continue;
            _core.Loop.Reached("two parts of one cluster met");
            string both = $"{other.Address} and {member.Address}";
            _core.Log(Events.LogLevel.Warning, $"{both} each began cluster {State.ClusterId} on their own: both parts are one now");
        }

        static bool IsFirst(Member each) => each is { IsCore: true, Status: MemberStatus.Up, UpNumber: 1 };
    }

    private void Halt()
    {
        _spreader.Stop();
        _exchange.Stop();
        _leader.Stop();
        _leave.Stop();
        _joiner.Stop();
    }

    /// <remarks>
    /// Another process of the same cluster that this node does not know: a cluster that was founded anew beside survivors, or news that were lost.
    /// Both sides compare, and so become one.
    /// </remarks>
    private void OnPeerConnected(UniqueAddress peer, NodeHello hello)
    {
        if (!_core.IsMember || hello.ClusterId != _core.ClusterId) return;
        if (_spreader.TellIfRemoved(peer)) return;
        if (_core.Table.Find(peer.Uid) is null) _exchange.Compare(peer);
    }

    private void OnPeerDisconnected(UniqueAddress peer, SessionEnd end)
    {
        if (end != SessionEnd.Forgotten || !_core.IsMember || _core.Table.Find(peer.Uid) is null) return;
        _core.Loop.Reached("learnt of its own removal by a refused session");
        bool inOrder = _core.SelfRecord is { Status: MemberStatus.Leaving or MemberStatus.Exiting };
        _core.End(!inOrder, inOrder ? "left" : $"{peer} refuses sessions: this node was removed");
    }
}
