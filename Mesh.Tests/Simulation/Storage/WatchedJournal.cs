using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Mesh.Actors.Storage;
using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.Storage;

/// <summary>
/// A process's journal, watched on its way: how writes end of which nobody said what became of them, and that answers keep the thread.
/// </summary>
internal sealed class WatchedJournal(SimProcess process, IJournalStore inner) : IJournalStore
{
    private readonly HashSet<(string Id, long SequenceNr, ulong Writer)> _unknown = [];
    private readonly HashSet<(string Id, long SequenceNr, ulong Writer)> _conflicts = [];

    public string Kind => inner.Kind;

    public bool IsShared => inner.IsShared;

    public async ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel)
    {
        try
        {
            ImmutableArray<AppendOutcome> outcomes = await inner.Append(batch, cancel).ConfigureAwait(false);
            process.World.AssertThread();
            for (int i = 0; i < batch.Length; i++) Note(batch[i], outcomes[i].Status);
            return outcomes;
        }
        catch (StorageException fault)
        {
            process.World.AssertThread();
            if (fault.Fault == StorageFault.Unknown)
                foreach (AtomicWrite write in batch) _unknown.Add(KeyOf(write));
            throw;
        }
    }

    public async ValueTask<ImmutableArray<JournalEvent>> Read(string persistenceId, long fromSequenceNr, int max, CancellationToken cancel)
    {
        ImmutableArray<JournalEvent> events = await Kept(inner.Read(persistenceId, fromSequenceNr, max, cancel)).ConfigureAwait(false);
        foreach (JournalEvent each in events)
            if (_conflicts.Remove((persistenceId, each.SequenceNr, each.Writer)))
                process.World.Reach("an unknown outcome was resolved by reading back");
        return events;
    }

    public ValueTask<long> HighestSequenceNr(string persistenceId, CancellationToken cancel) => Kept(inner.HighestSequenceNr(persistenceId, cancel));

    public ValueTask<AppendOutcome> DeleteEvents(string persistenceId, long toSequenceNr, Fence? fence, CancellationToken cancel) =>
        Kept(inner.DeleteEvents(persistenceId, toSequenceNr, fence, cancel));

    public ValueTask<AppendOutcome> SaveSnapshot(Snapshot snapshot, Fence? fence, CancellationToken cancel) =>
        Kept(inner.SaveSnapshot(snapshot, fence, cancel));

    public ValueTask<Snapshot?> LoadSnapshot(string persistenceId, long toSequenceNr, CancellationToken cancel) =>
        Kept(inner.LoadSnapshot(persistenceId, toSequenceNr, cancel));

    public ValueTask<ClaimOutcome> Claim(Fence fence, ulong owner, CancellationToken cancel) => Kept(inner.Claim(fence, owner, cancel));

    public ValueTask<AppendOutcome> Remember(
        Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped, CancellationToken cancel) =>
        Kept(inner.Remember(fence, started, stopped, cancel));

    public ValueTask<ImmutableArray<string>> Remembered(ShardKey shard, CancellationToken cancel) => Kept(inner.Remembered(shard, cancel));

    public ValueTask<LeaseOutcome> AcquireLease(string name, ulong holder, TimeSpan duration, CancellationToken cancel) =>
        Kept(inner.AcquireLease(name, holder, duration, cancel));

    public ValueTask ReleaseLease(string name, ulong holder, CancellationToken cancel) => inner.ReleaseLease(name, holder, cancel);

    public ValueTask<JournalStatus> Status(CancellationToken cancel) => inner.Status(cancel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private async ValueTask<T> Kept<T>(ValueTask<T> answer)
    {
        try
        {
            return await answer.ConfigureAwait(false);
        }
        finally
        {
            process.World.AssertThread();
        }
    }

    private void Note(AtomicWrite write, AppendStatus status)
    {
        if (!_unknown.Remove(KeyOf(write))) return;
        if (status == AppendStatus.Conflict) _conflicts.Add(KeyOf(write));
        if (status == AppendStatus.Written) process.World.Reach("an unknown outcome was resolved by writing again");
        if (status == AppendStatus.Fenced) process.World.Reach("an unknown outcome was resolved by the fence");
    }

    private static (string Id, long SequenceNr, ulong Writer) KeyOf(AtomicWrite write) =>
        (write.PersistenceId, write.Events[^1].SequenceNr, write.Events[^1].Writer);
}
