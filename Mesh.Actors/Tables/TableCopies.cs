using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Tables.Protocol;

namespace Mesh.Actors.Tables;

/// <summary>
/// What a node's tables knew when one of its memberships ended, for the next one of the same process: the same as the disk's copy, but there from
/// the first moment, and whole where the disk fails.
/// </summary>
/// <remarks>Made at the end of one control loop, given away on the next: each table takes its own, and nothing is kept of it here.</remarks>
public sealed class TableCopies
{
    private readonly SortedDictionary<string, Copy> _tables = new(StringComparer.Ordinal);

    /// <summary>Of these tables, now.</summary>
    internal static TableCopies Of(IEnumerable<TableCore> tables, OwnerBook owners, TimeSpan now)
    {
        var copies = new TableCopies();
        foreach (TableCore table in tables)
        {
            IEnumerable<TableRow> known = table.IsOwned ? table.Replica.All().Where(row => IsUsable(row, owners)) : table.Replica.All();
            TableFreshness fresh = table.Freshness;
            copies._tables.Add(
                table.Name, new Copy(table.IsOwned, Write(known, now), Write(table.Shelf, now), fresh.ConfirmedAt, fresh.IsOfThisProcess));
        }

        return copies;
    }

    /// <summary>
    /// Gives a table that was just opened what the one of its name knew. Owners' rows wait on the shelf for somebody to confirm them; maps are
    /// ordered by themselves, and go on where they were, unless the membership had been cut off for so long that others forget what they deleted.
    /// </summary>
    internal void GiveTo(TableCore table, ControlLoop loop, TableSettings settings)
    {
        if (!_tables.Remove(table.Name, out Copy? copy) || copy.IsOwned != table.IsOwned) return;
        List<TableRow> known = Incoming.Read(table, copy.Known, loop.Now);
        if (table.IsOwned || (copy.ConfirmedAt is { } last && !settings.MayOffer(loop.UtcNow - last))) table.Shelve(known);
        else table.Learn(known, 0, spread: false);
        table.Shelve(Incoming.Read(table, copy.Shelved, loop.Now));
        if (copy.ConfirmedAt is { } then) table.Freshness.Remember(then, copy.IsOfThisProcess);
    }

    private static bool IsUsable(TableRow row, OwnerBook owners) =>
        !row.Deleted && !row.IsCollection && owners.IsUsable(row.Origin);

    private static ImmutableArray<Row> Write(IEnumerable<TableRow> rows, TimeSpan now) => [.. rows.Select(row => RowWire.Write(row, now))];

    /// <param name="IsOwned">Of an owner table.</param>
    /// <param name="Known">What was merged; of owner tables what could be used.</param>
    /// <param name="Shelved">What nobody had confirmed yet.</param>
    /// <param name="ConfirmedAt">When others last had the same.</param>
    /// <param name="IsOfThisProcess">Since its start.</param>
    private sealed record Copy(
        bool IsOwned, ImmutableArray<Row> Known, ImmutableArray<Row> Shelved, DateTimeOffset? ConfirmedAt, bool IsOfThisProcess);
}
