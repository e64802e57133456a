using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Journals.Quorum.Group;

/// <summary>
/// Joins raft ids to processes by what nodes say of themselves, and as leader brings the group in line with the core members of the cluster, a member
/// at a time.
/// </summary>
internal sealed class GroupKeeper(NodeServices services, IMembership membership, QuorumSettings settings, Func<RaftDriver> driver)
{
    /// <summary>A learner that lacks at most so many entries may vote: they reach it within an append.</summary>
    private const long CaughtUpWithin = 64;

    /// <summary>What an operator does about it.</summary>
    public const string TwoJournals =
        "choose which is to stay, stop the nodes of the other, move their raft.db and journal.db away, start them: they join";

    private readonly PeerBook _book = new();
    private readonly SortedDictionary<ulong, TimeSpan> _missingSince = [];
    private readonly SortedSet<ulong> _leftInOrder = [];
    private readonly SortedSet<ulong> _told = [];
    private (long Term, QuorumAddress? Node, ulong GroupId) _leaderHint;
    private TimeSpan? _leavingSince;
    private TimeSpan? _waitsToGrowSince;
    private bool _released;

    /// <summary>Somebody said who leads a newer term.</summary>
    public event Action? LeaderLearned;

    public PeerBook Book => _book;

    /// <summary>The leader as this node knows it, from its own member or from others; null when it knows none.</summary>
    public (UniqueAddress Node, long Term)? Leader
    {
        get
        {
            if (driver().Core is { } core && (core.Term >= _leaderHint.Term || (core.Leader != 0 && IsForeign(core, _leaderHint.GroupId))))
            {
                if (core.Leader == core.Id) return (services.Messenger.Self, core.Term);
                if (core.Leader != 0 && _book.NodeOf(core.Leader) is { } node) return (node, core.Term);
                if (core.Term > _leaderHint.Term) return null;
            }

            return _leaderHint.Node is { } hint ? (PeerBook.From(hint), _leaderHint.Term) : null;
        }
    }

    /// <summary>
    /// This node's leave need not wait for the group: it is out of it, nobody is left who could go on, or it waited for long enough.
    /// </summary>
    public bool MayExit
    {
        get
        {
            if (_released || driver().IsHalted || driver().Core is not { GroupId: not 0 } core || IsAllOf(core.Group, core.Id)) return true;
            bool others = membership.State.Members.Any(member =>
                member.IsCore && member.UniqueAddress != services.Messenger.Self && PresenceOf(member.UniqueAddress) == Presence.Present);
            _leavingSince ??= services.Loop.Now;
            return !others || services.Loop.Now - _leavingSince >= settings.LeaveWithin;
        }
    }

    /// <summary>This node is on its way out, and still of the group.</summary>
    public bool IsLeaving => PresenceOf(services.Messenger.Self) == Presence.Leaving && !MayExit;

    /// <param name="leader">Whom somebody follows.</param>
    /// <param name="term">Of that leader.</param>
    /// <param name="groupId">Of the group that is led; 0 when it was not said.</param>
    public void LearnLeader(QuorumAddress? leader, long term, ulong groupId = 0)
    {
        if (leader is null || term <= _leaderHint.Term) return;
        _leaderHint = (term, leader, groupId);
        LeaderLearned?.Invoke();
    }

    /// <summary>What was said of the leader of that term turned out to be wrong.</summary>
    public void ForgetLeader(long term)
    {
        if (_leaderHint.Term <= term) _leaderHint = (term, null, 0);
    }

    public void Send(RaftMessage message)
    {
        if (_book.NodeOf(message.To) is not { } node || node == services.Messenger.Self) return;
        services.Messenger.Send(node, message, QuorumLanes.OfRaft(message));
    }

    public void OnRaft(UniqueAddress from, RaftMessage message)
    {
        if (driver().Core is not { } core || driver().IsHalted) return;
        if (message.From == core.Id || (message.GroupId != core.GroupId && core.GroupId != 0)) return;
        _book.Learn(message.From, new PeerBook.Peer(from, message.Boot, "", message.GroupId), core.Group.Contains);
    }

    public void OnHello(UniqueAddress from, QuorumHello hello)
    {
        RaftCore? core = driver().Core;
        if (hello.Id != 0 && hello.Id != core?.Id) Learn(core, from, hello);
        LearnLeader(hello.Leader, hello.Term, hello.GroupId);
        if (core is not null && IsForeign(core, hello.GroupId)) TellOfOther(core, from, hello);
        if (hello.Released && PresenceOf(services.Messenger.Self) == Presence.Leaving) _released = true;
        if (!hello.Answer) return;
        QuorumHello reply = Hello(answer: false);
        reply.Released = core is { IsEstablished: true, IsGroupSettled: true } && hello.GroupId == core.GroupId && !core.Group.Contains(hello.Id);
        services.Messenger.Send(from, reply, Lane.System);
    }

    private void Learn(RaftCore? core, UniqueAddress from, QuorumHello hello) => _book.Learn(
        hello.Id,
        new PeerBook.Peer(from, hello.Boot, hello.Name, hello.GroupId) { Trouble = hello.Trouble },
        id => core?.Group.Contains(id) ?? false);

    /// <summary>
    /// Core nodes of this cluster whose stores belong to another group than this node's: two journals, which never become one. Only an operator who
    /// made a group anew while the old one lived, or who brought files back, comes to this.
    /// </summary>
    public IEnumerable<UniqueAddress> OfOtherGroups => driver().Core is not { GroupId: not 0 } core
        ? []
        : _book.Peers.Values.Where(peer => IsForeign(core, peer.GroupId) && PresenceOf(peer.Node) == Presence.Present).Select(peer => peer.Node);

    /// <summary>Who went in order does not come back to vote: it is not waited for, as one is that may have crashed.</summary>
    public void OnRemoved(ClusterEvent.MemberRemoved removed)
    {
        if (removed.PreviousStatus != MemberStatus.Exiting) return;
        foreach ((ulong id, PeerBook.Peer peer) in _book.Peers)
            if (peer.Node == removed.Member.UniqueAddress)
                _leftInOrder.Add(id);
        if (_leftInOrder.Count > PeerBook.MaxPeers) _leftInOrder.Remove(_leftInOrder.Min);
    }

    /// <summary>Says to the core members who this node is and whom it follows.</summary>
    /// <param name="answer">They shall do the same at once.</param>
    public void Greet(bool answer)
    {
        QuorumHello hello = Hello(answer);
        foreach (Member member in membership.State.Members)
            if (member.IsCore && member.Status < MemberStatus.Down && member.UniqueAddress != services.Messenger.Self)
                services.Messenger.Send(member.UniqueAddress, hello, Lane.System);
    }

    /// <summary>Asks the leader whether this node, which leaves, is out of the group.</summary>
    public void AskForRelease()
    {
        if (Leader is { } leader && leader.Node != services.Messenger.Self) services.Messenger.Send(leader.Node, Hello(answer: true), Lane.System);
    }

    public QuorumHello Hello(bool answer)
    {
        var hello = new QuorumHello { Name = services.Messenger.Hello.Name, Answer = answer };
        if (driver().Core is { } core && !driver().IsHalted)
            (hello.Id, hello.GroupId, hello.Boot, hello.Trouble) = (core.Id, core.GroupId, core.Boot, driver().Inability);
        if (Leader is { } leader) (hello.Leader, hello.Term) = (PeerBook.ToMessage(leader.Node), leader.Term);
        return hello;
    }

    /// <summary>As leader: the next change of the group, if one is due.</summary>
    /// <returns>True: a change is under way or near, look again soon.</returns>
    public bool Plan()
    {
        if (driver().Core is not { IsEstablished: true, IsGroupSettled: true, IsTransferring: false } core)
        {
            if (driver().Core?.Role == RaftRole.Leader) return true;
            _missingSince.Clear();
            _waitsToGrowSince = null;
            return false;
        }

        ImmutableArray<MemberView> members = [.. core.Group.Members.Keys.Select(id => View(core, id))];
        GroupPlan plan = GroupPlanner.Next(core.Group, core.Id, members, Applicants(core), settings.MaxVoters, MayGrow(core.Group, members));
        if (plan.TransferTo != 0)
        {
            driver().Input(raft => raft.Transfer(plan.TransferTo, services.Loop.Now));
        }
        else if (plan.Group is { } next)
        {
            services.Log(new LogEvent(LogLevel.Info, "journal/quorum", $"the group changes: {plan.Reason}; now {next}"));
            driver().Input(raft => raft.ChangeGroup(next, services.Loop.Now));
        }

        return plan != default || core.Group.Voters.Length < core.Group.Members.Count;
    }

    private static bool IsForeign(RaftCore core, ulong groupId) => core.GroupId != 0 && groupId != 0 && groupId != core.GroupId;

    private void TellOfOther(RaftCore core, UniqueAddress from, QuorumHello hello)
    {
        if (_told.Count >= PeerBook.MaxPeers || !_told.Add(hello.Id)) return;
        services.Loop.Reached("quorum: a store of another group was met");
        services.Log(new LogEvent(
            LogLevel.Error,
            "journal/quorum",
            $"{from} keeps another journal (group {hello.GroupId:x16}, here {core.GroupId:x16}); they are not merged: {TwoJournals}"));
    }

    private static bool IsAllOf(RaftGroup group, ulong id) => group.Members.Count == 1 && group.Contains(id);

    private bool MayGrow(RaftGroup group, ImmutableArray<MemberView> members)
    {
        int coreNodes = membership.State.Members.Count(member => member.IsCore && PresenceOf(member.UniqueAddress) == Presence.Present);
        if (!GroupPlanner.ShouldGrowTogether(group, members, coreNodes, settings.MaxVoters))
        {
            _waitsToGrowSince = null;
            return true;
        }

        _waitsToGrowSince ??= services.Loop.Now;
        return services.Loop.Now - _waitsToGrowSince >= settings.GrowTogetherWithin;
    }

    private MemberView View(RaftCore core, ulong id)
    {
        if (id == core.Id) return new(id, PresenceOf(services.Messenger.Self), true, true);
        UniqueAddress? node = _book.NodeOf(id);
        Presence presence = node is null ? Presence.Missing : PresenceOf(node);
        core.Progress.TryGetValue(id, out RaftProgress? progress);
        bool alive = progress is { HasAnswered: true } && services.Loop.Now - progress.LastHeard < settings.ElectionLeast;
        if (presence != Presence.Missing || alive) _missingSince.Remove(id);
        if (presence != Presence.Missing) _leftInOrder.Remove(id);
        else if (IsSuperseded(id, node) || _leftInOrder.Contains(id) || (!alive && IsGoneForLong(id))) presence = Presence.Gone;
        return new(id, presence, alive, alive && progress!.Match >= core.Log.LastIndex - CaughtUpWithin);
    }

    private Presence PresenceOf(UniqueAddress node) => membership.State.Find(node)?.Status switch
    {
        MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up => Presence.Present,
        MemberStatus.Leaving or MemberStatus.Exiting => Presence.Leaving,
        _ => Presence.Missing,
    };

    private bool IsGoneForLong(ulong id)
    {
        if (_missingSince.TryGetValue(id, out TimeSpan since)) return services.Loop.Now - since >= settings.RemoveAfter;
        _missingSince[id] = services.Loop.Now;
        return false;
    }

    /// <summary>Another store answers where this one was: its disk was lost.</summary>
    private bool IsSuperseded(ulong id, UniqueAddress? node) =>
        node is not null && _book.Peers.Where(other => other.Key != id).Select(other => other.Value.Node).Any(other =>
            other != node && other.Address == node.Address && PresenceOf(other) == Presence.Present);

    private ImmutableArray<Applicant> Applicants(RaftCore core) =>
    [
        .. _book.Peers
            .Where(peer => !core.Group.Contains(peer.Key) && (peer.Value.GroupId == 0 || peer.Value.GroupId == core.GroupId))
            .Where(peer => membership.State.Find(peer.Value.Node) is { Status: MemberStatus.Up, IsCore: true })
            .Select(peer => new Applicant(peer.Key, peer.Value.Name)),
    ];
}
