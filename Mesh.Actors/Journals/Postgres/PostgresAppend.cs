using System.Collections.Immutable;
using Mesh.Actors.Journals.Machine;
using Npgsql;

namespace Mesh.Actors.Journals.Postgres;

/// <summary>
/// Writes of many actors in one transaction: share locks on the fences, then locks on the heads, both in order of names so that two nodes
/// never wait for each other in a circle; then decide; then insert what may stand.
/// </summary>
/// <remarks>
/// The share lock is what makes a claim wait: whoever raises a shard's epoch is granted it after every transaction that still relies on the old
/// one, and a
/// transaction that comes later reads the new one. So a new owner's recovery misses nothing and nothing follows it.
/// </remarks>
internal sealed class PostgresAppend(string schema)
{
    private readonly string _fences =
        $"""
         select f.type, f.shard, f.epoch from {schema}.fence f join unnest($1::text[], $2::text[]) as asked(type, shard)
         on f.type = asked.type and f.shard = asked.shard order by f.type, f.shard for share of f
         """;

    private readonly string _newHeads =
        $"insert into {schema}.journal_head(persistence_id, highest) select id, 0 from unnest($1::text[]) as asked(id) on conflict do nothing";

    private readonly string _heads =
        $"select persistence_id, highest from {schema}.journal_head where persistence_id = any($1::text[]) order by persistence_id for update";

    private readonly string _insert =
        $"""
         insert into {schema}.journal(persistence_id, sequence_nr, epoch, writer, manifest, payload)
         select * from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[])
         """;

    private readonly string _raise =
        $"""
         update {schema}.journal_head h set highest = raised.highest from unnest($1::text[], $2::bigint[]) as raised(id, highest)
         where h.persistence_id = raised.id
         """;

    /// <summary>Within the transaction that is open.</summary>
    public async Task<ImmutableArray<AppendOutcome>> Run(NpgsqlConnection connection, IReadOnlyList<AtomicWrite> writes)
    {
        Dictionary<ShardKey, long> epochs = await LockFences(connection, writes.Select(write => write.Fence)).ConfigureAwait(false);
        AppendOutcome?[] fenced =
            [.. writes.Select(write => JournalRules.DecideFence(write.Fence, write.Fence is { } fence ? epochs.GetValueOrDefault(fence.Shard) : 0))];
        string[] actors =
        [
            .. writes.Where((_, i) => fenced[i] is null).Select(write => write.PersistenceId)
                .Distinct(StringComparer.Ordinal).Order(Utf8Order.Comparer),
        ];
        if (actors.Length == 0) return [.. fenced.Select(each => each!.Value)];

        Dictionary<string, long> heads = await LockHeads(connection, actors).ConfigureAwait(false);
        HashSet<string> raised = new(StringComparer.Ordinal);
        List<(AtomicWrite Write, JournalEvent Event)> rows = [];
        ImmutableArray<AppendOutcome>.Builder outcomes = ImmutableArray.CreateBuilder<AppendOutcome>(writes.Count);
        for (int i = 0; i < writes.Count; i++)
        {
            AtomicWrite write = writes[i];
            AppendOutcome outcome = fenced[i] ?? JournalRules.DecideAppend(write.Events[0].SequenceNr, heads[write.PersistenceId]);
            outcomes.Add(outcome);
            if (outcome.Status != AppendStatus.Written) continue;
            heads[write.PersistenceId] = write.Events[^1].SequenceNr;
            raised.Add(write.PersistenceId);
            rows.AddRange(write.Events.Select(each => (write, each)));
        }

        if (rows.Count > 0) await Insert(connection, rows, [.. raised], [.. raised.Select(each => heads[each])]).ConfigureAwait(false);
        return outcomes.MoveToImmutable();
    }

    /// <summary>The newest epoch of each shard that is named, held until the transaction ends; shards never claimed are missing.</summary>
    public async Task<Dictionary<ShardKey, long>> LockFences(NpgsqlConnection connection, IEnumerable<Fence?> fences)
    {
        ShardKey[] shards = [.. fences.Where(fence => fence is not null).Select(fence => fence!.Value.Shard).Distinct()];
        if (shards.Length == 0) return [];
        return (await PostgresSession.Query(
            connection,
            _fences,
            row => (Shard: new ShardKey(row.GetString(0), row.GetString(1)), Epoch: row.GetInt64(2)),
            CancellationToken.None,
            shards.Select(each => each.Type).ToArray(),
            shards.Select(each => each.Shard).ToArray()).ConfigureAwait(false)).ToDictionary(row => row.Shard, row => row.Epoch);
    }

    private async Task<Dictionary<string, long>> LockHeads(NpgsqlConnection connection, string[] actors)
    {
        Dictionary<string, long> heads = await Heads(connection, actors).ConfigureAwait(false);
        if (heads.Count == actors.Length) return heads;
        await PostgresSession.Execute(connection, _newHeads, (object)actors.Where(each => !heads.ContainsKey(each)).ToArray()).ConfigureAwait(false);
        return await Heads(connection, actors).ConfigureAwait(false);
    }

    private async Task<Dictionary<string, long>> Heads(NpgsqlConnection connection, string[] actors) =>
        (await PostgresSession.Query(
            connection, _heads, row => (Id: row.GetString(0), Highest: row.GetInt64(1)), CancellationToken.None, (object)actors)
            .ConfigureAwait(false))
        .ToDictionary(row => row.Id, row => row.Highest, StringComparer.Ordinal);

    private async Task Insert(NpgsqlConnection connection, List<(AtomicWrite Write, JournalEvent Event)> rows, string[] raised, long[] highest)
    {
        await PostgresSession.Execute(
            connection,
            _insert,
            rows.Select(row => row.Write.PersistenceId).ToArray(),
            rows.Select(row => row.Event.SequenceNr).ToArray(),
            rows.Select(row => row.Write.Fence?.Epoch ?? 0).ToArray(),
            rows.Select(row => (long)row.Event.Writer).ToArray(),
            rows.Select(row => row.Event.Manifest).ToArray(),
            rows.Select(row => row.Event.Payload.ToArray()).ToArray()).ConfigureAwait(false);
        await PostgresSession.Execute(connection, _raise, raised, highest).ConfigureAwait(false);
    }
}
