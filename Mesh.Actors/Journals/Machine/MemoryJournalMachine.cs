using System.Collections.Immutable;
using Mesh.Actors.Journals.Protocol;

namespace Mesh.Actors.Journals.Machine;

/// <summary>The machine in memory: for tests and simulations, and the plainest statement of what a journal means.</summary>
/// <remarks>Any thread, one after the other. What is applied is seen at once; <see cref="Commit"/> has nothing to do.</remarks>
internal sealed class MemoryJournalMachine : IJournalMachine
{
    private readonly Lock _gate = new();
    private JournalRows _rows = new();

    public AppliedMark Applied
    {
        get
        {
            lock (_gate) return _rows.Applied;
        }
    }

    public JournalReply Apply(JournalCommand command, AppliedMark? mark = null)
    {
        lock (_gate)
        {
            if (mark is { } place) _rows.CheckIsNext(place);
            JournalReply reply = Reply(command);
            if (mark is { } applied) _rows.Advance(applied);
            return reply;
        }
    }

    public void Advance(AppliedMark mark)
    {
        lock (_gate) _rows.Advance(mark);
    }

    public void Commit() { }

    public void Rollback() { }

    public IJournalReads OpenReads() => this;

    public ImmutableArray<JournalEvent> Read(string persistenceId, long fromSequenceNr, int max)
    {
        lock (_gate)
        {
            if (!_rows.Actors.TryGetValue(persistenceId, out MemoryActor? actor)) return [];
            int start = (int)Math.Max(0, Math.Min(fromSequenceNr - actor.DeletedTo - 1, actor.Events.Count));
            ImmutableArray<JournalEvent>.Builder page = ImmutableArray.CreateBuilder<JournalEvent>();
            long bytes = 0;
            foreach ((JournalEvent each, _) in actor.Events.Skip(start).Take(max))
            {
                bytes += each.Payload.Length;
                if (page.Count > 0 && bytes > JournalLimits.PageBytes) break;
                page.Add(each);
            }

            return page.DrainToImmutable();
        }
    }

    public long HighestSequenceNr(string persistenceId)
    {
        lock (_gate) return _rows.Actors.GetValueOrDefault(persistenceId)?.Highest ?? 0;
    }

    public Snapshot? LoadSnapshot(string persistenceId, long toSequenceNr)
    {
        lock (_gate) return _rows.Actors.GetValueOrDefault(persistenceId)?.Snapshots.Values.LastOrDefault(kept => kept.SequenceNr <= toSequenceNr);
    }

    public ImmutableArray<string> Remembered(ShardKey shard)
    {
        lock (_gate) return _rows.Remembered.TryGetValue(shard, out SortedSet<string>? entities) ? [.. entities] : [];
    }

    public LeaseRow? Lease(string name)
    {
        lock (_gate) return _rows.Leases.TryGetValue(name, out LeaseRow row) ? row : null;
    }

    public ImmutableArray<KeyValuePair<string, LeaseRow>> Leases()
    {
        lock (_gate) return [.. _rows.Leases];
    }

    public MachineFacts Facts()
    {
        lock (_gate) return _rows.Facts();
    }

    public IJournalExport Export(int chunkBytes)
    {
        lock (_gate) return new RowExport(_rows.Applied, [.. _rows.ToRows()], chunkBytes);
    }

    public IJournalImport Import() => new MemoryImport(rows =>
    {
        lock (_gate) _rows = rows;
    });

    public void Dispose() { }

    private JournalReply Reply(JournalCommand command) => command.CommandCase switch
    {
        JournalCommand.CommandOneofCase.Append => Append(command.Append, command.WrittenAt),
        JournalCommand.CommandOneofCase.DeleteEvents => Delete(command.DeleteEvents),
        JournalCommand.CommandOneofCase.SaveSnapshot => Save(command.SaveSnapshot, command.WrittenAt),
        JournalCommand.CommandOneofCase.Claim => Claim(command.Claim),
        JournalCommand.CommandOneofCase.Remember => Remember(command.Remember),
        JournalCommand.CommandOneofCase.AcquireLease => Acquire(command.AcquireLease),
        JournalCommand.CommandOneofCase.ReleaseLease => Release(command.ReleaseLease),
        _ => throw JournalMessages.Unknown(),
    };

    private JournalReply Append(AppendBatch batch, long writtenAt)
    {
        AppendReply reply = new();
        foreach (WriteData write in batch.Writes) reply.Outcomes.Add(JournalMessages.ToData(Append(write, writtenAt)));
        return new JournalReply { Append = reply };
    }

    private AppendOutcome Append(WriteData write, long writtenAt)
    {
        if (Fenced(write.Fence) is { } fenced) return fenced;
        long highest = _rows.Actors.GetValueOrDefault(write.PersistenceId)?.Highest ?? 0;
        AppendOutcome outcome = JournalRules.DecideAppend(write.Events[0].SequenceNr, highest);
        if (outcome.Status != AppendStatus.Written) return outcome;
        MemoryActor actor = _rows.Actor(write.PersistenceId);
        actor.Events.AddRange(write.Events.Select(each => (JournalMessages.From(each, writtenAt), write.Fence?.Epoch ?? 0)));
        actor.Highest = write.Events[^1].SequenceNr;
        return outcome;
    }

    private JournalReply Delete(DeleteEvents delete)
    {
        if (Fenced(delete.Fence) is { } fenced) return JournalMessages.Reply(fenced);
        _rows.Actors.GetValueOrDefault(delete.PersistenceId)?.Delete(delete.ToSequenceNr);
        return JournalMessages.Reply(new AppendOutcome(AppendStatus.Written));
    }

    private JournalReply Save(SaveSnapshot save, long writtenAt)
    {
        if (Fenced(save.Fence) is { } fenced) return JournalMessages.Reply(fenced);
        SnapshotData snapshot = save.Snapshot;
        long highest = _rows.Actors.GetValueOrDefault(snapshot.PersistenceId)?.Highest ?? 0;
        if (snapshot.SequenceNr > highest) return JournalMessages.Reply(new AppendOutcome(AppendStatus.Conflict, highest));
        _rows.Actor(snapshot.PersistenceId).Keep(JournalMessages.From(snapshot, writtenAt));
        return JournalMessages.Reply(new AppendOutcome(AppendStatus.Written));
    }

    private JournalReply Claim(ClaimShard claim)
    {
        Fence asked = JournalMessages.From(claim.Fence)!.Value;
        (long epoch, ulong owner) = _rows.Fences.GetValueOrDefault(asked.Shard);
        ClaimOutcome outcome = JournalRules.DecideClaim(asked.Epoch, claim.Owner, epoch, owner);
        if (outcome.Granted) _rows.Fences[asked.Shard] = (outcome.Epoch, outcome.Owner);
        return new JournalReply { Claim = new ClaimReply { Granted = outcome.Granted, Epoch = outcome.Epoch, Owner = outcome.Owner } };
    }

    private JournalReply Remember(RememberEntities remember)
    {
        if (Fenced(remember.Fence) is { } fenced) return JournalMessages.Reply(fenced);
        SortedSet<string> entities = _rows.Entities(JournalMessages.From(remember.Fence)!.Value.Shard);
        entities.UnionWith(remember.Started);
        entities.ExceptWith(remember.Stopped);
        return JournalMessages.Reply(new AppendOutcome(AppendStatus.Written));
    }

    private JournalReply Acquire(AcquireLease ask)
    {
        LeaseRow? current = _rows.Leases.TryGetValue(ask.Name, out LeaseRow row) ? row : null;
        (bool held, LeaseRow next) = LeaseRow.Decide(current, ask);
        if (held) _rows.Leases[ask.Name] = next;
        return new JournalReply { Lease = new LeaseReply { Held = held, Row = next.ToData() } };
    }

    private JournalReply Release(ReleaseLease release)
    {
        if (!_rows.Leases.TryGetValue(release.Name, out LeaseRow row)) return new JournalReply { Lease = new LeaseReply { Row = new LeaseData() } };
        _rows.Leases[release.Name] = row.Release(release.Holder);
        return new JournalReply { Lease = new LeaseReply { Row = _rows.Leases[release.Name].ToData() } };
    }

    private AppendOutcome? Fenced(FenceData? data) =>
        JournalMessages.From(data) is { } fence ? JournalRules.DecideFence(fence, _rows.Fences.GetValueOrDefault(fence.Shard).Epoch) : null;
}
