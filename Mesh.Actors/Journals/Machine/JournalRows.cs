using Mesh.Actors.Journals.Protocol;

namespace Mesh.Actors.Journals.Machine;

/// <summary>A whole journal in memory, and as rows. Not for two threads.</summary>
internal sealed class JournalRows
{
    private static readonly Comparer<ShardKey> s_shardOrder = Comparer<ShardKey>.Create(static (one, other) =>
        string.CompareOrdinal(one.Type, other.Type) is var order and not 0 ? order : string.CompareOrdinal(one.Shard, other.Shard));

    public AppliedMark Applied { get; private set; }

    public SortedDictionary<string, MemoryActor> Actors { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<ShardKey, (long Epoch, ulong Owner)> Fences { get; } = new(s_shardOrder);

    public SortedDictionary<ShardKey, SortedSet<string>> Remembered { get; } = new(s_shardOrder);

    public SortedDictionary<string, LeaseRow> Leases { get; } = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentOutOfRangeException">Not beyond what was applied: the caller would apply a command twice.</exception>
    public void CheckIsNext(AppliedMark mark) => ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(mark.Index, Applied.Index, nameof(mark));

    /// <inheritdoc cref="CheckIsNext"/>
    public void Advance(AppliedMark mark)
    {
        CheckIsNext(mark);
        Applied = mark;
    }

    public MemoryActor Actor(string persistenceId)
    {
        if (!Actors.TryGetValue(persistenceId, out MemoryActor? actor)) Actors[persistenceId] = actor = new MemoryActor();
        return actor;
    }

    public SortedSet<string> Entities(ShardKey shard)
    {
        if (!Remembered.TryGetValue(shard, out SortedSet<string>? entities))
            Remembered[shard] = entities = new SortedSet<string>(StringComparer.Ordinal);
        return entities;
    }

    public MachineFacts Facts() => new(
        Actors.Count,
        Actors.Values.Sum(actor => (long)actor.Events.Count),
        Actors.Values.Sum(actor => (long)actor.Snapshots.Count),
        Fences.Count,
        Leases.Count,
        Actors.Values.Sum(actor =>
            actor.Events.Sum(each => (long)each.Event.Payload.Length) + actor.Snapshots.Values.Sum(each => (long)each.Payload.Length)));

    /// <summary>Heads before what hangs on them; without the end.</summary>
    public IEnumerable<JournalRow> ToRows()
    {
        foreach ((string id, MemoryActor actor) in Actors)
        {
            yield return new JournalRow { Head = new HeadRow { PersistenceId = id, Highest = actor.Highest, DeletedTo = actor.DeletedTo } };
            foreach ((JournalEvent each, long epoch) in actor.Events)
                yield return new JournalRow { Event = new EventRow { PersistenceId = id, Event = JournalMessages.ToData(each), Epoch = epoch } };
            foreach (Snapshot each in actor.Snapshots.Values) yield return new JournalRow { Snapshot = JournalMessages.ToData(each) };
        }

        foreach ((ShardKey shard, (long epoch, ulong owner)) in Fences)
            yield return new JournalRow { Fence = new FenceRow { Fence = JournalMessages.ToData(new Fence(shard, epoch)), Owner = owner } };
        foreach ((ShardKey shard, SortedSet<string> entities) in Remembered)
        {
            foreach (string entity in entities)
                yield return new JournalRow { Remembered = new RememberedRow { Type = shard.Type, Shard = shard.Shard, Entity = entity } };
        }

        foreach ((string name, LeaseRow row) in Leases)
            yield return new JournalRow { Lease = new LeaseRowData { Name = name, Lease = row.ToData() } };
    }

    /// <summary>Takes one row of another's.</summary>
    public void Add(JournalRow row)
    {
        switch (row.RowCase)
        {
            case JournalRow.RowOneofCase.Head:
                MemoryActor actor = Actor(row.Head.PersistenceId);
                (actor.Highest, actor.DeletedTo) = (row.Head.Highest, row.Head.DeletedTo);
                break;
            case JournalRow.RowOneofCase.Event:
                Actor(row.Event.PersistenceId).Events.Add((JournalMessages.From(row.Event.Event, row.Event.Event.WrittenAt), row.Event.Epoch));
                break;
            case JournalRow.RowOneofCase.Snapshot:
                Actor(row.Snapshot.PersistenceId).Keep(JournalMessages.From(row.Snapshot, row.Snapshot.WrittenAt));
                break;
            case JournalRow.RowOneofCase.Fence:
                Fences[new ShardKey(row.Fence.Fence.Type, row.Fence.Fence.Shard)] = (row.Fence.Fence.Epoch, row.Fence.Owner);
                break;
            case JournalRow.RowOneofCase.Remembered:
                Entities(new ShardKey(row.Remembered.Type, row.Remembered.Shard)).Add(row.Remembered.Entity);
                break;
            case JournalRow.RowOneofCase.Lease:
                Leases[row.Lease.Name] = LeaseRow.From(row.Lease.Lease);
                break;
            case JournalRow.RowOneofCase.End:
                Applied = new AppliedMark(row.End.AppliedIndex, row.End.AppliedTerm);
                break;
            default:
                throw JournalMessages.Unknown();
        }
    }
}
