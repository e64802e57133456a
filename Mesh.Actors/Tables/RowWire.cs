using System.Text;
using Google.Protobuf;
using Mesh.Actors.Tables.Protocol;

namespace Mesh.Actors.Tables;

/// <summary>Rows to messages and back; what no node of ours would send is refused here.</summary>
internal static class RowWire
{
    public static Row Write(TableRow row, TimeSpan now) => new()
    {
        Origin = row.Origin,
        Key = row.Key,
        Epoch = row.Version.Epoch,
        Sequence = row.Version.Sequence,
        Deleted = row.Deleted,
        Value = UnsafeByteOperations.UnsafeWrap(row.Value),
        DeletedSeconds = row.Deleted && row.Origin == 0 ? (uint)Math.Clamp((now - row.DeletedAt).TotalSeconds, 0, uint.MaxValue) : 0,
    };

    /// <summary>Null: malformed or too big.</summary>
    /// <param name="row">From a peer or the disk.</param>
    /// <param name="owned">Whether the table's rows have owners.</param>
    /// <param name="now">The loop's time.</param>
    public static TableRow? Read(Row row, bool owned, TimeSpan now)
    {
        if (row.Sequence == 0 || owned != (row.Origin != 0) || (owned && row.Epoch != 0)) return null;
        if (row.Value.Length > TableSettings.MaxValueBytes || Encoding.UTF8.GetByteCount(row.Key) > TableSettings.MaxKeyBytes) return null;
        if ((row.Deleted && row.Value.Length > 0) || (row.Key.Length == 0 && (!owned || row.Deleted || row.Value.Length > 0))) return null;
        var version = new RowVersion(row.Epoch, row.Sequence);
        return row.Deleted
            ? TableRow.Tombstone(row.Origin, row.Key, version, now - TimeSpan.FromSeconds(row.DeletedSeconds))
            : TableRow.Living(row.Origin, row.Key, version, row.Value.Memory);
    }
}
