using System.Collections;
using System.Runtime.InteropServices;

namespace Mesh.Actors.Tables;

/// <summary>
/// Rows in ordinal order of keys, then owners. Immutable: a successor shares with it every chunk of rows in which nothing changed.
/// </summary>
/// <remarks>
/// A change of one row copies its chunk and the lists of chunks, some 7 KB in a table of 100 000 rows; a change of all rows copies 8 bytes a row.
/// A balanced tree costs less for one row, and for many rows far more: a node of 48 bytes and a search from the root for each.
/// </remarks>
public sealed class SortedRows<TRow> : IReadOnlyList<RowView<TRow>>
{
    internal static readonly SortedRows<TRow> Empty = new([]);

    /// <summary>Most rows of a chunk.</summary>
    private const int ChunkRows = 256;

    /// <summary>Neighbours that fit in so many rows become one, or a table that shrinks would keep chunks of single rows.</summary>
    private const int SmallChunk = ChunkRows / 4;

    private readonly RowView<TRow>[][] _chunks;
    // Where each begins in the whole.
    private readonly int[] _starts;

    private SortedRows(List<RowView<TRow>[]> chunks)
    {
        _chunks = [.. chunks];
        _starts = new int[_chunks.Length];
        for (int i = 0; i < _chunks.Length; i++)
        {
            _starts[i] = Count;
            Count += _chunks[i].Length;
        }
    }

    public int Count { get; }

    /// <summary>O(log rows).</summary>
    public RowView<TRow> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            int chunk = Array.BinarySearch(_starts, index);
            if (chunk < 0) chunk = ~chunk - 1;
            return _chunks[chunk][index - _starts[chunk]];
        }
    }

    public IEnumerator<RowView<TRow>> GetEnumerator()
    {
        foreach (RowView<TRow>[] chunk in _chunks)
            foreach (RowView<TRow> row in chunk) yield return row;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static int Compare(RowView<TRow> left, RowView<TRow> right) => Compare(left, right.Key, right.Owner);

    /// <summary>Where that row is, or belongs.</summary>
    internal int PlaceOf(string key, ulong owner)
    {
        int chunk = ChunkOf(key, owner, 0);
        return chunk == _chunks.Length ? Count : _starts[chunk] + PlaceIn(_chunks[chunk], key, owner);
    }

    /// <param name="changes">In order; each row once.</param>
    internal SortedRows<TRow> With(ReadOnlySpan<RowChange<TRow>> changes)
    {
        if (changes.IsEmpty) return this;
        List<RowView<TRow>[]> chunks = new(_chunks.Length + (changes.Length / ChunkRows) + 1);
        List<RowView<TRow>> merged = [];
        int next = 0;
        while (!changes.IsEmpty)
        {
            RowView<TRow> first = RowOf(changes[0]);
            // What is greater than all belongs to the last chunk.
            int chunk = Math.Max(0, Math.Min(ChunkOf(first.Key, first.Owner, next), _chunks.Length - 1));
            for (; next < chunk; next++) Append(chunks, _chunks[next]);
            bool isLast = chunk >= _chunks.Length - 1;
            int count = isLast ? changes.Length : CountUpTo(changes, _chunks[chunk][^1]);
            merged.Clear();
            Merge(chunk < _chunks.Length ? _chunks[chunk] : [], changes[..count], merged);
            Split(merged, chunks);
            changes = changes[count..];
            next = chunk + 1;
        }

        for (; next < _chunks.Length; next++) Append(chunks, _chunks[next]);
        return chunks.Count == 0 ? Empty : new SortedRows<TRow>(chunks);
    }

    internal static RowView<TRow> RowOf(in RowChange<TRow> change) => (change.After ?? change.Before)!;

    /// <summary>The rows of <paramref name="rows"/> and <paramref name="changes"/>, both in order, in order.</summary>
    internal static void Merge(ReadOnlySpan<RowView<TRow>> rows, ReadOnlySpan<RowChange<TRow>> changes, List<RowView<TRow>> into)
    {
        int at = 0;
        foreach (RowChange<TRow> change in changes)
        {
            RowView<TRow> changed = RowOf(change);
            int order = -1;
            while (at < rows.Length && (order = Compare(rows[at], changed)) < 0) into.Add(rows[at++]);
            if (at < rows.Length && order == 0) at++;
            if (change.After is { } after) into.Add(after);
        }

        while (at < rows.Length) into.Add(rows[at++]);
    }

    private static int Compare(RowView<TRow> left, string key, ulong owner)
    {
        int order = string.CompareOrdinal(left.Key, key);
        return order != 0 ? order : left.Owner.CompareTo(owner);
    }

    /// <summary>As few chunks as the rows need, of equal size.</summary>
    private static void Split(List<RowView<TRow>> rows, List<RowView<TRow>[]> chunks)
    {
        int pieces = (rows.Count + ChunkRows - 1) / ChunkRows;
        for (int i = 0, from = 0; i < pieces; i++)
        {
            int to = (int)((long)rows.Count * (i + 1) / pieces);
            Append(chunks, CollectionsMarshal.AsSpan(rows)[from..to].ToArray());
            from = to;
        }
    }

    private static void Append(List<RowView<TRow>[]> chunks, RowView<TRow>[] chunk)
    {
        if (chunks.Count > 0 && chunks[^1].Length + chunk.Length <= SmallChunk) chunks[^1] = [.. chunks[^1], .. chunk];
        else chunks.Add(chunk);
    }

    /// <summary>How many of the changes, in order, stand up to that row.</summary>
    private static int CountUpTo(ReadOnlySpan<RowChange<TRow>> changes, RowView<TRow> last)
    {
        int count = 1;
        while (count < changes.Length && Compare(RowOf(changes[count]), last) <= 0) count++;
        return count;
    }

    /// <summary>The first chunk, from one on, whose last row is not before that row; their number when there is none.</summary>
    private int ChunkOf(string key, ulong owner, int from)
    {
        int low = from, high = _chunks.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Compare(_chunks[middle][^1], key, owner) < 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static int PlaceIn(RowView<TRow>[] chunk, string key, ulong owner)
    {
        int low = 0, high = chunk.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Compare(chunk[middle], key, owner) < 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}
