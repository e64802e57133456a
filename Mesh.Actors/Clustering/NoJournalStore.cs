using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Clustering;

/// <summary>The journal of nodes that keep none: every call says so.</summary>
internal sealed class NoJournalStore(string why) : IJournalStore
{
    public string Kind => "none";

    public bool IsShared => false;

    public ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel) => throw Refuse();

    public ValueTask<ImmutableArray<JournalEvent>> Read(string persistenceId, long fromSequenceNr, int max, CancellationToken cancel) =>
        throw Refuse();

    public ValueTask<long> HighestSequenceNr(string persistenceId, CancellationToken cancel) => throw Refuse();

    public ValueTask<AppendOutcome> DeleteEvents(string persistenceId, long toSequenceNr, Fence? fence, CancellationToken cancel) => throw Refuse();

    public ValueTask<AppendOutcome> SaveSnapshot(Snapshot snapshot, Fence? fence, CancellationToken cancel) => throw Refuse();

    public ValueTask<Snapshot?> LoadSnapshot(string persistenceId, long toSequenceNr, CancellationToken cancel) => throw Refuse();

    public ValueTask<ClaimOutcome> Claim(Fence fence, ulong owner, CancellationToken cancel) => throw Refuse();

    public ValueTask<AppendOutcome> Remember(
        Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped, CancellationToken cancel) => throw Refuse();

    public ValueTask<ImmutableArray<string>> Remembered(ShardKey shard, CancellationToken cancel) => throw Refuse();

    public ValueTask<LeaseOutcome> AcquireLease(string name, ulong holder, TimeSpan duration, CancellationToken cancel) => throw Refuse();

    public ValueTask ReleaseLease(string name, ulong holder, CancellationToken cancel) => throw Refuse();

    public ValueTask<JournalStatus> Status(CancellationToken cancel) => new(new JournalStatus(Kind, false, why, []));

    public ValueTask DisposeAsync() => default;

    private StorageException Refuse() => new(StorageFault.Unavailable, why);
}
