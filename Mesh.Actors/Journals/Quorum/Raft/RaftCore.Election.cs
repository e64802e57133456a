using Mesh.Actors.Journals.Quorum.Protocol;

namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>Terms and votes.</summary>
internal sealed partial class RaftCore
{
    private readonly SortedDictionary<ulong, bool> _votes = [];

    /// <summary>It heard its leader lately: whoever asks for votes meanwhile only disturbs (thesis 4.2.3).</summary>
    private bool IsLeaderAlive => Role == RaftRole.Leader || (Leader != 0 && _now - _leaderHeard < _limits.ElectionLeast);

    private void ElectionTick()
    {
        ResetElectionTimer();
        if (Role == RaftRole.Follower) Leader = 0;
        if (CanCampaign) Campaign(RaftRole.PreCandidate);
    }

    private void HandleTimeoutNow()
    {
        if (Role != RaftRole.Follower || !CanCampaign) return;
        _reached("raft: leadership was handed over");
        Campaign(RaftRole.Candidate, transfer: true);
    }

    /// <remarks>A pre-candidate changes nothing; a candidate's own vote counts when it is on the disk, hence a message to itself.</remarks>
    private void Campaign(RaftRole role, bool transfer = false)
    {
        Role = role;
        Leader = 0;
        _votes.Clear();
        ResetElectionTimer();
        if (role == RaftRole.Candidate)
        {
            SetHard(_hard with { Term = Term + 1, Vote = Id });
            Elections++;
            _out.SendWhenDurable(Message(RaftKind.VoteReply, Id));
        }
        else
        {
            _votes[Id] = true;
        }

        foreach (ulong voter in Group.Voters)
        {
            if (voter == Id) continue;
            RaftMessage ask = Message(role == RaftRole.Candidate ? RaftKind.Vote : RaftKind.PreVote, voter);
            if (role == RaftRole.PreCandidate) ask.Term = Term + 1;
            ask.Index = _log.LastIndex;
            ask.IndexTerm = _log.LastTerm;
            ask.Transfer = transfer;
            _out.SendWhenDurable(ask);
        }

        CountVotes();
    }

    /// <summary>False: the message says nothing more.</summary>
    private bool TakeTerm(RaftMessage message)
    {
        bool asks = message.Kind is RaftKind.Vote or RaftKind.PreVote;
        if (asks && IsLeaderAlive && !message.Transfer)
        {
            _reached("raft: a living leader was protected from an election");
            return false;
        }

        if (message.Kind == RaftKind.PreVote) return true;
        if (message.Kind == RaftKind.PreVoteReply && !message.Reject) return true;
        bool leads = message.Kind is RaftKind.Append or RaftKind.Heartbeat or RaftKind.Snapshot;
        BecomeFollower(message.Term, leads ? message.From : 0);
        return true;
    }

    /// <summary>A sender of an older term learns the newer one, so that nobody is stuck: an old leader steps down, a candidate catches up.</summary>
    private void AnswerStale(RaftMessage message)
    {
        RaftKind? answer = message.Kind switch
        {
            RaftKind.Append or RaftKind.Heartbeat or RaftKind.Snapshot => RaftKind.HeartbeatReply,
            RaftKind.PreVote => RaftKind.PreVoteReply,
            _ => null,
        };
        if (answer is not { } kind) return;
        RaftMessage reply = Message(kind, message.From);
        reply.Reject = true;
        _out.SendWhenDurable(reply);
    }

    private void HandleVote(RaftMessage message)
    {
        bool isPre = message.Kind == RaftKind.PreVote;
        bool isFree = Vote == message.From || (Vote == 0 && Leader == 0) || (isPre && message.Term > Term);
        bool grants = isFree && !IsImpaired && !IsStorageFailing && !IsInstalling && _log.IsUpToDate(message.Index, message.IndexTerm);
        RaftMessage reply = Message(isPre ? RaftKind.PreVoteReply : RaftKind.VoteReply, message.From);
        reply.Reject = !grants;
        if (grants && isPre) reply.Term = message.Term;
        if (grants && !isPre)
        {
            SetHard(_hard with { Vote = message.From });
            ResetElectionTimer();
        }

        _out.SendWhenDurable(reply);
    }

    private void HandleVoteReply(RaftMessage message)
    {
        bool isPre = message.Kind == RaftKind.PreVoteReply;
        if (Role != (isPre ? RaftRole.PreCandidate : RaftRole.Candidate)) return;
        if (isPre && !message.Reject && message.Term != Term + 1) return;
        _votes.TryAdd(message.From, !message.Reject);
        CountVotes();
    }

    private void CountVotes()
    {
        int granted = 0, refused = 0;
        foreach (ulong voter in Group.Voters)
        {
            if (!_votes.TryGetValue(voter, out bool vote)) continue;
            if (vote) granted++;
            else refused++;
        }

        if (granted >= Group.Quorum)
        {
            if (Role == RaftRole.PreCandidate) Campaign(RaftRole.Candidate);
            else BecomeLeader();
        }
        else if (refused >= Group.Quorum)
        {
            BecomeFollower(Term, 0);
        }
    }

    private void BecomeFollower(long term, ulong leader)
    {
        if (Role == RaftRole.Leader) _reached("raft: a leader stepped down");
        if (term != Term) SetHard(_hard with { Term = term, Vote = 0 });
        Role = RaftRole.Follower;
        Leader = leader;
        if (leader != 0) _leaderHeard = _now;
        ForgetLeadership();
        ResetElectionTimer();
    }

    /// <summary>The sender leads this term.</summary>
    private void Follow(ulong leader)
    {
        if (Role == RaftRole.Leader) throw new InvalidOperationException($"two leaders in term {Term}: {Id:x} and {leader:x}");
        if (Role != RaftRole.Follower || Leader != leader) BecomeFollower(Term, leader);
        _leaderHeard = _now;
        ResetElectionTimer();
    }
}
