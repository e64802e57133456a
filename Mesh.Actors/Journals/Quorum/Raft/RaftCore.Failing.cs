namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>A member whose disk or state machine fails: it goes on following and, with a good disk, voting, but somebody else leads.</summary>
internal sealed partial class RaftCore
{
    /// <summary>The disk fails: no elections, no leading, until a write went through.</summary>
    public bool IsStorageFailing { get; private set; }

    /// <summary>The state machine fails: no elections, no leading, until it took what it refused, or a snapshot in its place.</summary>
    public bool IsMachineFailing { get; private set; }

    /// <summary>The write failed; it is tried again as it is. A member that cannot write must not lead.</summary>
    public void WriteFailed(TimeSpan now)
    {
        _now = now;
        IsStorageFailing = true;
        if (Role != RaftRole.Follower) BecomeFollower(Term, 0);
    }

    /// <summary>
    /// The state machine could not take the batch; it is handed out again by <see cref="ApplyAgain"/>. Nobody is answered by a leader that cannot
    /// apply, so it hands over while it still can, and at the next failure it steps down.
    /// </summary>
    public void ApplyFailed(TimeSpan now)
    {
        _now = now;
        IsMachineFailing = true;
        if (Role == RaftRole.Follower) return;
        _reached("raft: a member whose state machine fails left the lead");
        if (Role != RaftRole.Leader || IsTransferring || !HandOver(now)) BecomeFollower(Term, 0);
    }

    /// <summary>The batch that failed is handed out once more.</summary>
    public void ApplyAgain() => _handedOut = _applied;

    /// <summary>Hands leadership to <see cref="Heir"/>; false: nobody is there, or this member does not lead.</summary>
    public bool HandOver(TimeSpan now) => Heir(now) is not 0 and var heir && Transfer(heir, now);

    /// <summary>
    /// Who may lead instead: a voter that answered within an election timeout, first those that follow without a gap, of them the one heard last,
    /// for one that has just died may have as much as any. 0: nobody.
    /// </summary>
    public ulong Heir(TimeSpan now)
    {
        (ulong Id, RaftProgress? Progress) best = default;
        foreach ((ulong id, RaftProgress progress) in _progress)
        {
            if (!Group.IsVoter(id) || !progress.HasAnswered || now - progress.LastHeard >= _limits.ElectionLeast) continue;
            if (best.Progress is null || Fitness(progress).CompareTo(Fitness(best.Progress)) > 0) best = (id, progress);
        }

        return best.Id;
    }

    private static (bool Follows, TimeSpan Heard, long Match) Fitness(RaftProgress progress) =>
        (progress.State == ProgressState.Replicate, progress.LastHeard, progress.Match);
}
