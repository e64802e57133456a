using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables.Protocol;

namespace Mesh.Actors.Tables;

/// <summary>Passes news on to the neighbours: each row once for each time that it was news here, the newest of each row only.</summary>
/// <remarks>
/// Like neighbours over a fence: who hears something new tells it to all but the one who told it; who knows it already keeps quiet. There is one
/// queue of ids, whatever the number of neighbours; whom a message does not reach, anti-entropy does.
/// </remarks>
internal sealed class Spreader
{
    private readonly TableCore _table;
    private readonly NodeServices _node;
    private readonly IMembership _membership;
    private readonly TableSettings _settings;
    private readonly Throttle _flush;
    private readonly Queue<ulong> _order = new();
    private readonly Dictionary<ulong, ulong> _sources = [];

    public Spreader(TableCore table, NodeServices node, IMembership membership, TableSettings settings)
    {
        (_table, _node, _membership, _settings) = (table, node, membership, settings);
        _flush = new Throttle(node.Loop, settings.DeltaInterval, Flush);
        table.News += OnNews;
    }

    /// <summary>Rows that wait for the next batch.</summary>
    public int Pending => _order.Count;

    public void Stop() => _flush.Cancel();

    /// <summary>Sends what waits now; the last words of a node that leaves.</summary>
    public void Flush()
    {
        ImmutableArray<UniqueAddress> neighbours = _membership.State.Neighbours;
        List<(TableRow Row, ulong Source)> batch = TakeBatch();
        if (_order.Count > 0) _flush.Ask();
        if (batch.Count == 0 || neighbours.IsEmpty) return;
        List<TableDelta>? forAll = null;
        foreach (UniqueAddress neighbour in neighbours)
        {
            List<TableDelta> messages = batch.Exists(each => each.Source == neighbour.Uid)
                ? Messages(batch.Where(each => each.Source != neighbour.Uid))
                : forAll ??= Messages(batch);
            foreach (TableDelta message in messages)
            {
                _node.Messenger.Send(neighbour, message, Lane.System);
                _table.Counters.DeltaBytes += message.CalculateSize();
            }
        }
    }

    private void OnNews(TableRow row, ulong source)
    {
        if (_node.Loop.Chance("tables: news is left to anti-entropy")) return;
        if (_sources.ContainsKey(row.Id))
        {
            _sources[row.Id] = source;
        }
        else if (_order.Count >= _settings.MaxPendingRows)
        {
            _table.Counters.PendingDropped++;
            _node.Loop.Reached("tables: news was left to anti-entropy");
            return;
        }
        else
        {
            _sources[row.Id] = source;
            _order.Enqueue(row.Id);
        }

        _flush.Ask();
    }

    private List<(TableRow Row, ulong Source)> TakeBatch()
    {
        List<(TableRow, ulong)> batch = [];
        int bytes = 0;
        while (_order.TryPeek(out ulong id) && bytes < _settings.MaxBatchBytes)
        {
            _order.Dequeue();
            _sources.Remove(id, out ulong source);
            if (_table.Replica.Find(id) is not { IsShared: true } row) continue;
            bytes += row.Bytes;
            batch.Add((row, source));
        }

        return batch;
    }

    private List<TableDelta> Messages(IEnumerable<(TableRow Row, ulong Source)> batch)
    {
        List<TableDelta> messages = [];
        foreach (List<TableRow> chunk in Chunks.ByBytes(batch.Select(each => each.Row)))
        {
            var message = new TableDelta { Table = _table.Name };
            foreach (TableRow row in chunk) message.Rows.Add(RowWire.Write(row, _node.Loop.Now));
            messages.Add(message);
        }

        return messages;
    }
}

/// <summary>Cuts rows into messages by their bytes, never by their number.</summary>
internal static class Chunks
{
    public static IEnumerable<List<TableRow>> ByBytes(IEnumerable<TableRow> rows)
    {
        List<TableRow> chunk = [];
        int bytes = 0;
        foreach (TableRow row in rows)
        {
            if (chunk.Count > 0 && bytes + row.Bytes > TableSettings.MaxMessageBytes)
            {
                yield return chunk;
                chunk = [];
                bytes = 0;
            }

            chunk.Add(row);
            bytes += row.Bytes;
        }

        if (chunk.Count > 0) yield return chunk;
    }
}
