using System.Collections.Immutable;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;

namespace Mesh.Actors.Journals;

/// <summary>A journal that ends with the process: for tests, simulations and programs that keep nothing. Several nodes of one process may share it.</summary>
/// <remarks>Any thread. Every call is done when it returns; disposing it keeps the content, so that a test may look.</remarks>
internal sealed class MemoryJournalStore(TimeProvider time) : IJournalStore
{
    private readonly Lock _gate = new();
    private readonly LeaseClock _leases = new();

    /// <summary>What it holds; tests look.</summary>
    public MemoryJournalMachine Machine { get; } = new();

    public string Kind => "memory";

    public bool IsShared => true;

    public ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        string?[] rejected = [.. batch.Select(JournalRules.Reject)];
        JournalReply reply = Machine.Apply(JournalMessages.Append(batch.Where((_, i) => rejected[i] is null), time.GetUtcNow()));
        int next = 0;
        return new([.. rejected.Select(reason => reason is null
            ? JournalMessages.From(reply.Append.Outcomes[next++])
            : new AppendOutcome(AppendStatus.Rejected, 0, reason))]);
    }

    public ValueTask<ImmutableArray<JournalEvent>> Read(string persistenceId, long fromSequenceNr, int max, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        JournalRules.CheckName("persistence id", persistenceId);
        return new(Machine.Read(persistenceId, fromSequenceNr, max));
    }

    public ValueTask<long> HighestSequenceNr(string persistenceId, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        JournalRules.CheckName("persistence id", persistenceId);
        return new(Machine.HighestSequenceNr(persistenceId));
    }

    public ValueTask<AppendOutcome> DeleteEvents(string persistenceId, long toSequenceNr, Fence? fence, CancellationToken cancel) =>
        Change(JournalRules.RejectName("persistence id", persistenceId) ?? (fence is { } given ? JournalRules.Reject(given) : null),
            () => JournalMessages.Delete(persistenceId, toSequenceNr, fence, time.GetUtcNow()), cancel);

    public ValueTask<AppendOutcome> SaveSnapshot(Snapshot snapshot, Fence? fence, CancellationToken cancel) =>
        Change(JournalRules.Reject(snapshot) ?? (fence is { } given ? JournalRules.Reject(given) : null),
            () => JournalMessages.Save(snapshot, fence, time.GetUtcNow()), cancel);

    public ValueTask<Snapshot?> LoadSnapshot(string persistenceId, long toSequenceNr, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        JournalRules.CheckName("persistence id", persistenceId);
        return new(Machine.LoadSnapshot(persistenceId, toSequenceNr));
    }

    public ValueTask<ClaimOutcome> Claim(Fence fence, ulong owner, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        JournalRules.CheckFence(fence);
        return new(JournalMessages.Claimed(Machine.Apply(JournalMessages.Claim(fence, owner, time.GetUtcNow()))));
    }

    public ValueTask<AppendOutcome> Remember(
        Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped, CancellationToken cancel) =>
        Change(JournalRules.Reject(fence, started, stopped), () => JournalMessages.Remember(fence, started, stopped, time.GetUtcNow()), cancel);

    public ValueTask<ImmutableArray<string>> Remembered(ShardKey shard, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return new(Machine.Remembered(shard));
    }

    public ValueTask<LeaseOutcome> AcquireLease(string name, ulong holder, TimeSpan duration, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        JournalRules.CheckLease(name, holder, duration);
        lock (_gate)
        {
            TimeSpan now = time.GetElapsedTime(0);
            AcquireLease ask = _leases.Ask(name, holder, duration, Machine.Lease(name), now);
            JournalReply reply = Machine.Apply(JournalMessages.Acquire(ask, time.GetUtcNow()));
            _leases.Observe(name, LeaseRow.From(reply.Lease.Row), now);
            return new(JournalMessages.Leased(reply));
        }
    }

    public ValueTask ReleaseLease(string name, ulong holder, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        JournalRules.CheckName("lease", name);
        Machine.Apply(JournalMessages.Release(name, holder, time.GetUtcNow()));
        return default;
    }

    public ValueTask<JournalStatus> Status(CancellationToken cancel) =>
        new(new JournalStatus(Kind, true, "in memory: nothing is kept when the process ends", JournalFacts.Lines(Machine.Facts())));

    public ValueTask DisposeAsync() => default;

    private ValueTask<AppendOutcome> Change(string? rejected, Func<JournalCommand> command, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return new(rejected is null ? JournalMessages.Outcome(Machine.Apply(command())) : new AppendOutcome(AppendStatus.Rejected, 0, rejected));
    }
}
