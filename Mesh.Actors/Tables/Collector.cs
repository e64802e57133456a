namespace Mesh.Actors.Tables;

/// <summary>An owner's collection of its own old tombstones, so that no node ever has to guess when to forget.</summary>
/// <remarks>
/// Absence is not evidence, so tombstones cannot just be dropped: a node that slept would bring the row back. Like a librarian who, before
/// burning old catalogue cards, writes all valid ones anew on cards of another colour: first the owner writes again, under new versions, what
/// lives below the newest old tombstone; a round later it says "all my versions up to that tombstone are void". Whoever learns this drops them,
/// tombstones and strays alike, and accepts none later. chitchat instead tells a peer that is behind the collected point to reset the origin;
/// the effect is the same, but this needs no extra exchange and merges like any row. It costs the owner's living rows once a batch of tombstones.
/// </remarks>
internal sealed class Collector(TableCore table, TableSettings settings, Func<ulong> nextVersion)
{
    private ulong _next;

    public void Run(TimeSpan now)
    {
        if (!table.IsOwned) return;
        if (_next > 0)
        {
            table.Collect(_next);
            _next = 0;
            return;
        }

        List<TableRow> own = [.. table.Replica.RowsOfOrigin(table.Self)];
        ulong newest = 0;
        foreach (TableRow row in own)
            if (row.Deleted && now - row.DeletedAt >= settings.OwnerTombstoneLife) newest = Math.Max(newest, row.Version.Sequence);
        if (newest == 0) return;
        foreach (TableRow row in own.Where(row => !row.Deleted && !row.IsCollection && row.Version.Sequence < newest).OrderBy(row => row.Version))
            table.Write(TableRow.Living(row.Origin, row.Key, new RowVersion(0, nextVersion()), row.Value));
        _next = newest;
    }
}
