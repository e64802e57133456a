namespace Mesh.Actors.Tables;

/// <summary>
/// Below which version readers are not shown a row: what the disk remembered was shown and then taken away, because peers did not confirm it, and a
/// peer that lags behind may bring an older one before the owner's own word comes.
/// </summary>
/// <remarks>
/// One thread. Only rows of living owners: their owner has that version or a later one, or a tombstone, so the wait ends with it. At most as many as
/// the disk had rows.
/// </remarks>
internal sealed class VersionFloors
{
    private readonly SortedDictionary<ulong, (ulong Owner, RowVersion Version)> _byId = [];

    public int Count => _byId.Count;

    /// <summary>Readers saw that row, and now it is hidden.</summary>
    public void Raise(TableRow shown)
    {
        if (!_byId.TryGetValue(shown.Id, out (ulong, RowVersion Version) known) || known.Version < shown.Version)
            _byId[shown.Id] = (shown.Origin, shown.Version);
    }

    /// <summary>Whether the row is older than what was shown. One that is not ends the wait.</summary>
    public bool Hides(TableRow row)
    {
        if (_byId.Count == 0 || !_byId.TryGetValue(row.Id, out (ulong, RowVersion Version) floor)) return false;
        if (row.Version < floor.Version) return true;
        _byId.Remove(row.Id);
        return false;
    }

    /// <summary>The owner was removed; nothing of it is shown any more.</summary>
    public void Forget(ulong owner)
    {
        if (_byId.Count == 0) return;
        foreach (ulong id in _byId.Where(each => each.Value.Owner == owner).Select(each => each.Key).ToArray()) _byId.Remove(id);
    }
}
