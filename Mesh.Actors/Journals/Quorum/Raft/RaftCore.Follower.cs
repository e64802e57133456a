using System.Collections.Immutable;
using Mesh.Actors.Journals.Quorum.Protocol;

namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>Taking in what a leader says, and handing out what is committed.</summary>
internal sealed partial class RaftCore
{
    private long _handedOut;
    private long _applied;

    /// <summary>The last index that the state machine confirmed.</summary>
    public long AppliedIndex => _applied;

    /// <summary>
    /// At the start: what the state machine holds. It may be ahead of what the log knows to be committed, and of a log that lost its tail: then
    /// the log is believed committed only where it is the same log.
    /// </summary>
    public void Resume(RaftPosition applied)
    {
        Applied(applied.Index);
        if (_log.TermAt(applied.Index) == applied.Term) CommitTo(applied.Index);
        if (applied.Index > _log.LastIndex) Impair(true);
    }

    /// <summary>
    /// At the start: the state machine lacks what the log dropped. The member has nothing then, and votes when a leader gave it all; term, vote and
    /// group stay.
    /// </summary>
    public void Begin(TimeSpan now)
    {
        _now = now;
        _reached("raft: a state machine was lost beside its log");
        Impair(true);
        _log.Reset(default);
        _groups.Reset(RaftBase.Zero);
        Commit = _applied = _handedOut = 0;
        _out.Rebased(RaftBase.Zero, emptied: true);
    }

    /// <summary>The state machine holds entries up to there.</summary>
    public void Applied(long index)
    {
        IsMachineFailing = false;
        _applied = Math.Max(_applied, index);
        _handedOut = Math.Max(_handedOut, _applied);
    }

    /// <summary>Entries up to there are in the state machine for good and no longer needed here.</summary>
    public void Compact(long index)
    {
        if (index <= _log.Base.Index || index > Math.Min(Math.Min(_applied, Commit), _out.StableTo)) return;
        _log.CompactTo(index);
        _groups.CompactTo(index);
        _out.Rebased(new RaftBase(index, _log.Base.Term, _groups.At(index)), emptied: false);
    }

    /// <summary>The state machine holds more than a snapshot that is offered: only the log begins anew.</summary>
    public void Skip(RaftBase snapshot, TimeSpan now)
    {
        long applied = _applied;
        Installed(snapshot, now);
        Applied(applied);
    }

    /// <summary>
    /// The state machine took in a snapshot. What the log has beyond it stays when the logs agree there; else the log is the snapshot.
    /// </summary>
    public void Installed(RaftBase snapshot, TimeSpan now)
    {
        _now = now;
        IsInstalling = false;
        if (snapshot.Index > _log.Base.Index) Rebase(snapshot);
        if (Leader == 0 || Role == RaftRole.Leader) return;
        RaftMessage reply = Message(RaftKind.AppendReply, Leader);
        reply.Index = snapshot.Index;
        _out.SendWhenDurable(reply);
    }

    private void Rebase(RaftBase snapshot)
    {
        bool agrees = _log.TermAt(snapshot.Index) == snapshot.Term;
        if (agrees)
        {
            _log.CompactTo(snapshot.Index);
            _groups.CompactTo(snapshot.Index);
        }
        else
        {
            _log.Reset(new RaftPosition(snapshot.Index, snapshot.Term));
            _groups.Reset(snapshot);
        }

        _out.Rebased(snapshot, emptied: !agrees);
        CommitTo(snapshot.Index);
        IsMachineFailing = false;
        _applied = _handedOut = snapshot.Index;
    }

    private void HandleAppend(RaftMessage message)
    {
        Follow(message.From);
        if (IsInstalling) return;
        RaftMessage reply = Message(RaftKind.AppendReply, message.From);
        if (message.Index < Commit)
        {
            reply.Index = Commit;
        }
        else if (_log.TermAt(message.Index) == message.IndexTerm)
        {
            long last = TakeEntries(message);
            CommitTo(Math.Min(message.Commit, last));
            CureIfWhole(message.PeerBoot, message.Commit, last);
            reply.Index = last;
        }
        else
        {
            RaftPosition hint = _log.Hint(message.Index, message.IndexTerm);
            reply.Reject = true;
            reply.Index = message.Index;
            reply.HintIndex = hint.Index;
            reply.HintTerm = hint.Term;
        }

        _out.SendWhenDurable(reply);
    }

    /// <summary>Entries that are here already stay: an old append that comes late must not take back what came after it.</summary>
    private long TakeEntries(RaftMessage message)
    {
        foreach (RaftEntry entry in message.Entries)
        {
            long? term = _log.TermAt(entry.Index);
            if (term == entry.Term) continue;
            if (term is not null)
            {
                if (entry.Index <= Commit) throw new InvalidOperationException($"entry {entry.Index} is committed and another leader has another");
                _reached("raft: a follower's tail was overwritten");
                _log.TruncateFrom(entry.Index);
                _groups.TruncateFrom(entry.Index);
                _out.Truncated(entry.Index);
            }

            AppendEntry(entry);
        }

        return message.Index + message.Entries.Count;
    }

    private void HandleHeartbeat(RaftMessage message)
    {
        Follow(message.From);
        // What this store had before it was started again may be lost, or another's by now: only the leader's view of this boot counts.
        if (!IsInstalling && message.PeerBoot == Boot) CommitTo(Math.Min(message.Commit, _log.LastIndex));
        CureIfWhole(message.PeerBoot, message.Index, message.Commit);
        RaftMessage reply = Message(RaftKind.HeartbeatReply, message.From);
        reply.Round = message.Round;
        _out.SendWhenDurable(reply);
    }

    private void CommitTo(long index)
    {
        if (index > Commit) Commit = index;
    }

    /// <summary>
    /// What the leader has committed in its own term contains everything that ever was, also what this store confirmed and lost; the entry after
    /// it that it confirmed in this term, the leader forgot when it saw the store's new boot.
    /// </summary>
    /// <param name="peerBoot">Of this store, as the leader knew it when it wrote.</param>
    /// <param name="commit">What the leader has committed.</param>
    /// <param name="agreed">Up to where the logs are known to agree.</param>
    private void CureIfWhole(long peerBoot, long commit, long agreed)
    {
        if (!IsImpaired || IsInstalling || peerBoot != Boot || commit > agreed || _log.TermAt(commit) != Term) return;
        Impair(false);
        _reached("raft: a store that lost its tail was made whole");
    }

    private ImmutableArray<RaftEntry> TakeApply()
    {
        if (_handedOut > _applied || IsInstalling) return [];
        long to = Math.Min(Commit, _out.StableTo);
        if (to <= _handedOut) return [];
        ImmutableArray<RaftEntry> entries = _log.Slice(_handedOut + 1, to, _limits.MaxApplyEntries, _limits.MaxApplyBytes);
        _handedOut += entries.Length;
        return entries;
    }
}
