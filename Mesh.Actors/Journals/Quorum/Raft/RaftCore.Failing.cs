namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>Handing the lead to somebody who is there.</summary>
internal sealed partial class RaftCore
{
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
