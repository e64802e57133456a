namespace Mesh.Actors.Tables;

/// <summary>Names of rows whose changes the disk does not have yet, each once, in the order in which they were first touched.</summary>
/// <remarks>Names and not rows: while a disk fails, nothing is kept of what was deleted or written again.</remarks>
internal sealed class UnsavedRows
{
    private readonly Queue<ulong> _order = new();

    // Looked up, never enumerated.
    private readonly Dictionary<ulong, RowName> _byId = [];

    public int Count => _byId.Count;

    public void Add(TableRow row) => Add(new RowName(row.Id, row.Origin, row.Key));

    /// <summary>A write of these failed.</summary>
    public void Return(IEnumerable<RowName> rows)
    {
        foreach (RowName row in rows) Add(row);
    }

    public bool TryTake(out RowName row)
    {
        row = default;
        return _order.TryDequeue(out ulong id) && _byId.Remove(id, out row);
    }

    public void Clear()
    {
        _byId.Clear();
        _order.Clear();
    }

    /// <summary>Forgets those of which nothing is left to save.</summary>
    public void Forget(Predicate<ulong> isGone)
    {
        for (int left = _order.Count; left > 0; left--)
        {
            ulong id = _order.Dequeue();
            if (isGone(id)) _byId.Remove(id);
            else _order.Enqueue(id);
        }
    }

    private void Add(RowName row)
    {
        if (_byId.TryAdd(row.Id, row)) _order.Enqueue(row.Id);
    }
}

/// <summary>Which row.</summary>
/// <param name="Id">See <see cref="TableRow.Id"/>.</param>
/// <param name="Origin">Its owner; 0 in maps.</param>
/// <param name="Key">Its key.</param>
internal readonly record struct RowName(ulong Id, ulong Origin, string Key);
