namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>
/// The groups that the log tells of. The newest counts from the moment it is in the log, committed or not (thesis 4.1), and goes with its entry.
/// </summary>
internal sealed class GroupHistory
{
    // Replaced, never changed: metrics read it from another thread.
    private volatile List<(long Index, RaftGroup Group)> _groups;

    public GroupHistory(RaftBase start) => _groups = [(start.Index, start.Group)];

    public RaftGroup Latest => _groups[^1].Group;

    public long LatestIndex => _groups[^1].Index;

    public void Add(long index, RaftGroup group) => _groups = [.. _groups, (index, group)];

    /// <summary>The group that an index belongs to; not before the base.</summary>
    public RaftGroup At(long index) => _groups.FindLast(each => each.Index <= index).Group;

    public void TruncateFrom(long index) => _groups = [.. _groups.Where(each => each.Index < index)];

    public void CompactTo(long index)
    {
        RaftGroup kept = At(index);
        _groups = [(index, kept), .. _groups.Where(each => each.Index > index)];
    }

    public void Reset(RaftBase start) => _groups = [(start.Index, start.Group)];
}
