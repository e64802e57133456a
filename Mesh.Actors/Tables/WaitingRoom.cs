namespace Mesh.Actors.Tables;

/// <summary>Rows of owners that membership does not know yet: the news of a joiner's rows may overtake the news of the joiner.</summary>
internal sealed class WaitingRoom(TableSettings settings)
{
    private readonly SortedDictionary<ulong, SortedDictionary<ulong, TableRow>> _rows = [];
    private readonly SortedDictionary<ulong, TimeSpan> _since = [];

    public int Count { get; private set; }

    /// <summary>False: there is no room.</summary>
    public bool Add(TableRow row, TimeSpan now)
    {
        bool known = _rows.TryGetValue(row.Origin, out SortedDictionary<ulong, TableRow>? rows);
        TableRow? present = rows?.GetValueOrDefault(row.Id);
        if (present is not null && present.CompareTo(row) >= 0) return true;
        if (present is null && Count >= settings.MaxWaitingRows) return false;
        if (!known)
        {
            _rows.Add(row.Origin, rows = []);
            _since.Add(row.Origin, now);
        }

        if (present is null) Count++;
        rows![row.Id] = row;
        return true;
    }

    /// <summary>The owner's rows, which wait no longer.</summary>
    public ICollection<TableRow> Take(ulong owner)
    {
        _since.Remove(owner);
        if (!_rows.Remove(owner, out SortedDictionary<ulong, TableRow>? rows)) return [];
        Count -= rows.Count;
        return rows.Values;
    }

    /// <summary>Forgets owners that have been unknown for too long. Whoever has their rows will offer them again.</summary>
    public void Sweep(TimeSpan now)
    {
        foreach ((ulong owner, TimeSpan since) in _since.ToArray())
            if (now - since >= settings.UnknownOwnerGrace) Take(owner);
    }
}
