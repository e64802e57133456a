namespace Mesh.Actors.Membership.Records;

/// <summary>
/// Who was removed. Told to others for half of a tombstone's life, believed for all of it: nobody can be told after another forgot.
/// </summary>
/// <remarks>One thread.</remarks>
internal sealed class TombstoneTable(BucketHashes hashes, TimeSpan life)
{
    /// <summary>Removed processes remembered; the oldest goes first.</summary>
    public const int MaxTombstones = 16_384;

    private readonly SortedDictionary<ulong, (Tombstone Tombstone, bool Spread)> _byUid = [];
    private readonly SortedSet<(TimeSpan RemovedAt, ulong Uid)> _byAge = [];
    private readonly SortedSet<(TimeSpan RemovedAt, ulong Uid)> _spread = [];

    public int Count => _byUid.Count;

    public TimeSpan Life => life;

    /// <summary>Those that are still told, in order of uid.</summary>
    public IEnumerable<Tombstone> Spread => _byUid.Values.Where(each => each.Spread).Select(each => each.Tombstone);

    public bool Has(ulong uid) => _byUid.ContainsKey(uid);

    public bool IsSpread(ulong uid) => _byUid.TryGetValue(uid, out (Tombstone, bool Spread) entry) && entry.Spread;

    public Tombstone? Find(ulong uid) => _byUid.TryGetValue(uid, out (Tombstone Tombstone, bool) entry) ? entry.Tombstone : null;

    /// <returns>False when it was known; its age may have been corrected.</returns>
    public bool Put(Tombstone tombstone)
    {
        ulong uid = tombstone.Node.Uid;
        if (_byUid.TryGetValue(uid, out (Tombstone Tombstone, bool Spread) known))
        {
            Tombstone merged = Tombstone.Merge(known.Tombstone, tombstone);
            if (merged == known.Tombstone) return false;
            _byAge.Remove((known.Tombstone.RemovedAt, uid));
            _byAge.Add((merged.RemovedAt, uid));
            if (known.Spread) _spread.Remove((known.Tombstone.RemovedAt, uid));
            if (known.Spread) _spread.Add((merged.RemovedAt, uid));
            _byUid[uid] = (merged, known.Spread);
            return false;
        }

        _byUid.Add(uid, (tombstone, true));
        _byAge.Add((tombstone.RemovedAt, uid));
        _spread.Add((tombstone.RemovedAt, uid));
        hashes.Count(uid, Tombstone.Hash(uid), remove: false);
        if (_byUid.Count > MaxTombstones) Forget(_byAge.Min.Uid);
        return true;
    }

    /// <summary>Ends the spreading of those past half of their life, and forgets those past all of it.</summary>
    public void Expire(TimeSpan now)
    {
        while (_spread.Count > 0 && now - _spread.Min.RemovedAt >= life / 2) Hush(_spread.Min.Uid);
        while (_byAge.Count > 0 && now - _byAge.Min.RemovedAt >= life) Forget(_byAge.Min.Uid);
    }

    private void Hush(ulong uid)
    {
        Tombstone tombstone = _byUid[uid].Tombstone;
        _byUid[uid] = (tombstone, false);
        _spread.Remove((tombstone.RemovedAt, uid));
        hashes.Count(uid, Tombstone.Hash(uid), remove: true);
    }

    private void Forget(ulong uid)
    {
        if (_byUid[uid].Spread) Hush(uid);
        _byAge.Remove((_byUid[uid].Tombstone.RemovedAt, uid));
        _byUid.Remove(uid);
    }
}
