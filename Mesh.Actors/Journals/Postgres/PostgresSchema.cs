using System.Collections.Immutable;
using System.Globalization;
using Mesh.Actors.Storage;
using Npgsql;

namespace Mesh.Actors.Journals.Postgres;

/// <summary>
/// The tables in a PostgreSQL schema and how they came to be. Each step only adds (expand), so that nodes of two versions work side by side.
/// </summary>
internal static class PostgresSchema
{
    /// <summary>Any number that is ours: nodes that start together migrate one after the other. The lock ends with the transaction.</summary>
    private const long MigrationLock = 0x6d657368_6a6f7572;

    private static readonly ImmutableArray<Step> s_steps =
    [
        new(1, 1, """
            create table {0}.journal(persistence_id text collate "C" not null, sequence_nr bigint not null check (sequence_nr > 0),
              epoch bigint not null, writer bigint not null, manifest text not null, payload bytea not null,
              created timestamptz not null default clock_timestamp(), tx xid8 not null default pg_current_xact_id(),
              ordering bigint generated always as identity, primary key(persistence_id, sequence_nr));
            create index journal_ordering on {0}.journal(tx, ordering);
            create table {0}.journal_head(persistence_id text collate "C" primary key, highest bigint not null, deleted_to bigint not null default 0);
            create table {0}.snapshot(persistence_id text collate "C" not null, sequence_nr bigint not null, manifest text not null,
              payload bytea not null, created timestamptz not null default clock_timestamp(), primary key(persistence_id, sequence_nr));
            create table {0}.fence(type text collate "C" not null, shard text collate "C" not null, epoch bigint not null, owner bigint not null,
              primary key(type, shard));
            create table {0}.lease(name text collate "C" primary key, holder bigint not null, term bigint not null, expires timestamptz not null);
            create table {0}.remembered(type text collate "C" not null, shard text collate "C" not null, entity text collate "C" not null,
              primary key(type, shard, entity));
            """),
    ];

    /// <summary>The version that this program makes.</summary>
    public static int Version => s_steps[^1].Version;

    /// <summary>Brings the schema to this program's version; a newer one is left alone if it lets us.</summary>
    /// <exception cref="StorageException"><see cref="StorageFault.TooNew"/>.</exception>
    public static async Task Migrate(NpgsqlConnection connection, string schema, string where)
    {
        if (await IsCurrent(connection, schema, where).ConfigureAwait(false)) return;
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
        await Execute(connection, string.Create(CultureInfo.InvariantCulture, $"select pg_advisory_xact_lock({MigrationLock})"))
            .ConfigureAwait(false);

        // Not "create schema if not exists": that asks for a right on the database also when there is nothing to make.
        if (await Scalar(connection, "select count(*) from pg_namespace where nspname = $1", schema).ConfigureAwait(false) == 0)
            await Execute(connection, $"create schema {schema}").ConfigureAwait(false);
        await Execute(connection, $"create table if not exists {schema}.schema_version(version int primary key, readable_from int not null)")
            .ConfigureAwait(false);
        long version = await Scalar(connection, $"select coalesce(max(version), 0) from {schema}.schema_version").ConfigureAwait(false);
        foreach (Step step in s_steps.Where(step => step.Version > version))
        {
            await Execute(connection, string.Format(CultureInfo.InvariantCulture, step.Sql, schema)).ConfigureAwait(false);
            await Execute(connection, string.Create(
                CultureInfo.InvariantCulture, $"insert into {schema}.schema_version values ({step.Version}, {step.ReadableFrom})"))
                .ConfigureAwait(false);
        }

        await transaction.CommitAsync().ConfigureAwait(false);
    }

    private static async Task<bool> IsCurrent(NpgsqlConnection connection, string schema, string where)
    {
        if (await Scalar(connection, "select count(*) from pg_tables where schemaname = $1 and tablename = 'schema_version'", schema)
            .ConfigureAwait(false) == 0) return false;
        long version = await Scalar(connection, $"select coalesce(max(version), 0) from {schema}.schema_version").ConfigureAwait(false);
        long readableFrom = await Scalar(connection, $"select coalesce(max(readable_from), 0) from {schema}.schema_version").ConfigureAwait(false);
        if (readableFrom > Version)
            throw new StorageException(StorageFault.TooNew, string.Create(CultureInfo.InvariantCulture,
                $"The journal at {where} has schema version {version}, this program knows {Version}: run the newer version of Mesh that made it."));
        return version >= Version;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // The schema's name is checked to be a plain word, and cannot be a parameter.
        await using NpgsqlCommand command = new(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    private static async Task<long> Scalar(NpgsqlConnection connection, string sql, string? value = null)
    {
#pragma warning disable CA2100 // As above.
        await using NpgsqlCommand command = new(sql, connection);
#pragma warning restore CA2100
        if (value is not null) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return Convert.ToInt64(await command.ExecuteScalarAsync().ConfigureAwait(false), CultureInfo.InvariantCulture);
    }

    /// <inheritdoc cref="Sqlite.SqliteSchema"/>
    private sealed record Step(int Version, int ReadableFrom, string Sql);
}
