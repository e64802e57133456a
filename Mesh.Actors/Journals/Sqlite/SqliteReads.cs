using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Storage;
using Microsoft.Data.Sqlite;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>What a connection can tell of the journal. Every payload is checked against the checksum that was written with it.</summary>
internal sealed class SqliteReads(SqliteStatements statements) : IJournalReads
{
    public ImmutableArray<JournalEvent> Read(string persistenceId, long fromSequenceNr, int max)
    {
        ImmutableArray<JournalEvent>.Builder page = ImmutableArray.CreateBuilder<JournalEvent>();
        long bytes = 0;
        statements.Each(
            """
            select sequence_nr, manifest, writer, written_at, checksum, payload from journal
            where head = (select id from journal_head where persistence_id = $1) and sequence_nr >= $2 order by sequence_nr limit $3
            """,
            row =>
            {
                byte[] payload = Payload(row, persistenceId);
                bytes += payload.Length;
                if (page.Count > 0 && bytes > JournalLimits.PageBytes) return false;
                page.Add(new JournalEvent(row.GetInt64(0), row.GetString(1), payload, (ulong)row.GetInt64(2), Time(row.GetInt64(3))));
                return true;
            },
            persistenceId,
            fromSequenceNr,
            (long)Math.Max(0, max));
        return page.DrainToImmutable();
    }

    public long HighestSequenceNr(string persistenceId) =>
        statements.First("select highest from journal_head where persistence_id = $1", row => row.GetInt64(0), persistenceId);

    public Snapshot? LoadSnapshot(string persistenceId, long toSequenceNr)
    {
        Snapshot? found = null;
        StorageException? damaged = null;
        statements.Each(
            """
            select sequence_nr, manifest, 0, written_at, checksum, payload from snapshot
            where head = (select id from journal_head where persistence_id = $1) and sequence_nr <= $2 order by sequence_nr desc
            """,
            row =>
            {
                try
                {
                    found = new Snapshot(persistenceId, row.GetInt64(0), row.GetString(1), Payload(row, persistenceId), Time(row.GetInt64(3)));
                    return false;
                }
                catch (StorageException fault) when (fault.Fault == StorageFault.Corrupt)
                {
                    // An older one is kept for this.
                    damaged ??= fault;
                    return true;
                }
            },
            persistenceId,
            toSequenceNr);
        return found ?? (damaged is null ? null : throw damaged);
    }

    public ImmutableArray<string> Remembered(ShardKey shard)
    {
        ImmutableArray<string>.Builder entities = ImmutableArray.CreateBuilder<string>();
        statements.Each(
            "select entity from remembered where type = $1 and shard = $2",
            row =>
            {
                entities.Add(row.GetString(0));
                return true;
            },
            shard.Type,
            shard.Shard);

        // SQLite orders UTF-8 bytes; UTF-16's ordinal order differs beyond the basic plane.
        entities.Sort(StringComparer.Ordinal);
        return entities.DrainToImmutable();
    }

    public LeaseRow? Lease(string name) =>
        statements.First<LeaseRow?>("select holder, term, renewals, duration_ms from lease where name = $1", row => Row(row, 0), name);

    public ImmutableArray<KeyValuePair<string, LeaseRow>> Leases() =>
    [
        .. statements.Stream("select name, holder, term, renewals, duration_ms from lease", row => KeyValuePair.Create(row.GetString(0), Row(row, 1)))
            .OrderBy(each => each.Key, StringComparer.Ordinal),
    ];

    public MachineFacts Facts() => statements.First(
        """
        select (select count(*) from journal_head), (select count(*) from journal), (select count(*) from snapshot), (select count(*) from fence),
          (select count(*) from lease), (select page_count * page_size from pragma_page_count(), pragma_page_size())
        """,
        row => new MachineFacts(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5)));

    public void Dispose() => statements.Dispose();

    /// <summary>CRC-32C of a row: a disk that flips bits in a payload is found out, for SQLite checks its own structure alone.</summary>
    public static long Checksum(long sequenceNr, string manifest, ReadOnlySpan<byte> payload)
    {
        uint crc = BitOperations.Crc32C(uint.MaxValue, (ulong)sequenceNr);
        foreach (byte each in Encoding.UTF8.GetBytes(manifest)) crc = BitOperations.Crc32C(crc, each);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(payload);
        foreach (ulong word in words) crc = BitOperations.Crc32C(crc, word);
        foreach (byte each in payload[(words.Length * sizeof(ulong))..]) crc = BitOperations.Crc32C(crc, each);
        return crc;
    }

    public static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private byte[] Payload(SqliteDataReader row, string persistenceId) => Payload(row, persistenceId, statements.Path);

    /// <summary>The sixth column, checked against the fifth.</summary>
    public static byte[] Payload(SqliteDataReader row, string persistenceId, string path)
    {
        byte[] payload = (byte[])row.GetValue(5);
        if (Checksum(row.GetInt64(0), row.GetString(1), payload) == row.GetInt64(4)) return payload;
        throw SqliteFaults.Corrupt(path, $"checksum of {persistenceId} {row.GetInt64(0)}");
    }

    public static LeaseRow Row(SqliteDataReader row, int first) => new(
        (ulong)row.GetInt64(first), row.GetInt64(first + 1), row.GetInt64(first + 2), TimeSpan.FromMilliseconds(row.GetInt64(first + 3)));
}
