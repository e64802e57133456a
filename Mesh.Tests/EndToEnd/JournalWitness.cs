using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using Mesh.Actors.Sharding;
using Mesh.ClusterBench;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Mesh.Tests.EndToEnd;

/// <summary>Reads a journal past the program that writes it: its tables, in one consistent look.</summary>
internal sealed class JournalWitness(Func<DbConnection> open, string schema, string eventsSql)
{
    private const int Shards = 12;

    /// <summary>Of a file; also one that a node is using.</summary>
    public static JournalWitness OfSqlite(string file) => new(
        () => new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False"), "",
        "select persistence_id, sequence_nr, epoch from journal join journal_head on head = journal_head.id order by ordering");

    public static JournalWitness OfPostgres(string connection, string schema) => new(
        () => new NpgsqlConnection(connection + ";Pooling=false"), schema + ".",
        $"select persistence_id, sequence_nr, epoch from {schema}.journal order by ordering");

    /// <summary>Events of an entity's shard in the order in which they were stored, and the epoch that was claimed last.</summary>
    public async Task<(long Claimed, ImmutableArray<StoredEvent> Events)> LookAsync(string entity)
    {
        int shard = ShardHash.ShardOf(entity, Shards);
        await using DbConnection connection = open();
        await connection.OpenAsync();
        await using DbTransaction look = await connection.BeginTransactionAsync(System.Data.IsolationLevel.Serializable);
        long claimed = 0;
        await using (DbCommand command = Command(
            connection, look, $"select epoch from {schema}fence where type = '{CounterEntity.TypeName}' and shard = '{shard}'"))
        {
            claimed = Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
        }

        ImmutableArray<StoredEvent>.Builder events = ImmutableArray.CreateBuilder<StoredEvent>();
        await using (DbCommand command = Command(connection, look, eventsSql))
        {
            await using DbDataReader rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
            {
                StoredEvent found = new(rows.GetString(0)[(CounterEntity.TypeName.Length + 1)..], rows.GetInt64(1), rows.GetInt64(2));
                if (ShardHash.ShardOf(found.Entity, Shards) == shard) events.Add(found);
            }
        }

        return (claimed, events.ToImmutable());
    }

    private static DbCommand Command(DbConnection connection, DbTransaction transaction, string sql)
    {
        DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Only constants and numbers.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Transaction = transaction;
        return command;
    }
}

internal readonly record struct StoredEvent(string Entity, long SequenceNr, long Epoch);
