namespace Mesh.Actors.Membership.Records;

/// <summary>The last word of each observer about each subject.</summary>
/// <remarks>One thread; in order of subject, then observer.</remarks>
internal sealed class RowTable(BucketHashes hashes)
{
    private readonly SortedDictionary<UniqueAddress, SortedDictionary<UniqueAddress, ReachabilityRow>> _bySubject = [];

    public int Count { get; private set; }

    /// <summary>Grows with each change.</summary>
    public long Version { get; private set; }

    public ReachabilityRow? Find(UniqueAddress observer, UniqueAddress subject) =>
        _bySubject.TryGetValue(subject, out SortedDictionary<UniqueAddress, ReachabilityRow>? rows) ? rows.GetValueOrDefault(observer) : null;

    public PutOutcome Put(ReachabilityRow row)
    {
        ReachabilityRow? existing = Find(row.Observer, row.Subject);
        if (existing is null && Count >= MemberTable.MaxRows) return PutOutcome.Ignored;
        ReachabilityRow merged = existing is null ? row : RowMerge.Later(existing, row);
        if (existing is not null && merged == existing) return PutOutcome.Known;
        if (existing is not null) hashes.Count(row.Subject.Uid, RowMerge.Hash(existing), remove: true);
        else Count++;
        hashes.Count(row.Subject.Uid, RowMerge.Hash(merged), remove: false);
        if (!_bySubject.TryGetValue(row.Subject, out SortedDictionary<UniqueAddress, ReachabilityRow>? rows)) _bySubject.Add(row.Subject, rows = []);
        rows[row.Observer] = merged;
        Version++;
        return PutOutcome.Changed;
    }

    public IEnumerable<ReachabilityRow> About(UniqueAddress subject) =>
        _bySubject.TryGetValue(subject, out SortedDictionary<UniqueAddress, ReachabilityRow>? rows) ? rows.Values : [];

    public ulong HashAbout(UniqueAddress subject)
    {
        ulong sum = 0;
        foreach (ReachabilityRow row in About(subject)) sum += RowMerge.Hash(row);
        return sum;
    }

    /// <summary>All words that are not "reachable", in order of observer, then subject.</summary>
    public List<ReachabilityRow> Accusations()
    {
        List<ReachabilityRow> rows = [];
        foreach (SortedDictionary<UniqueAddress, ReachabilityRow> about in _bySubject.Values)
        {
            foreach (ReachabilityRow row in about.Values)
            {
                if (row.Status != ReachabilityStatus.Reachable) rows.Add(row);
            }
        }

        rows.Sort((one, other) => one.Observer.CompareTo(other.Observer) is var order and not 0 ? order : one.Subject.CompareTo(other.Subject));
        return rows;
    }

    /// <summary>Drops every word about a process and of it.</summary>
    public void Forget(UniqueAddress node)
    {
        List<ReachabilityRow> gone = [.. About(node)];
        foreach (SortedDictionary<UniqueAddress, ReachabilityRow> about in _bySubject.Values)
        {
            if (about.TryGetValue(node, out ReachabilityRow? row) && row.Subject != node) gone.Add(row);
        }

        foreach (ReachabilityRow row in gone) Drop(row);
    }

    private void Drop(ReachabilityRow row)
    {
        SortedDictionary<UniqueAddress, ReachabilityRow> about = _bySubject[row.Subject];
        about.Remove(row.Observer);
        if (about.Count == 0) _bySubject.Remove(row.Subject);
        hashes.Count(row.Subject.Uid, RowMerge.Hash(row), remove: true);
        Count--;
        Version++;
    }
}
