using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Storage;

namespace Mesh.Tests.Actors.Sharding;

/// <summary>Claims, leases and memory of a world, in true time; it can be away.</summary>
internal sealed class FakeJournal(ShardWorld world) : IJournalStore
{
    private readonly Dictionary<ShardKey, (long Epoch, ulong Owner)> _claims = [];
    private readonly Dictionary<string, (ulong Holder, long Term, TimeSpan Until)> _leases = [];
    private readonly Dictionary<ShardKey, SortedSet<string>> _remembered = [];

    public string Kind => "memory";

    public bool IsShared => true;

    /// <summary>Every call fails.</summary>
    public bool Away { get; set; }

    public int ClaimsRefused { get; private set; }

    /// <summary>What a persistent entity's write would become.</summary>
    public bool Write(Fence fence) => !Away && _claims.TryGetValue(fence.Shard, out (long Epoch, ulong Owner) claim) && claim.Epoch == fence.Epoch;

    public ValueTask<ClaimOutcome> Claim(Fence fence, ulong owner, CancellationToken cancel) => Answer(() =>
    {
        (long epoch, ulong holder) = _claims.GetValueOrDefault(fence.Shard);
        if (fence.Epoch < epoch || (fence.Epoch == epoch && holder != owner))
        {
            ClaimsRefused++;
            return new ClaimOutcome(false, epoch, holder);
        }

        _claims[fence.Shard] = (fence.Epoch, owner);
        return new ClaimOutcome(true, fence.Epoch, owner);
    });

    public ValueTask<AppendOutcome> Remember(
        Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped, CancellationToken cancel) => Answer(() =>
    {
        if (JournalRules.Reject(fence, started, stopped) is { } why) return new AppendOutcome(AppendStatus.Rejected, 0, why);
        if (!Write(fence)) return new AppendOutcome(AppendStatus.Fenced, _claims.GetValueOrDefault(fence.Shard).Epoch);
        if (!_remembered.TryGetValue(fence.Shard, out SortedSet<string>? ids)) _remembered[fence.Shard] = ids = new(StringComparer.Ordinal);
        ids.UnionWith(started);
        ids.ExceptWith(stopped);
        return new AppendOutcome(AppendStatus.Written);
    });

    public ValueTask<ImmutableArray<string>> Remembered(ShardKey shard, CancellationToken cancel) =>
        Answer<ImmutableArray<string>>(() => [.. _remembered.GetValueOrDefault(shard) ?? []]);

    public ValueTask<LeaseOutcome> AcquireLease(string name, ulong holder, TimeSpan duration, CancellationToken cancel) => Answer(() =>
    {
        (ulong present, long term, TimeSpan until) = _leases.GetValueOrDefault(name);
        if (present != holder && present != 0 && world.Now < until) return new LeaseOutcome(false, term, present);
        term = present == holder ? term : term + 1;
        _leases[name] = (holder, term, world.Now + duration);
        return new LeaseOutcome(true, term, holder);
    });

    public ValueTask ReleaseLease(string name, ulong holder, CancellationToken cancel)
    {
        if (_leases.TryGetValue(name, out (ulong Holder, long Term, TimeSpan Until) lease) && lease.Holder == holder)
        {
            _leases[name] = (ulong.MaxValue, lease.Term, TimeSpan.Zero);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel) =>
        throw new NotSupportedException();

    public ValueTask<ImmutableArray<JournalEvent>> Read(string persistenceId, long fromSequenceNr, int max, CancellationToken cancel) =>
        throw new NotSupportedException();

    public ValueTask<long> HighestSequenceNr(string persistenceId, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<AppendOutcome> DeleteEvents(string persistenceId, long toSequenceNr, Fence? fence, CancellationToken cancel) =>
        throw new NotSupportedException();

    public ValueTask<AppendOutcome> SaveSnapshot(Snapshot snapshot, Fence? fence, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<Snapshot?> LoadSnapshot(string persistenceId, long toSequenceNr, CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask<JournalStatus> Status(CancellationToken cancel) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The effect comes after a while, the answer after another.</summary>
    private ValueTask<T> Answer<T>(Func<T> effect)
    {
        var answer = new TaskCompletionSource<T>();
        world.At(world.Lag(), () =>
        {
            if (Away)
            {
                answer.SetException(new StorageException(StorageFault.Unavailable, "the journal is away"));
                return;
            }

            T result = effect();
            world.At(world.Lag(), () => answer.SetResult(result));
        });
        return new ValueTask<T>(answer.Task);
    }
}
