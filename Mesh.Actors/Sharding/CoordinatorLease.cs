namespace Mesh.Actors.Sharding;

/// <summary>
/// Who may coordinate a type: the holder of its lease. When to ask for it, when it is held and when it is over; without clock or store.
/// </summary>
/// <remarks>
/// A lease counts from before it was asked for, less a margin, on the asker's monotonic clock. It is never given back early: grants that the
/// holder gave run until its end, and who comes next counts on that. Renewed each quarter.
/// </remarks>
internal sealed class CoordinatorLease(ShardingSettings settings)
{
    private TimeSpan _askedAt;
    private TimeSpan _nextAsk;
    private bool _asking;
    private TimeSpan _deadline = TimeSpan.MinValue;

    /// <summary>Of the latest time that this node held it.</summary>
    public long Term { get; private set; }

    /// <summary>The other that the store named last; 0 for none.</summary>
    public ulong OtherHolder { get; private set; }

    /// <summary>Until when it is held.</summary>
    public TimeSpan Deadline => _deadline;

    public bool IsHeld(TimeSpan now) => now < _deadline;

    /// <summary>True when the store is to be asked now; the answer goes to <see cref="Answered"/> or <see cref="Failed"/>.</summary>
    /// <param name="rank">How many older core members are reachable; -1 when this node may not coordinate.</param>
    /// <param name="silence">How long no coordinator was heard.</param>
    /// <param name="another">Another node was heard to coordinate just now: the lease is not to be had.</param>
    /// <param name="now">Monotonic.</param>
    public bool ShouldAsk(int rank, TimeSpan silence, bool another, TimeSpan now)
    {
        bool held = IsHeld(now);
        bool entitled = (rank == 0 && !another) || (rank > 0 && silence > settings.CandidateStep * rank);
        if (_asking && now - _askedAt > settings.Lease) _asking = false;
        if (_asking || now < _nextAsk || rank < 0 || !(held || entitled)) return false;
        _asking = true;
        _askedAt = now;
        _nextAsk = now + settings.LeaseRetry;
        return true;
    }

    /// <summary>The store answered what was asked at <paramref name="askedAt"/>.</summary>
    public void Answered(TimeSpan askedAt, bool isHeld, long term, ulong holder)
    {
        if (!_asking || askedAt != _askedAt) return;
        _asking = false;
        OtherHolder = isHeld ? 0 : holder;
        if (!isHeld)
        {
            _deadline = TimeSpan.MinValue;
            return;
        }

        Term = term;
        _deadline = askedAt + settings.Lease - settings.LeaseMargin;
        _nextAsk = askedAt + (settings.Lease / 4);
    }

    /// <summary>The store failed: what is held is held until its deadline.</summary>
    public void Failed(TimeSpan askedAt)
    {
        if (askedAt == _askedAt) _asking = false;
    }

    /// <summary>There is a higher term than ours: whatever the clock says, we do not hold it.</summary>
    public void Depose() => _deadline = TimeSpan.MinValue;
}
