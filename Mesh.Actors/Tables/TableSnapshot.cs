namespace Mesh.Actors.Tables;

/// <summary>A table at one moment, in ordinal order of keys, then owners. Immutable; any thread.</summary>
public sealed class TableSnapshot<TRow>
{
    internal TableSnapshot(SortedRows<TRow> rows, long number, bool isConfirmed) =>
        (Rows, Number, IsConfirmed) = (rows, number, isConfirmed);

    public SortedRows<TRow> Rows { get; }

    /// <summary>Counts this node's snapshots; a later one never shows an older version of a row.</summary>
    public long Number { get; }

    /// <summary>False: since its start this node has compared the table with nobody; it shows what the disk kept.</summary>
    public bool IsConfirmed { get; }

    /// <summary>The first row of that key: in maps, the row. Null when there is none. O(log rows).</summary>
    public RowView<TRow>? Find(string key)
    {
        int at = Rows.PlaceOf(key, 0);
        return at < Rows.Count && Rows[at].Key == key ? Rows[at] : null;
    }

    public RowView<TRow>? Find(string key, ulong owner)
    {
        int at = Rows.PlaceOf(key, owner);
        return at < Rows.Count && Rows[at].Key == key && Rows[at].Owner == owner ? Rows[at] : null;
    }

    /// <summary>Rows whose keys begin so, in order. O(log rows) for each.</summary>
    public IEnumerable<RowView<TRow>> WithPrefix(string prefix)
    {
        for (int i = Rows.PlaceOf(prefix, 0); i < Rows.Count && Rows[i].Key.StartsWith(prefix, StringComparison.Ordinal); i++) yield return Rows[i];
    }
}
