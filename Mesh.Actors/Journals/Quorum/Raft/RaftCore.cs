using Mesh.Actors.Journals.Quorum.Protocol;

namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>
/// One member of a Raft group as a pure state machine (Ongaro's thesis; etcd's raft in shape): messages, time and confirmations of the disk go
/// in, and <see cref="TakeReady"/> says what to send, to make durable and to apply.
/// </summary>
/// <remarks>
/// Think of a notary's office with one clerk at the archive. The notary (this class) goes on talking while the clerk is away with a folder,
/// but whatever he says that rests on a folder (a vote, "I have it") lies in the out-tray until that folder is back from the archive. What a
/// leader asks of others leaves at once: its term was archived before it could win, and its own copy of an entry counts only when it is.
/// One thread. It throws only when an invariant of Raft itself is broken: then the member must stop, for its disk or its program lies.
/// </remarks>
internal sealed partial class RaftCore
{
    private readonly RaftLimits _limits;
    private readonly Func<ulong> _random;
    private readonly Action<string> _reached;
    private readonly RaftLog _log;
    private readonly GroupHistory _groups;
    private readonly RaftOutbox _out = new();
    private RaftHardState _hard;
    private TimeSpan _now;
    private TimeSpan _leaderHeard;
    private TimeSpan _electionDue;

    /// <param name="recovered">What the store held.</param>
    /// <param name="limits">Times and bounds.</param>
    /// <param name="now">Monotonic time.</param>
    /// <param name="random">64 random bits each.</param>
    /// <param name="reached">Marks rare paths.</param>
    public RaftCore(RaftRecovered recovered, RaftLimits limits, TimeSpan now, Func<ulong> random, Action<string> reached)
    {
        Id = recovered.Id;
        _limits = limits;
        _random = random;
        _reached = reached;
        _hard = recovered.Hard;
        _log = new RaftLog(new RaftPosition(recovered.Base.Index, recovered.Base.Term), recovered.Entries);
        _groups = new GroupHistory(recovered.Base);
        foreach (RaftEntry entry in recovered.Entries)
            if (entry.Kind == EntryKind.Group)
                _groups.Add(entry.Index, RaftGroup.Of(entry));
        Commit = Math.Max(_log.Base.Index, Math.Min(recovered.Hard.Commit, _log.LastIndex));
        _out.Loaded(_log.LastIndex);
        _handedOut = _applied = _log.Base.Index;
        _now = now;
        if (recovered.Hard.Commit > _log.LastIndex) Impair(true);
        if (IsImpaired) _reached("raft: a store lost its tail");
        ResetElectionTimer();
    }

    /// <summary>This member.</summary>
    public ulong Id { get; }

    public RaftRole Role { get; private set; }

    /// <summary>Whom this member follows; 0 when it knows no leader.</summary>
    public ulong Leader { get; private set; }

    public long Term => _hard.Term;

    public ulong Vote => _hard.Vote;

    public ulong GroupId => _hard.GroupId;

    public long Boot => _hard.Boot;

    /// <summary>The highest index that is known to be committed.</summary>
    public long Commit { get; private set; }

    public RaftLog Log => _log;

    /// <summary>The newest group in the log.</summary>
    public RaftGroup Group => _groups.Latest;

    /// <summary>The group that an index of the kept log belongs to.</summary>
    public RaftGroup GroupAt(long index) => _groups.At(index);

    /// <summary>The newest group is committed.</summary>
    public bool IsGroupSettled => _groups.LatestIndex <= Commit;

    /// <summary>The last entry of the log that is on the disk.</summary>
    public long StableTo => _out.StableTo;

    /// <inheritdoc cref="RaftHardState.IsImpaired"/>
    public bool IsImpaired => _hard.IsImpaired;

    /// <summary>A snapshot is being taken in: the log stands still.</summary>
    public bool IsInstalling { get; set; }

    private bool CanCampaign => Group.IsVoter(Id) && !IsImpaired && !IsStorageFailing && !IsMachineFailing && !IsInstalling;

    /// <summary>Founds a group with this member alone. Only on a store that belongs to none.</summary>
    public void Found(ulong groupId, string name, TimeSpan now)
    {
        if (GroupId != 0) throw new InvalidOperationException("this store belongs to a group already");
        _now = now;
        SetHard(_hard with { Term = Math.Max(Term, _log.LastTerm) + 1, GroupId = groupId, IsImpaired = false });
        AppendGroup(RaftGroup.Empty.With(Id, name, voter: true));
        Campaign(RaftRole.Candidate);
    }

    /// <summary>
    /// The operator's way out when a majority is lost for good: this member alone is the group from now on. What only the others had is lost;
    /// their stores no longer belong.
    /// </summary>
    public void ForceNewGroup(ulong groupId, string name, TimeSpan now)
    {
        _now = now;
        BecomeFollower(Term + 1, 0);
        SetHard(_hard with { GroupId = groupId, IsImpaired = false });
        AppendGroup(RaftGroup.Empty.With(Id, name, voter: true));
        Campaign(RaftRole.Candidate);
    }

    /// <summary>Time passed.</summary>
    public void Tick(TimeSpan now)
    {
        _now = now;
        if (Role == RaftRole.Leader) LeaderTick();
        else if (now >= _electionDue) ElectionTick();
    }

    /// <summary>A message came.</summary>
    public void Step(RaftMessage message, TimeSpan now)
    {
        _now = now;
        if (message.To != Id || !Belongs(message)) return;
        if (message.Term < Term)
        {
            AnswerStale(message);
            return;
        }

        if (message.Term > Term && !TakeTerm(message)) return;
        switch (message.Kind)
        {
            case RaftKind.PreVote or RaftKind.Vote: HandleVote(message); break;
            case RaftKind.PreVoteReply or RaftKind.VoteReply: HandleVoteReply(message); break;
            case RaftKind.Append: HandleAppend(message); break;
            case RaftKind.Heartbeat: HandleHeartbeat(message); break;
            case RaftKind.AppendReply: HandleAppendReply(message); break;
            case RaftKind.HeartbeatReply: HandleHeartbeatReply(message); break;
            case RaftKind.TimeoutNow: HandleTimeoutNow(); break;
            case RaftKind.Snapshot: Follow(message.From); break;
            case RaftKind.SnapshotReply: Heard(message); break;
            default: break;
        }
    }

    /// <summary>What there is to do since the last call.</summary>
    public RaftReady TakeReady()
    {
        if (Role == RaftRole.Leader) FlushLeader();
        RaftWrite? write = _out.TakeWrite(_log, _hard with { Commit = Math.Min(Commit, _log.LastIndex) });
        return new RaftReady(_out.TakeMessages(), write, TakeApply(), TakeReads(), TakeSnapshotsWanted());
    }

    /// <summary>The write is durable.</summary>
    public void Written(RaftWrite write, TimeSpan now)
    {
        _now = now;
        IsStorageFailing = false;
        _out.Written(write);
        if (Role == RaftRole.Leader) MaybeCommit();
    }

    /// <summary>Messages of another group mean nothing here. A store that belongs to none yet joins the first leader that asks it in.</summary>
    private bool Belongs(RaftMessage message)
    {
        if (message.GroupId == GroupId) return true;
        if (GroupId != 0 || message.Kind is not (RaftKind.Append or RaftKind.Heartbeat or RaftKind.Snapshot)) return false;
        SetHard(_hard with { GroupId = message.GroupId });
        return true;
    }

    private void Impair(bool impaired) => SetHard(_hard with { IsImpaired = impaired });

    private void SetHard(RaftHardState hard)
    {
        if (hard == _hard) return;
        _hard = hard;
        _out.HardChanged();
    }

    private void AppendGroup(RaftGroup group) => AppendOwn(EntryKind.Group, group.ToBytes());

    private void AppendOwn(EntryKind kind, Google.Protobuf.ByteString data) =>
        AppendEntry(new RaftEntry { Index = _log.LastIndex + 1, Term = Term, Kind = kind, Data = data });

    private void AppendEntry(RaftEntry entry)
    {
        _log.Append(entry);
        _out.Appended(entry.Index);
        if (entry.Kind != EntryKind.Group) return;
        _groups.Add(entry.Index, RaftGroup.Of(entry));
        if (Role == RaftRole.Leader) FollowGroup();
    }

    private RaftMessage Message(RaftKind kind, ulong to) =>
        new() { Kind = kind, GroupId = GroupId, From = Id, To = to, Term = Term, Boot = Boot };

    private void ResetElectionTimer()
    {
        double share = (_random() >> 11) * (1.0 / (1UL << 53));
        _electionDue = _now + _limits.ElectionLeast + ((_limits.ElectionMost - _limits.ElectionLeast) * share);
    }
}
