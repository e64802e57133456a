using System.Collections.Immutable;
using Mesh.Actors.Journals.Protocol;

namespace Mesh.Actors.Journals.Machine;

/// <summary>
/// The store's contract in front of a machine: checks bounds, makes commands, reads replies. Who derives from it says how a command reaches its
/// machine and when it is durable: at once (memory), by the next commit of a file (sqlite), by a majority (quorum).
/// </summary>
internal abstract class CommandJournalStore : IJournalStore
{
    private readonly TimeProvider _time;
    private readonly BatchedAppend _append;

    /// <param name="time">For stamps that people read, and for latencies.</param>
    /// <param name="metrics">What it counts; null where nobody looks.</param>
    protected CommandJournalStore(TimeProvider time, JournalMetrics? metrics)
    {
        _time = time;
        _append = new BatchedAppend(
            time,
            metrics,
            async (writes, cancel) => JournalMessages.Outcomes(await Submit(JournalMessages.Append(writes, _time.GetUtcNow()), cancel)));
    }

    public abstract string Kind { get; }

    public abstract bool IsShared { get; }

    public ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel) =>
        _append.Append(batch, cancel);

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
            () => JournalMessages.Delete(persistenceId, toSequenceNr, fence, _time.GetUtcNow()),
            cancel);

    public ValueTask<AppendOutcome> SaveSnapshot(Snapshot snapshot, Fence? fence, CancellationToken cancel) =>
        Change(
            JournalRules.Reject(snapshot) ?? JournalRules.Reject(fence),
            () => JournalMessages.Save(snapshot, fence, _time.GetUtcNow()),
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
        return JournalMessages.Claimed(await Submit(JournalMessages.Claim(fence, owner, _time.GetUtcNow()), cancel).ConfigureAwait(false));
    }

    public ValueTask<AppendOutcome> Remember(
        Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped, CancellationToken cancel) =>
        Change(
            JournalRules.Reject(fence, started, stopped),
            () => JournalMessages.Remember(fence, started, stopped, _time.GetUtcNow()),
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
        await Submit(JournalMessages.Release(name, holder, _time.GetUtcNow()), cancel).ConfigureAwait(false);
    }

    public abstract ValueTask<JournalStatus> Status(CancellationToken cancel);

    public abstract ValueTask DisposeAsync();

    /// <summary>Applies a command; done when it is durable.</summary>
    protected abstract ValueTask<JournalReply> Submit(JournalCommand command, CancellationToken cancel);

    /// <summary>Asks for a lease: whoever applies commands watches the leases and makes the command (<see cref="LeaseClock.Ask"/>).</summary>
    protected abstract ValueTask<JournalReply> SubmitAcquire(string name, ulong holder, TimeSpan duration, CancellationToken cancel);

    /// <summary>Reads what was acknowledged before the call, or later.</summary>
    protected abstract ValueTask<T> Query<T>(Func<IJournalReads, T> query, CancellationToken cancel);

    private async ValueTask<AppendOutcome> Change(string? rejected, Func<JournalCommand> command, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (rejected is not null) return new AppendOutcome(AppendStatus.Rejected, 0, rejected);
        return JournalMessages.Outcome(await Submit(command(), cancel).ConfigureAwait(false));
    }
}
