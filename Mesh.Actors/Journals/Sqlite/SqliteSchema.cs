using System.Collections.Immutable;
using System.Globalization;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>The tables of a journal file and how they came to be. Each step only adds (expand); what is dropped is dropped releases later.</summary>
internal static class SqliteSchema
{
    private static readonly ImmutableArray<Step> s_steps =
    [
        new(1, 1, """
            create table journal_head(id integer primary key, persistence_id text not null unique, highest integer not null,
              deleted_to integer not null);
            create table journal(ordering integer primary key autoincrement, head integer not null, sequence_nr integer not null,
              epoch integer not null, manifest text not null, writer integer not null, written_at integer not null, checksum integer not null,
              payload blob not null, unique(head, sequence_nr));
            create table snapshot(head integer not null, sequence_nr integer not null, manifest text not null, written_at integer not null,
              checksum integer not null, payload blob not null, unique(head, sequence_nr));
            create table fence(type text not null, shard text not null, epoch integer not null, owner integer not null, primary key(type, shard))
              without rowid;
            create table lease(name text primary key, holder integer not null, term integer not null, renewals integer not null,
              duration_ms integer not null) without rowid;
            create table remembered(type text not null, shard text not null, entity text not null, primary key(type, shard, entity)) without rowid;
            create table applied(only integer primary key check (only = 1), log_index integer not null, log_term integer not null);
            insert into applied values (1, 0, 0);
            """),
    ];

    /// <summary>The version that this program makes.</summary>
    public static int Version => s_steps[^1].Version;

    /// <summary>Brings a file to this program's version, in one transaction; a file of a newer one is left alone if that one lets us.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.TooNew"/>, or what SQLite says: <see cref="StorageFault.Corrupt"/>, <see cref="StorageFault.Full"/>..
    /// </exception>
    public static void Migrate(SqliteStatements statements)
    {
        statements.Execute("begin immediate");
        try
        {
            statements.Execute("create table if not exists schema_version(version integer primary key, readable_from integer not null)");
            (long version, long readableFrom) = statements.First(
                "select version, readable_from from schema_version order by version desc limit 1", row => (row.GetInt64(0), row.GetInt64(1)));
            if (readableFrom > Version)
                throw new StorageException(StorageFault.TooNew, string.Create(
                    CultureInfo.InvariantCulture,
                    $"The journal {statements.Path} has schema version {version}, this program knows {Version}: run the newer Mesh that made it."));
            foreach (Step step in s_steps.Where(step => step.Version > version))
            {
                statements.Execute(step.Sql);
                statements.Execute("insert into schema_version values ($1, $2)", (long)step.Version, (long)step.ReadableFrom);
            }

            statements.Execute("commit");
        }
        catch (StorageException)
        {
            if (statements.IsOpen) statements.Execute("rollback");
            throw;
        }
    }

    /// <param name="Version">1, 2..</param>
    /// <param name="ReadableFrom">The oldest program, by its schema version, that may still use a file with this step.</param>
    /// <param name="Sql">Only adds.</param>
    private sealed record Step(int Version, int ReadableFrom, string Sql);
}
