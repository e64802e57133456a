using System.Collections.Immutable;

namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>
/// Linearizable reads (thesis 6.4): the commit index of now is good for a read as soon as a quorum, asked after now, still follows this leader.
/// No clock is trusted: a paused leader is found out by the round, not by a lease.
/// </summary>
internal sealed partial class RaftCore
{
    private readonly Queue<(long Token, long Index, long Round)> _reads = new();
    private readonly List<(long Token, long Index)> _readsReady = [];
    private long _round;
    private bool _roundWanted;

    /// <summary>Asks for an index at which a read sees everything that was acknowledged before now; it comes with a ready, or never.</summary>
    public ProposeStatus RequestRead(long token, TimeSpan now)
    {
        _now = now;
        if (Role != RaftRole.Leader) return ProposeStatus.NotLeader;
        if (!IsEstablished) return ProposeStatus.NotYet;
        if (_reads.Count >= _limits.MaxReads) return ProposeStatus.Busy;
        _reads.Enqueue((token, Commit, _round + 1));
        _roundWanted = true;
        return ProposeStatus.Accepted;
    }

    private void BeginRound()
    {
        _roundWanted = false;
        _round++;
        Heartbeat();
        ReleaseReads();
    }

    private void ReleaseReads()
    {
        if (_reads.Count == 0) return;
        var rounds = new List<long>(Group.Voters.Length);
        foreach (ulong voter in Group.Voters)
            rounds.Add(voter == Id ? _round : _progress.TryGetValue(voter, out RaftProgress? progress) ? progress.Round : 0);
        rounds.Sort();
        long confirmed = rounds[^Group.Quorum];
        while (_reads.TryPeek(out (long Token, long Index, long Round) read) && read.Round <= confirmed)
        {
            _reads.Dequeue();
            _readsReady.Add((read.Token, read.Index));
        }
    }

    private ImmutableArray<(long Token, long Index)> TakeReads()
    {
        if (_readsReady.Count == 0) return [];
        ImmutableArray<(long Token, long Index)> ready = [.. _readsReady];
        _readsReady.Clear();
        return ready;
    }
}
