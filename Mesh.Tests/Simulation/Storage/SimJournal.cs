using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Mesh.Actors.Storage;
using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.Storage;

/// <summary>The shared database as one process reaches it.</summary>
internal sealed class SimJournal(SimDatabase database, SimProcess process) : IJournalStore
{
    public string Kind => "simulated";

    public bool IsShared => true;

    public ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel) =>
        Write(async store =>
        {
            ImmutableArray<AppendOutcome> outcomes = await store.Append(batch, CancellationToken.None);
            for (int i = 0; i < batch.Length; i++)
            {
                if (outcomes[i].Status == AppendStatus.Written) database.Books.Accepted(batch[i]);
                if (outcomes[i].Status == AppendStatus.Fenced) database.Books.Refused();
            }

            return outcomes;
        }, cancel);

    public ValueTask<ImmutableArray<JournalEvent>> Read(string persistenceId, long fromSequenceNr, int max, CancellationToken cancel) =>
        Ask(store => store.Read(persistenceId, fromSequenceNr, max, CancellationToken.None), cancel);

    public ValueTask<long> HighestSequenceNr(string persistenceId, CancellationToken cancel) =>
        Ask(store => store.HighestSequenceNr(persistenceId, CancellationToken.None), cancel);

    public ValueTask<AppendOutcome> DeleteEvents(string persistenceId, long toSequenceNr, Fence? fence, CancellationToken cancel) =>
        Change(store => store.DeleteEvents(persistenceId, toSequenceNr, fence, CancellationToken.None), fence, cancel);

    public ValueTask<AppendOutcome> SaveSnapshot(Snapshot snapshot, Fence? fence, CancellationToken cancel) =>
        Change(store => store.SaveSnapshot(snapshot, fence, CancellationToken.None), fence, cancel);

    public ValueTask<Snapshot?> LoadSnapshot(string persistenceId, long toSequenceNr, CancellationToken cancel) =>
        Ask(store => store.LoadSnapshot(persistenceId, toSequenceNr, CancellationToken.None), cancel);

    public ValueTask<ClaimOutcome> Claim(Fence fence, ulong owner, CancellationToken cancel) =>
        Write(async store =>
        {
            ClaimOutcome outcome = await store.Claim(fence, owner, CancellationToken.None);
            if (outcome.Granted) database.Books.Claimed(fence, owner);
            return outcome;
        }, cancel);

    public ValueTask<AppendOutcome> Remember(
        Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped, CancellationToken cancel) =>
        Change(store => store.Remember(fence, started, stopped, CancellationToken.None), fence, cancel);

    public ValueTask<ImmutableArray<string>> Remembered(ShardKey shard, CancellationToken cancel) =>
        Ask(store => store.Remembered(shard, CancellationToken.None), cancel);

    public ValueTask<LeaseOutcome> AcquireLease(string name, ulong holder, TimeSpan duration, CancellationToken cancel) =>
        Write(async store =>
        {
            LeaseOutcome outcome = await store.AcquireLease(name, holder, duration, CancellationToken.None);
            if (outcome.Held) database.Books.Leased(name, outcome.Term, outcome.Holder);
            return outcome;
        }, cancel);

    public async ValueTask ReleaseLease(string name, ulong holder, CancellationToken cancel) =>
        await Write(
            async store =>
            {
                await store.ReleaseLease(name, holder, CancellationToken.None);
                return true;
            }, cancel);

    public async ValueTask<JournalStatus> Status(CancellationToken cancel)
    {
        try
        {
            return await Ask(store => store.Status(CancellationToken.None), cancel);
        }
        catch (StorageException away)
        {
            return new JournalStatus(Kind, false, away.Message, []);
        }
    }

    public ValueTask DisposeAsync() => default;

    private ValueTask<AppendOutcome> Change(Func<IJournalStore, ValueTask<AppendOutcome>> work, Fence? fence, CancellationToken cancel) =>
        Write(async store =>
        {
            AppendOutcome outcome = await work(store);
            if (fence is { } under && outcome.Status == AppendStatus.Written) database.Books.AcceptedUnder(under);
            if (outcome.Status == AppendStatus.Fenced) database.Books.Refused();
            return outcome;
        }, cancel);

    private ValueTask<T> Ask<T>(Func<IJournalStore, ValueTask<T>> work, CancellationToken cancel) =>
        new(database.Call(process, isWrite: false, work, cancel));

    private ValueTask<T> Write<T>(Func<IJournalStore, ValueTask<T>> work, CancellationToken cancel) =>
        new(database.Call(process, isWrite: true, work, cancel));
}
