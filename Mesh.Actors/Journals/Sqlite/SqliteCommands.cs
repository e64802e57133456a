using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>The commands as statements. What may stand is decided by <see cref="JournalRules"/> and <see cref="LeaseRow"/>, as in memory.</summary>
internal readonly struct SqliteCommands(SqliteStatements statements, long writtenAt)
{
    private const string KeepNewest =
        """
        delete from snapshot where head = $1 and sequence_nr not in (
          select sequence_nr from snapshot where head = $1 order by sequence_nr desc limit $2)
        """;

    public JournalReply Append(AppendBatch batch)
    {
        AppendReply reply = new();
        foreach (WriteData write in batch.Writes) reply.Outcomes.Add(JournalMessages.ToData(Append(write)));
        return new JournalReply { Append = reply };
    }

    public JournalReply Delete(DeleteEvents delete)
    {
        if (Fenced(delete.Fence) is { } fenced) return JournalMessages.Reply(fenced);
        (long head, long highest, long deletedTo) = Head(delete.PersistenceId);
        long to = Math.Min(delete.ToSequenceNr, highest);
        if (to > deletedTo)
        {
            statements.Execute("delete from journal where head = $1 and sequence_nr <= $2", head, to);
            statements.Execute("update journal_head set deleted_to = $2 where id = $1", head, to);
        }

        return JournalMessages.Reply(new AppendOutcome(AppendStatus.Written));
    }

    public JournalReply Save(SaveSnapshot save)
    {
        if (Fenced(save.Fence) is { } fenced) return JournalMessages.Reply(fenced);
        SnapshotData snapshot = save.Snapshot;
        (long head, long highest, _) = Head(snapshot.PersistenceId);
        if (snapshot.SequenceNr > highest) return JournalMessages.Reply(new AppendOutcome(AppendStatus.Conflict, highest));
        SqliteRows.Insert(statements, head, JournalMessages.From(snapshot, writtenAt));
        statements.Execute(KeepNewest, head, (long)JournalLimits.SnapshotsKept);
        return JournalMessages.Reply(new AppendOutcome(AppendStatus.Written));
    }

    public JournalReply Claim(ClaimShard claim)
    {
        FenceData asked = claim.Fence;
        (long epoch, ulong owner) = statements.First(
            "select epoch, owner from fence where type = $1 and shard = $2",
            row => (row.GetInt64(0), (ulong)row.GetInt64(1)),
            asked.Type,
            asked.Shard);
        ClaimOutcome outcome = JournalRules.DecideClaim(asked.Epoch, claim.Owner, epoch, owner);
        if (outcome.Granted)
            statements.Execute("insert or replace into fence values ($1, $2, $3, $4)", asked.Type, asked.Shard, outcome.Epoch, (long)outcome.Owner);
        return new JournalReply { Claim = new ClaimReply { Granted = outcome.Granted, Epoch = outcome.Epoch, Owner = outcome.Owner } };
    }

    public JournalReply Remember(RememberEntities remember)
    {
        if (Fenced(remember.Fence) is { } fenced) return JournalMessages.Reply(fenced);
        FenceData at = remember.Fence;
        foreach (string each in remember.Started) statements.Execute("insert or ignore into remembered values ($1, $2, $3)", at.Type, at.Shard, each);
        foreach (string each in remember.Stopped)
            statements.Execute("delete from remembered where type = $1 and shard = $2 and entity = $3", at.Type, at.Shard, each);
        return JournalMessages.Reply(new AppendOutcome(AppendStatus.Written));
    }

    public JournalReply Acquire(AcquireLease ask, LeaseRow? current)
    {
        (bool held, LeaseRow next) = LeaseRow.Decide(current, ask);
        if (held) SqliteRows.Put(statements, ask.Name, next);
        return new JournalReply { Lease = new LeaseReply { Held = held, Row = next.ToData() } };
    }

    public JournalReply Release(ReleaseLease release, LeaseRow? current)
    {
        if (current is not { } row) return new JournalReply { Lease = new LeaseReply { Row = new LeaseData() } };
        LeaseRow next = row.Release(release.Holder);
        if (next != row) SqliteRows.Put(statements, release.Name, next);
        return new JournalReply { Lease = new LeaseReply { Row = next.ToData() } };
    }

    private AppendOutcome Append(WriteData write)
    {
        if (Fenced(write.Fence) is { } fenced) return fenced;
        (long head, long highest, _) = Head(write.PersistenceId);
        AppendOutcome outcome = JournalRules.DecideAppend(write.Events[0].SequenceNr, highest);
        if (outcome.Status != AppendStatus.Written) return outcome;
        if (head == 0)
        {
            statements.Execute("insert into journal_head(persistence_id, highest, deleted_to) values ($1, 0, 0)", write.PersistenceId);
            head = Head(write.PersistenceId).Id;
        }

        foreach (EventData each in write.Events)
            SqliteRows.Insert(statements, head, write.Fence?.Epoch ?? 0, JournalMessages.From(each, writtenAt));
        statements.Execute("update journal_head set highest = $2 where id = $1", head, write.Events[^1].SequenceNr);
        return outcome;
    }

    private (long Id, long Highest, long DeletedTo) Head(string persistenceId) => statements.First(
        "select id, highest, deleted_to from journal_head where persistence_id = $1",
        row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)),
        persistenceId);

    private AppendOutcome? Fenced(FenceData? fence) => fence is null ? null : JournalRules.DecideFence(
        JournalMessages.From(fence),
        statements.First("select epoch from fence where type = $1 and shard = $2", row => row.GetInt64(0), fence.Type, fence.Shard));
}
