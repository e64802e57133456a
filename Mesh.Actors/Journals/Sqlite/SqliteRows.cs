using System.Runtime.InteropServices;
using Google.Protobuf;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Microsoft.Data.Sqlite;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>Rows in and out of the tables, one by one and all of them.</summary>
internal static class SqliteRows
{
    public static void Insert(SqliteStatements statements, long head, long epoch, JournalEvent stored)
    {
        byte[] payload = Bytes(stored.Payload);
        statements.Execute(
            "insert into journal(head, sequence_nr, epoch, manifest, writer, written_at, checksum, payload) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            head,
            stored.SequenceNr,
            epoch,
            stored.Manifest,
            (long)stored.Writer,
            stored.WrittenAt.ToUnixTimeMilliseconds(),
            SqliteReads.Checksum(stored.SequenceNr, stored.Manifest, payload),
            payload);
    }

    public static void Insert(SqliteStatements statements, long head, Snapshot snapshot)
    {
        byte[] payload = Bytes(snapshot.Payload);
        statements.Execute(
            "insert or replace into snapshot(head, sequence_nr, manifest, written_at, checksum, payload) values ($1, $2, $3, $4, $5, $6)",
            head,
            snapshot.SequenceNr,
            snapshot.Manifest,
            snapshot.WrittenAt.ToUnixTimeMilliseconds(),
            SqliteReads.Checksum(snapshot.SequenceNr, snapshot.Manifest, payload),
            payload);
    }

    public static void Put(SqliteStatements statements, string name, LeaseRow row) => statements.Execute(
        "insert or replace into lease values ($1, $2, $3, $4, $5)",
        name,
        (long)row.Holder,
        row.Term,
        row.Renewals,
        (long)row.Duration.TotalMilliseconds);

    /// <summary>Everything that is committed now; the connection is the export's and goes with it.</summary>
    public static IJournalExport Export(SqliteStatements view, int chunkBytes)
    {
        view.Execute("begin");
        AppliedMark applied = view.First("select log_index, log_term from applied", row => new AppliedMark(row.GetInt64(0), row.GetInt64(1)));
        return new RowExport(applied, All(view), chunkBytes, view.Dispose);
    }

    /// <summary>Puts other rows in the place of all, within the transaction that is open.</summary>
    public static void Replace(SqliteStatements statements, IEnumerable<JournalRow> rows)
    {
        foreach (string table in (string[])["journal", "snapshot", "journal_head", "fence", "lease", "remembered"])
            statements.Execute($"delete from {table}");
        long head = 0;
        foreach (JournalRow row in rows) head = Add(statements, row, head);
    }

    /// <summary>Heads before what hangs on them. Returns the head to which the next rows belong.</summary>
    private static long Add(SqliteStatements statements, JournalRow row, long head)
    {
        switch (row.RowCase)
        {
            case JournalRow.RowOneofCase.Head:
                statements.Execute(
                    "insert into journal_head(persistence_id, highest, deleted_to) values ($1, $2, $3)",
                    row.Head.PersistenceId,
                    row.Head.Highest,
                    row.Head.DeletedTo);
                return statements.First("select last_insert_rowid()", result => result.GetInt64(0));
            case JournalRow.RowOneofCase.Event:
                Insert(statements, head, row.Event.Epoch, JournalMessages.From(row.Event.Event, row.Event.Event.WrittenAt));
                break;
            case JournalRow.RowOneofCase.Snapshot:
                Insert(statements, head, JournalMessages.From(row.Snapshot, row.Snapshot.WrittenAt));
                break;
            case JournalRow.RowOneofCase.Fence:
                FenceData fence = row.Fence.Fence;
                statements.Execute("insert into fence values ($1, $2, $3, $4)", fence.Type, fence.Shard, fence.Epoch, (long)row.Fence.Owner);
                break;
            case JournalRow.RowOneofCase.Remembered:
                RememberedRow remembered = row.Remembered;
                statements.Execute("insert into remembered values ($1, $2, $3)", remembered.Type, remembered.Shard, remembered.Entity);
                break;
            case JournalRow.RowOneofCase.Lease:
                Put(statements, row.Lease.Name, LeaseRow.From(row.Lease.Lease));
                break;
            case JournalRow.RowOneofCase.End:
                break;
            default:
                throw JournalMessages.Unknown();
        }

        return head;
    }

    /// <summary>Streams; the order of actors is that of their first events, which another machine need not share.</summary>
    private static IEnumerable<JournalRow> All(SqliteStatements view)
    {
        foreach ((long id, HeadRow head) in view.Stream("select id, persistence_id, highest, deleted_to from journal_head order by id", Head))
        {
            yield return new JournalRow { Head = head };
            foreach (JournalRow row in Events(view, id, head.PersistenceId)) yield return row;
        }

        foreach (JournalRow row in view.Stream("select type, shard, epoch, owner from fence", Fence)) yield return row;
        foreach (JournalRow row in view.Stream("select type, shard, entity from remembered", Remembered)) yield return row;
        foreach (JournalRow row in view.Stream("select name, holder, term, renewals, duration_ms from lease", Lease)) yield return row;
    }

    private static IEnumerable<JournalRow> Events(SqliteStatements view, long head, string persistenceId)
    {
        const string events =
            "select sequence_nr, manifest, writer, written_at, checksum, payload, epoch from journal where head = $1 order by sequence_nr";
        const string snapshots = "select sequence_nr, manifest, 0, written_at, checksum, payload from snapshot where head = $1 order by sequence_nr";
        foreach (JournalRow row in view.Stream(events, row => Event(row, persistenceId, view.Path), head)) yield return row;
        foreach (JournalRow row in view.Stream(snapshots, row => Snapshot(row, persistenceId, view.Path), head)) yield return row;
    }

    private static (long Id, HeadRow Head) Head(SqliteDataReader row) =>
        (row.GetInt64(0), new HeadRow { PersistenceId = row.GetString(1), Highest = row.GetInt64(2), DeletedTo = row.GetInt64(3) });

    private static JournalRow Event(SqliteDataReader row, string persistenceId, string path) => new()
    {
        Event = new EventRow
        {
            PersistenceId = persistenceId,
            Epoch = row.GetInt64(6),
            Event = new EventData
            {
                SequenceNr = row.GetInt64(0),
                Manifest = row.GetString(1),
                Writer = (ulong)row.GetInt64(2),
                WrittenAt = row.GetInt64(3),
                Payload = UnsafeByteOperations.UnsafeWrap(SqliteReads.Payload(row, persistenceId, path)),
            },
        },
    };

    private static JournalRow Snapshot(SqliteDataReader row, string persistenceId, string path) => new()
    {
        Snapshot = new SnapshotData
        {
            PersistenceId = persistenceId,
            SequenceNr = row.GetInt64(0),
            Manifest = row.GetString(1),
            WrittenAt = row.GetInt64(3),
            Payload = UnsafeByteOperations.UnsafeWrap(SqliteReads.Payload(row, persistenceId, path)),
        },
    };

    private static JournalRow Fence(SqliteDataReader row) => new()
    {
        Fence = new FenceRow
        {
            Fence = new FenceData { Type = row.GetString(0), Shard = row.GetString(1), Epoch = row.GetInt64(2) },
            Owner = (ulong)row.GetInt64(3),
        },
    };

    private static JournalRow Remembered(SqliteDataReader row) =>
        new() { Remembered = new RememberedRow { Type = row.GetString(0), Shard = row.GetString(1), Entity = row.GetString(2) } };

    private static JournalRow Lease(SqliteDataReader row) =>
        new() { Lease = new LeaseRowData { Name = row.GetString(0), Lease = SqliteReads.Row(row, 1).ToData() } };

    private static byte[] Bytes(ReadOnlyMemory<byte> payload) =>
        MemoryMarshal.TryGetArray(payload, out ArraySegment<byte> segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : payload.ToArray();
}
