using Mesh.Actors.Tables.Protocol;

namespace Mesh.Actors.Tables;

/// <summary>Rows of a message, without those that no node of ours would send.</summary>
internal static class Incoming
{
    public static List<TableRow> Read(TableCore table, IReadOnlyList<Row> rows, TimeSpan now)
    {
        List<TableRow> read = new(rows.Count);
        foreach (Row row in rows)
        {
            if (RowWire.Read(row, table.IsOwned, now) is { } good) read.Add(good);
            else table.Counters.Malformed++;
        }

        return read;
    }
}
