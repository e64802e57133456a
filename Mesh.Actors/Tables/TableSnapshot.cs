using System.Collections.Immutable;

namespace Mesh.Actors.Tables;

/// <summary>A table at one moment, in ordinal order of keys, then owners. Immutable; any thread.</summary>
/// <remarks>Two snapshots share what did not change: a new one costs memory for the changed rows x log2(rows).</remarks>
public sealed class TableSnapshot<TRow>
{
    internal static readonly IComparer<RowView<TRow>> Order = Comparer<RowView<TRow>>.Create(static (left, right) =>
    {
        int order = string.CompareOrdinal(left.Key, right.Key);
        return order != 0 ? order : left.Owner.CompareTo(right.Owner);
    });

    internal TableSnapshot(ImmutableSortedSet<RowView<TRow>> rows, long number, bool isConfirmed) =>
        (Rows, Number, IsConfirmed) = (rows, number, isConfirmed);

    public ImmutableSortedSet<RowView<TRow>> Rows { get; }

    /// <summary>Counts this node's snapshots; a later one never shows an older version of a row.</summary>
    public long Number { get; }

    /// <summary>False: since its start this node has compared the table with nobody; it shows what the disk kept.</summary>
    public bool IsConfirmed { get; }

    /// <summary>The first row of that key: in maps, the row. Null when there is none. O(log rows).</summary>
    public RowView<TRow>? Find(string key)
    {
        int at = At(key, 0);
        return at < Rows.Count && Rows[at].Key == key ? Rows[at] : null;
    }

    public RowView<TRow>? Find(string key, ulong owner)
    {
        int at = At(key, owner);
        return at < Rows.Count && Rows[at].Key == key && Rows[at].Owner == owner ? Rows[at] : null;
    }

    /// <summary>Rows whose keys begin so, in order. O(log rows) for each.</summary>
    public IEnumerable<RowView<TRow>> WithPrefix(string prefix)
    {
        for (int i = At(prefix, 0); i < Rows.Count && Rows[i].Key.StartsWith(prefix, StringComparison.Ordinal); i++) yield return Rows[i];
    }

    private int At(string key, ulong owner)
    {
        int at = Rows.IndexOf(new RowView<TRow>(key, owner, default!, default, default));
        return at >= 0 ? at : ~at;
    }
}
