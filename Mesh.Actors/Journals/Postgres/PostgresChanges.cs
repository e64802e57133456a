using System.Collections.Immutable;
using Mesh.Actors.Journals.Machine;
using Npgsql;

namespace Mesh.Actors.Journals.Postgres;

/// <summary>
/// All changes but appends as statements, each within the transaction that is open. Fences are locked before heads, as for appends.
/// </summary>
internal sealed class PostgresChanges(string schema, PostgresAppend append)
{
    private readonly string _lockHead = $"select highest from {schema}.journal_head where persistence_id = $1 for update";

    private readonly string _deletedTo = $"update {schema}.journal_head set deleted_to = greatest(deleted_to, $2) where persistence_id = $1";

    private readonly string _delete = $"delete from {schema}.journal where persistence_id = $1 and sequence_nr <= $2";

    private readonly string _save =
        $"""
         insert into {schema}.snapshot(persistence_id, sequence_nr, manifest, payload) values ($1, $2, $3, $4)
         on conflict (persistence_id, sequence_nr) do update set manifest = excluded.manifest, payload = excluded.payload, created = clock_timestamp()
         """;

    private readonly string _keepNewest =
        $"""
         delete from {schema}.snapshot where persistence_id = $1 and sequence_nr not in (
           select sequence_nr from {schema}.snapshot where persistence_id = $1 order by sequence_nr desc limit $2)
         """;

    private readonly string _claim =
        $"""
         insert into {schema}.fence as f values ($1, $2, $3, $4)
         on conflict (type, shard) do update set epoch = excluded.epoch, owner = excluded.owner where f.epoch < excluded.epoch
         """;

    private readonly string _claimed = $"select epoch, owner from {schema}.fence where type = $1 and shard = $2";

    private readonly string _remember =
        $"insert into {schema}.remembered select $1, $2, entity from unnest($3::text[]) as asked(entity) on conflict do nothing";

    private readonly string _forget = $"delete from {schema}.remembered where type = $1 and shard = $2 and entity = any($3::text[])";

    private readonly string _acquire =
        $"""
         insert into {schema}.lease as l values ($1, $2, 1, clock_timestamp() + $3)
         on conflict (name) do update set holder = $2, expires = clock_timestamp() + $3,
           term = case when l.holder = $2 then l.term else l.term + 1 end
         where l.holder = $2 or l.holder = 0 or l.expires <= clock_timestamp()
         """;

    private readonly string _held = $"select holder, term from {schema}.lease where name = $1";

    private readonly string _release = $"update {schema}.lease set holder = 0, expires = clock_timestamp() where name = $1 and holder = $2";

    public async Task<AppendOutcome> Delete(NpgsqlConnection connection, string actor, long to, Fence? fence)
    {
        if (await Fenced(connection, fence).ConfigureAwait(false) is { } fenced) return fenced;
        long limit = Math.Min(to, await LockHead(connection, actor).ConfigureAwait(false));
        await PostgresSession.Execute(connection, _delete, actor, limit).ConfigureAwait(false);
        await PostgresSession.Execute(connection, _deletedTo, actor, limit).ConfigureAwait(false);
        return new AppendOutcome(AppendStatus.Written);
    }

    public async Task<AppendOutcome> Save(NpgsqlConnection connection, Snapshot snapshot, Fence? fence)
    {
        if (await Fenced(connection, fence).ConfigureAwait(false) is { } fenced) return fenced;
        long highest = await LockHead(connection, snapshot.PersistenceId).ConfigureAwait(false);
        if (snapshot.SequenceNr > highest) return new AppendOutcome(AppendStatus.Conflict, highest);
        await PostgresSession.Execute(connection, _save, snapshot.PersistenceId, snapshot.SequenceNr, snapshot.Manifest, snapshot.Payload.ToArray())
            .ConfigureAwait(false);
        await PostgresSession.Execute(connection, _keepNewest, snapshot.PersistenceId, (long)JournalLimits.SnapshotsKept).ConfigureAwait(false);
        return new AppendOutcome(AppendStatus.Written);
    }

    /// <summary>The row's lock waits for every transaction that relies on the former epoch.</summary>
    public async Task<ClaimOutcome> Claim(NpgsqlConnection connection, Fence fence, ulong owner)
    {
        await PostgresSession.Execute(connection, _claim, fence.Shard.Type, fence.Shard.Shard, fence.Epoch, (long)owner).ConfigureAwait(false);
        (long epoch, ulong newest) = (await PostgresSession.Query(
            connection, _claimed, row => (row.GetInt64(0), (ulong)row.GetInt64(1)), CancellationToken.None, fence.Shard.Type, fence.Shard.Shard)
            .ConfigureAwait(false)).Single();
        return new ClaimOutcome(epoch == fence.Epoch && newest == owner, epoch, newest);
    }

    public async Task<AppendOutcome> Remember(
        NpgsqlConnection connection, Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped)
    {
        if (await Fenced(connection, fence).ConfigureAwait(false) is { } fenced) return fenced;
        (string type, string shard) = (fence.Shard.Type, fence.Shard.Shard);
        if (!started.IsEmpty) await PostgresSession.Execute(connection, _remember, type, shard, started.ToArray()).ConfigureAwait(false);
        if (!stopped.IsEmpty) await PostgresSession.Execute(connection, _forget, type, shard, stopped.ToArray()).ConfigureAwait(false);
        return new AppendOutcome(AppendStatus.Written);
    }

    public async Task<LeaseOutcome> Acquire(NpgsqlConnection connection, string name, ulong holder, TimeSpan duration)
    {
        int granted = await PostgresSession.Execute(connection, _acquire, name, (long)holder, duration).ConfigureAwait(false);
        (ulong found, long term) = (await PostgresSession.Query(
            connection, _held, row => ((ulong)row.GetInt64(0), row.GetInt64(1)), CancellationToken.None, name).ConfigureAwait(false)).Single();
        return new LeaseOutcome(granted > 0, term, found);
    }

    public Task<int> Release(NpgsqlConnection connection, string name, ulong holder) =>
        PostgresSession.Execute(connection, _release, name, (long)holder);

    private async Task<long> LockHead(NpgsqlConnection connection, string actor) =>
        (await PostgresSession.Query(connection, _lockHead, row => row.GetInt64(0), CancellationToken.None, actor).ConfigureAwait(false))
        .FirstOrDefault();

    private async Task<AppendOutcome?> Fenced(NpgsqlConnection connection, Fence? fence)
    {
        if (fence is not { } asked) return null;
        Dictionary<ShardKey, long> epochs = await append.LockFences(connection, [asked]).ConfigureAwait(false);
        return JournalRules.DecideFence(asked, epochs.GetValueOrDefault(asked.Shard));
    }
}
