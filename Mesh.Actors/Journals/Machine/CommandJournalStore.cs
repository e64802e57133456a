using System.Collections.Immutable;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Machine;

/// <summary>
/// The store's contract in front of a machine: checks bounds, makes commands, reads replies. Who derives from it says how a command reaches its
/// machine and when it is durable: at once (memory), by the next commit of a file (sqlite), by a majority (quorum).
/// </summary>
/// <param name="time">For stamps that people read, and for latencies.</param>
/// <param name="metrics">What it counts; null where nobody looks.</param>
internal abstract class CommandJournalStore(TimeProvider time, JournalMetrics? metrics) : IJournalStore
{
    public abstract string Kind { get; }

    public abstract bool IsShared { get; }

    public async ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        string?[] rejected = [.. batch.Select(JournalRules.Reject)];
        ImmutableArray<AtomicWrite> good = [.. batch.Where((_, i) => rejected[i] is null)];
        ImmutableArray<AppendOutcome>.Builder outcomes = ImmutableArray.CreateBuilder<AppendOutcome>(batch.Length);
        Queue<AppendOutcome> applied = new(await Commit(good, cancel).ConfigureAwait(false));
        foreach (string? reason in rejected)
            outcomes.Add(reason is null ? applied.Dequeue() : new AppendOutcome(AppendStatus.Rejected, 0, reason));
        return outcomes.MoveToImmutable();
    }

    public ValueTask<ImmutableArray<JournalEvent>> Read(string persistenceId, long fromSequenceNr, int max, CancellationToken cancel)
    {
        JournalRules.CheckName("persistence id", persistenceId);
        return Query(reads => reads.Read(persistenceId, fromSequenceNr, max), cancel);
    }

    public ValueTask<long> HighestSequenceNr(string persistenceId, CancellationToken cancel)
    {
        JournalRules.CheckName("persistence id", persistenceId);
        return Query(reads => reads.HighestSequenceNr(persistenceId), cancel);
    }

    public ValueTask<AppendOutcome> DeleteEvents(string persistenceId, long toSequenceNr, Fence? fence, CancellationToken cancel) =>
        Change(
            JournalRules.RejectName("persistence id", persistenceId) ?? JournalRules.Reject(fence),
            () => JournalMessages.Delete(persistenceId, toSequenceNr, fence, time.GetUtcNow()),
            cancel);

    public ValueTask<AppendOutcome> SaveSnapshot(Snapshot snapshot, Fence? fence, CancellationToken cancel) =>
        Change(
            JournalRules.Reject(snapshot) ?? JournalRules.Reject(fence),
            () => JournalMessages.Save(snapshot, fence, time.GetUtcNow()),
            cancel);

    public ValueTask<Snapshot?> LoadSnapshot(string persistenceId, long toSequenceNr, CancellationToken cancel)
    {
        JournalRules.CheckName("persistence id", persistenceId);
        return Query(reads => reads.LoadSnapshot(persistenceId, toSequenceNr), cancel);
    }

    public async ValueTask<ClaimOutcome> Claim(Fence fence, ulong owner, CancellationToken cancel)
    {
        JournalRules.CheckFence(fence);
        cancel.ThrowIfCancellationRequested();
        return JournalMessages.Claimed(await Submit(JournalMessages.Claim(fence, owner, time.GetUtcNow()), cancel).ConfigureAwait(false));
    }

    public ValueTask<AppendOutcome> Remember(
        Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped, CancellationToken cancel) =>
        Change(
            JournalRules.Reject(fence, started, stopped),
            () => JournalMessages.Remember(fence, started, stopped, time.GetUtcNow()),
            cancel);

    public ValueTask<ImmutableArray<string>> Remembered(ShardKey shard, CancellationToken cancel) =>
        Query(reads => reads.Remembered(shard), cancel);

    public async ValueTask<LeaseOutcome> AcquireLease(string name, ulong holder, TimeSpan duration, CancellationToken cancel)
    {
        JournalRules.CheckLease(name, holder, duration);
        cancel.ThrowIfCancellationRequested();
        return JournalMessages.Leased(await SubmitAcquire(name, holder, duration, cancel).ConfigureAwait(false));
    }

    public async ValueTask ReleaseLease(string name, ulong holder, CancellationToken cancel)
    {
        JournalRules.CheckName("lease", name);
        cancel.ThrowIfCancellationRequested();
        await Submit(JournalMessages.Release(name, holder, time.GetUtcNow()), cancel).ConfigureAwait(false);
    }

    public abstract ValueTask<JournalStatus> Status(CancellationToken cancel);

    public abstract ValueTask DisposeAsync();

    /// <summary>Applies a command; done when it is durable.</summary>
    protected abstract ValueTask<JournalReply> Submit(JournalCommand command, CancellationToken cancel);

    /// <summary>Asks for a lease: whoever applies commands watches the leases and makes the command (<see cref="LeaseClock.Ask"/>).</summary>
    protected abstract ValueTask<JournalReply> SubmitAcquire(string name, ulong holder, TimeSpan duration, CancellationToken cancel);

    /// <summary>Reads what was acknowledged before the call, or later.</summary>
    protected abstract ValueTask<T> Query<T>(Func<IJournalReads, T> query, CancellationToken cancel);

    private async ValueTask<ImmutableArray<AppendOutcome>> Commit(ImmutableArray<AtomicWrite> writes, CancellationToken cancel)
    {
        if (writes.IsEmpty) return [];
        long started = time.GetTimestamp();
        ImmutableArray<AppendOutcome>.Builder outcomes = ImmutableArray.CreateBuilder<AppendOutcome>(writes.Length);
        try
        {
            foreach (ImmutableArray<AtomicWrite> part in JournalRules.Split(writes))
            {
                JournalReply reply = await Submit(JournalMessages.Append(part, time.GetUtcNow()), cancel).ConfigureAwait(false);
                outcomes.AddRange(JournalMessages.Outcomes(reply));
            }
        }
        catch (StorageException failed)
        {
            metrics?.Failed(failed.Fault);
            throw;
        }

        metrics?.Appended(writes, outcomes, time.GetElapsedTime(started));
        return outcomes.MoveToImmutable();
    }

    private async ValueTask<AppendOutcome> Change(string? rejected, Func<JournalCommand> command, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (rejected is not null) return new AppendOutcome(AppendStatus.Rejected, 0, rejected);
        return JournalMessages.Outcome(await Submit(command(), cancel).ConfigureAwait(false));
    }
}
