using System.Collections.Immutable;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals;

/// <summary>
/// Where persistent actors keep their events, and what fences a former owner out: one contract, three stores (sqlite, quorum, postgresql)
/// and one in memory for tests.
/// </summary>
/// <remarks>
/// Any thread. Every call may throw <see cref="StorageException"/>; after <see cref="StorageFault.Unknown"/> of a write read back before going on,
/// after any other fault of it nothing was written. Contract: an event is there once, gapless per persistence id; a write under a fence happens only
/// while that epoch is the shard's newest claim; what was acknowledged is read by every later reader.
/// </remarks>
public interface IJournalStore : IAsyncDisposable
{
    /// <summary><c>sqlite</c>, <c>quorum</c>, <c>postgresql</c> or <c>memory</c>.</summary>
    string Kind { get; }

    /// <summary>False for stores that only this node reads: a shard cannot move there with its events.</summary>
    bool IsShared { get; }

    /// <summary>Commits a batch in one go (group commit); each write stands or falls for itself. Outcomes in the order of the writes.</summary>
    ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel);

    /// <summary>
    /// Events of an actor in order, from that number on, at most <paramref name="max"/> and at most <see cref="JournalLimits.PageBytes"/>.
    /// </summary>
    ValueTask<ImmutableArray<JournalEvent>> Read(string persistenceId, long fromSequenceNr, int max, CancellationToken cancel);

    /// <summary>The highest number ever written, also when its event is deleted since; 0 when there is none.</summary>
    ValueTask<long> HighestSequenceNr(string persistenceId, CancellationToken cancel);

    /// <summary>Forgets events up to that number; never lowers the highest.</summary>
    ValueTask<AppendOutcome> DeleteEvents(string persistenceId, long toSequenceNr, Fence? fence, CancellationToken cancel);

    /// <summary>Keeps a snapshot; the newest <see cref="JournalLimits.SnapshotsKept"/> stay.</summary>
    ValueTask<AppendOutcome> SaveSnapshot(Snapshot snapshot, Fence? fence, CancellationToken cancel);

    /// <summary>
    /// The newest snapshot at or below a number; null when there is none. One that is damaged gives way to an older one that is not; with none left
    /// the store is <see cref="StorageFault.Corrupt"/>.
    /// </summary>
    ValueTask<Snapshot?> LoadSnapshot(string persistenceId, long toSequenceNr, CancellationToken cancel);

    /// <summary>Makes an epoch the shard's newest: it waits for writes under older ones that are under way, and none comes after it.</summary>
    ValueTask<ClaimOutcome> Claim(Fence fence, ulong owner, CancellationToken cancel);

    /// <summary>Adds to and takes from the entities that a shard starts again when it moves, under its fence.</summary>
    ValueTask<AppendOutcome> Remember(Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped, CancellationToken cancel);

    /// <summary>The entities of a shard, in ordinal order.</summary>
    ValueTask<ImmutableArray<string>> Remembered(ShardKey shard, CancellationToken cancel);

    /// <summary>
    /// Takes or renews a lease. It runs from when the store grants it, by the store's own clock; callers count from before they asked.
    /// </summary>
    ValueTask<LeaseOutcome> AcquireLease(string name, ulong holder, TimeSpan duration, CancellationToken cancel);

    /// <summary>Gives a lease back; nothing happens when another holds it.</summary>
    ValueTask ReleaseLease(string name, ulong holder, CancellationToken cancel);

    /// <summary>For operators: is it there, how much does it hold, what is wrong. Does not throw.</summary>
    ValueTask<JournalStatus> Status(CancellationToken cancel);
}
