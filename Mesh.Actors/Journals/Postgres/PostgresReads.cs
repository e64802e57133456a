using System.Collections.Immutable;
using Mesh.Actors.Journals.Machine;
using Npgsql;

namespace Mesh.Actors.Journals.Postgres;

/// <summary>The questions as statements.</summary>
internal sealed class PostgresReads(string schema)
{
    /// <summary>
    /// Cut by bytes at the server: what is not asked for need not cross the network. Lengths are known without reading the payloads.
    /// </summary>
    private readonly string _events =
        $"""
         select sequence_nr, manifest, writer, created, payload from (
           select *, sum(octet_length(payload)) over so_far as bytes, row_number() over so_far as number from (
             select * from {schema}.journal where persistence_id = $1 and sequence_nr >= $2 order by sequence_nr limit $3) as page
           window so_far as (order by sequence_nr)) as counted
         where number = 1 or bytes <= $4 order by sequence_nr
         """;

    private readonly string _highest = $"select highest from {schema}.journal_head where persistence_id = $1";

    private readonly string _newest =
        $"""
         select sequence_nr, manifest, created, payload from {schema}.snapshot
         where persistence_id = $1 and sequence_nr <= $2 order by sequence_nr desc limit 1
         """;

    private readonly string _remembered = $"select entity from {schema}.remembered where type = $1 and shard = $2";

    private readonly string _facts =
        $"""
         select (select count(*) from {schema}.journal_head where highest > 0), (select count(*) from {schema}.journal),
           (select count(*) from {schema}.snapshot), (select count(*) from {schema}.fence), (select count(*) from {schema}.lease),
           pg_total_relation_size('{schema}.journal') + pg_total_relation_size('{schema}.snapshot')
         """;

    public async Task<ImmutableArray<JournalEvent>> Events(NpgsqlConnection connection, string actor, long from, int max, CancellationToken cancel) =>
    [
        .. await PostgresSession.Query(
            connection,
            _events,
            row => new JournalEvent(
                row.GetInt64(0), row.GetString(1), (byte[])row[4], (ulong)row.GetInt64(2), new DateTimeOffset(row.GetDateTime(3))),
            cancel,
            actor,
            from,
            (long)Math.Max(0, max),
            (long)JournalLimits.PageBytes).ConfigureAwait(false),
    ];

    public async Task<long> Highest(NpgsqlConnection connection, string actor, CancellationToken cancel) =>
        (await PostgresSession.Query(connection, _highest, row => row.GetInt64(0), cancel, actor).ConfigureAwait(false)).FirstOrDefault();

    public async Task<Snapshot?> Newest(NpgsqlConnection connection, string actor, long to, CancellationToken cancel) =>
        (await PostgresSession.Query(
            connection,
            _newest,
            row => new Snapshot(actor, row.GetInt64(0), row.GetString(1), (byte[])row[3], new DateTimeOffset(row.GetDateTime(2))),
            cancel,
            actor,
            to).ConfigureAwait(false)).FirstOrDefault();

    public async Task<ImmutableArray<string>> Remembered(NpgsqlConnection connection, ShardKey shard, CancellationToken cancel) =>
    [
        .. (await PostgresSession.Query(connection, _remembered, row => row.GetString(0), cancel, shard.Type, shard.Shard).ConfigureAwait(false))
            .Order(StringComparer.Ordinal),
    ];

    public async Task<MachineFacts> Facts(NpgsqlConnection connection, CancellationToken cancel) => (await PostgresSession.Query(
        connection,
        _facts,
        row => new MachineFacts(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5)),
        cancel).ConfigureAwait(false)).Single();
}
