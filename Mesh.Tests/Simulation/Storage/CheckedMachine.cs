using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Tests.Simulation.Checks;

namespace Mesh.Tests.Simulation.Storage;

/// <summary>A member's machine, whose every step is compared with what the other members' machines did at that place.</summary>
internal sealed class CheckedMachine(IJournalMachine inner, ReplicaCheck check) : IJournalMachine
{
    public AppliedMark Applied => inner.Applied;

    public JournalReply Apply(JournalCommand command, AppliedMark? mark = null)
    {
        JournalReply reply = inner.Apply(command, mark);
        check.Applied(mark!.Value, command, reply);
        return reply;
    }

    public void Advance(AppliedMark mark)
    {
        inner.Advance(mark);
        check.Applied(mark, null, null);
    }

    public void Commit() => inner.Commit();

    public void Rollback() => inner.Rollback();

    public IJournalReads OpenReads() => inner.OpenReads();

    public IJournalExport Export(int chunkBytes) => inner.Export(chunkBytes);

    public IJournalImport Import() => inner.Import();

    public ImmutableArray<JournalEvent> Read(string persistenceId, long fromSequenceNr, int max) => inner.Read(persistenceId, fromSequenceNr, max);

    public long HighestSequenceNr(string persistenceId) => inner.HighestSequenceNr(persistenceId);

    public Snapshot? LoadSnapshot(string persistenceId, long toSequenceNr) => inner.LoadSnapshot(persistenceId, toSequenceNr);

    public ImmutableArray<string> Remembered(ShardKey shard) => inner.Remembered(shard);

    public LeaseRow? Lease(string name) => inner.Lease(name);

    public ImmutableArray<KeyValuePair<string, LeaseRow>> Leases() => inner.Leases();

    public MachineFacts Facts() => inner.Facts();

    public void Dispose() { }
}
