using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors.Journals.Quorum.Protocol;

namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>Leading: proposals, replication, commitment, check-quorum.</summary>
internal sealed partial class RaftCore
{
    private readonly SortedDictionary<ulong, RaftProgress> _progress = [];
    private readonly SortedSet<ulong> _snapshotsWanted = [];
    private TimeSpan _heartbeatDue;
    private long _termStart;
    private long _uncommittedBytes;
    private ulong _transferTo;
    private TimeSpan _transferOver;

    /// <summary>Elections that this member began since its start.</summary>
    public long Elections { get; private set; }

    /// <summary>What a leader knows of the others, in order of id; empty on others.</summary>
    public IReadOnlyDictionary<ulong, RaftProgress> Progress => _progress;

    /// <summary>It leads and has committed an entry of its term: only now does it know what is committed (thesis 6.4).</summary>
    public bool IsEstablished => Role == RaftRole.Leader && Commit >= _termStart;

    public bool IsTransferring => _transferTo != 0;

    /// <summary>Takes a command. Accepted is not committed.</summary>
    public ProposeStatus Propose(ByteString data, TimeSpan now, out long index)
    {
        _now = now;
        index = 0;
        if (Role != RaftRole.Leader || !Group.IsVoter(Id)) return ProposeStatus.NotLeader;
        if (IsTransferring || (_uncommittedBytes > 0 && _uncommittedBytes + data.Length > _limits.MaxUncommittedBytes)) return ProposeStatus.Busy;
        AppendOwn(EntryKind.Command, data);
        _uncommittedBytes += data.Length;
        index = _log.LastIndex;
        return ProposeStatus.Accepted;
    }

    /// <summary>
    /// Changes the group by one member. Only when the change before is committed, and only after an entry of the own term is: else two leaders could
    /// each change the same old group and have quorums that do not meet (Ongaro, raft-dev, 10 July 2015).
    /// </summary>
    public ProposeStatus ChangeGroup(RaftGroup group, TimeSpan now)
    {
        _now = now;
        if (Role != RaftRole.Leader) return ProposeStatus.NotLeader;
        if (!IsEstablished || !IsGroupSettled) return ProposeStatus.NotYet;
        if (IsTransferring) return ProposeStatus.Busy;
        if (group.Voters.Length == 0 || !group.IsOneStepFrom(Group))
            throw new ArgumentException("a group changes by one voter at a time", nameof(group));
        AppendGroup(group);
        return ProposeStatus.Accepted;
    }

    /// <summary>Hands leadership to a voter that is up to date, or as soon as it is; given up after an election timeout.</summary>
    public bool Transfer(ulong to, TimeSpan now)
    {
        _now = now;
        if (Role != RaftRole.Leader || to == Id || !Group.IsVoter(to) || !_progress.TryGetValue(to, out RaftProgress? progress)) return false;
        _transferTo = to;
        _transferOver = now + _limits.ElectionLeast;
        TransferIfReady(to, progress);
        return true;
    }

    /// <summary>A snapshot could not be brought over: begin again by asking where the follower is.</summary>
    public void SnapshotFailed(ulong to)
    {
        if (_progress.TryGetValue(to, out RaftProgress? progress) && progress.State == ProgressState.Snapshot)
            progress.BecomeProbe(progress.Match + 1);
    }

    private void BecomeLeader()
    {
        Role = RaftRole.Leader;
        Leader = Id;
        ForgetLeadership();
        FollowGroup();
        _termStart = _log.LastIndex + 1;
        AppendOwn(EntryKind.Empty, ByteString.Empty);
        _heartbeatDue = _now;
        MaybeCommit();
    }

    private void ForgetLeadership()
    {
        _progress.Clear();
        _snapshotsWanted.Clear();
        _votes.Clear();
        _reads.Clear();
        _readsReady.Clear();
        _uncommittedBytes = 0;
        _transferTo = 0;
        _termStart = long.MaxValue;
    }

    /// <summary>Progress is kept of exactly the members of the newest group.</summary>
    private void FollowGroup()
    {
        foreach (ulong gone in _progress.Keys.Where(id => !Group.Contains(id)).ToArray())
        {
            _progress.Remove(gone);
            _snapshotsWanted.Remove(gone);
        }

        foreach (ulong id in Group.Members.Keys)
            if (id != Id)
                _progress.TryAdd(id, new RaftProgress(_log.LastIndex + 1, _now));
    }

    private void LeaderTick()
    {
        if (_transferTo != 0 && _now >= _transferOver) _transferTo = 0;
        int heard = Group.IsVoter(Id) ? 1 : 0;
        foreach ((ulong id, RaftProgress progress) in _progress)
            if (Group.IsVoter(id) && _now - progress.LastHeard < _limits.ElectionLeast)
                heard++;
        if (heard < Group.Quorum)
        {
            _reached("raft: a leader that heard no quorum stepped down");
            BecomeFollower(Term, 0);
            return;
        }

        if (_now >= _heartbeatDue) Heartbeat();
    }

    private void Heartbeat()
    {
        _heartbeatDue = _now + _limits.Heartbeat;
        foreach ((ulong id, RaftProgress progress) in _progress)
        {
            RaftMessage beat = Message(RaftKind.Heartbeat, id);
            beat.Commit = Math.Min(progress.Match, Commit);
            beat.Round = _round;
            beat.Index = Commit;
            beat.PeerBoot = progress.Boot;
            _out.Send(beat);
        }
    }

    /// <summary>What gathered since the last turn leaves together: one round of heartbeats for all reads, one append for all proposals.</summary>
    private void FlushLeader()
    {
        if (_roundWanted) BeginRound();
        foreach ((ulong id, RaftProgress progress) in _progress)
            while (SendAppend(id, progress, evenEmpty: false)) { }
    }

    private bool SendAppend(ulong to, RaftProgress progress, bool evenEmpty)
    {
        if (progress.IsPaused(_limits) || (!evenEmpty && progress.Next > _log.LastIndex)) return false;
        long before = progress.Next - 1;
        if (_log.TermAt(before) is not { } term)
        {
            progress.BecomeSnapshot();
            _snapshotsWanted.Add(to);
            return false;
        }

        RaftMessage append = Message(RaftKind.Append, to);
        append.Index = before;
        append.IndexTerm = term;
        append.Commit = Commit;
        append.PeerBoot = progress.Boot;
        ImmutableArray<RaftEntry> entries = _log.Slice(progress.Next, _log.LastIndex, _limits.MaxAppendEntries, _limits.MaxAppendBytes);
        append.Entries.AddRange(entries);
        _out.Send(append);
        if (entries.IsEmpty) return false;
        progress.Sent(entries[^1].Index, entries.Sum(entry => entry.Data.Length));
        return true;
    }

    /// <summary>Null when the sender is no member. A store that was started again answers for nothing that it said before.</summary>
    private RaftProgress? Heard(RaftMessage message)
    {
        if (Role != RaftRole.Leader || !_progress.TryGetValue(message.From, out RaftProgress? progress) || message.Boot < progress.Boot) return null;
        if (message.Boot > progress.Boot)
        {
            if (progress.HasAnswered) progress.Restarted(message.Boot, _log.LastIndex);
            progress.Boot = message.Boot;
        }

        progress.HasAnswered = true;
        progress.LastHeard = _now;
        return progress;
    }

    private void HandleAppendReply(RaftMessage message)
    {
        if (Heard(message) is not { } progress) return;
        if (message.Reject)
        {
            HandleRefusal(message, progress);
            return;
        }

        progress.ProbeSent = false;
        bool news = progress.Matched(message.Index);
        bool isBack = progress.State == ProgressState.Snapshot && progress.Match >= _log.Base.Index;
        if (isBack || progress.State == ProgressState.Probe) progress.BecomeReplicate();
        if (news) MaybeCommit();
        if (Role == RaftRole.Leader) TransferIfReady(message.From, progress);
    }

    private void HandleRefusal(RaftMessage message, RaftProgress progress)
    {
        bool isStale = progress.State switch
        {
            ProgressState.Replicate => message.Index <= progress.Match,
            ProgressState.Probe => message.Index != progress.Next - 1,
            _ => true,
        };
        if (isStale) return;
        long next = Math.Min(message.Index, _log.Hint(message.HintIndex, message.HintTerm).Index + 1);
        progress.BecomeProbe(next);
    }

    private void HandleHeartbeatReply(RaftMessage message)
    {
        if (Heard(message) is not { } progress) return;
        progress.Round = Math.Max(progress.Round, message.Round);
        progress.FreeOne();
        if (progress.Match < _log.LastIndex) SendAppend(message.From, progress, evenEmpty: true);
        ReleaseReads();
    }

    /// <summary>
    /// The highest entry that a quorum has on its disks, if it is of the own term: an older one may still be taken back, however many have it
    /// (figure 8). This leader's own copy counts when it is durable, and only while it votes.
    /// </summary>
    private void MaybeCommit()
    {
        var matches = new List<long>(Group.Voters.Length);
        foreach (ulong voter in Group.Voters)
            matches.Add(voter == Id ? _out.StableTo : _progress.TryGetValue(voter, out RaftProgress? progress) ? progress.Match : 0);
        matches.Sort();
        long index = matches[^Group.Quorum];
        if (index <= Commit || _log.TermAt(index) != Term) return;
        for (long i = Commit + 1; i <= index; i++)
            if (_log[i].Kind == EntryKind.Command && _log[i].Term == Term)
                _uncommittedBytes -= _log[i].Data.Length;
        Commit = index;
        ReleaseReads();
        if (IsGroupSettled && !Group.IsVoter(Id)) BecomeFollower(Term, 0);
    }

    private void TransferIfReady(ulong to, RaftProgress progress)
    {
        if (to == _transferTo && progress.Match == _log.LastIndex) _out.Send(Message(RaftKind.TimeoutNow, to));
    }

    private ImmutableArray<ulong> TakeSnapshotsWanted()
    {
        if (_snapshotsWanted.Count == 0) return [];
        ImmutableArray<ulong> wanted = [.. _snapshotsWanted];
        _snapshotsWanted.Clear();
        return wanted;
    }
}
