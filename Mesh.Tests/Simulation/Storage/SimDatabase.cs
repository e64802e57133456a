using System.Diagnostics.CodeAnalysis;
using Mesh.Actors.Journals;
using Mesh.Actors.Storage;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.Storage;

/// <summary>
/// One database that all nodes share, far enough away for everything to go wrong on the way: slow, gone, or silent about what it did.
/// What it accepted it keeps, and looks at itself: events follow each other, and no write of an old epoch comes after a newer claim.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The store in memory has nothing to let go of.")]
internal sealed class SimDatabase
{
    private readonly SimWorld _world;
    private readonly MemoryJournalStore _store;
    private readonly Dictionary<ShardKey, long> _epochs = [];
    private readonly Dictionary<string, long> _numbers = [];
    private SplitMix64 _random;

    public SimDatabase(SimWorld world, ulong seed)
    {
        (_world, _random) = (world, new SplitMix64(seed));
        _store = new MemoryJournalStore(new WorldClock(world));
    }

    public DiskFaults Faults { get; set; } = DiskFaults.None;

    /// <summary>Machines that cannot reach it now.</summary>
    public HashSet<int> CutOff { get; } = [];

    /// <summary>Writes that it refused because a newer owner had claimed the shard.</summary>
    public long Fenced { get; private set; }

    public IJournalStore Open(SimProcess process) => new SimJournal(this, process);

    /// <summary>Does something there: the question travels, is answered, and the answer travels back, or not.</summary>
    /// <param name="process">Who asks. It may die meanwhile; what is under way is done all the same.</param>
    /// <param name="isWrite">An error after it is an unknown outcome.</param>
    /// <param name="work">What is asked; done at one moment.</param>
    /// <param name="cancel">Ends the waiting, not the work.</param>
    internal Task<T> Call<T>(SimProcess process, bool isWrite, Func<IJournalStore, ValueTask<T>> work, CancellationToken cancel)
    {
        _world.AssertThread();
        var answer = new TaskCompletionSource<T>();
        if (cancel.CanBeCanceled) cancel.Register(() => answer.TrySetCanceled(cancel));
        _world.After(Way(), "question to the database", () =>
        {
            if (CutOff.Contains(process.Machine.Index) || _random.NextDouble() < Faults.Unavailable)
            {
                Answer(process, () => answer.TrySetException(new StorageException(StorageFault.Unavailable, "the simulated database is away")));
                return;
            }

            T? result = default;
            Exception? error = null;
            try
            {
                ValueTask<T> done = work(_store);
                _world.Assert(done.IsCompleted, "database", () => "the store in memory did not answer at once");
                result = done.GetAwaiter().GetResult();
            }
            catch (Exception bad) when (bad is not SimFailure)
            {
                error = bad;
            }

            if (isWrite && _random.NextDouble() < Faults.Unknown)
                error = new StorageException(StorageFault.Unknown, "the simulated database did not say");
            Answer(process, () => _ = error is null ? answer.TrySetResult(result!) : answer.TrySetException(error));
        });
        return answer.Task;
    }

    /// <summary>P1 and S1, over everything that was accepted.</summary>
    internal void Accepted(AtomicWrite write)
    {
        foreach (JournalEvent each in write.Events)
        {
            long before = _numbers.GetValueOrDefault(write.PersistenceId);
            _world.Assert(each.SequenceNr == before + 1, "P1", () => $"{write.PersistenceId} has {each.SequenceNr} after {before}");
            _numbers[write.PersistenceId] = each.SequenceNr;
        }

        if (write.Fence is { } fence) AcceptedUnder(fence);
    }

    internal void AcceptedUnder(Fence fence)
    {
        long newest = _epochs.GetValueOrDefault(fence.Shard);
        _world.Assert(fence.Epoch >= newest, "S1", () => $"{fence.Shard} accepted a write of epoch {fence.Epoch} after {newest}");
        _epochs[fence.Shard] = fence.Epoch;
    }

    internal void Refused()
    {
        Fenced++;
        _world.Reach("fence rejected a zombie's write");
    }

    private void Answer(SimProcess process, Action answer)
    {
        // Back on the asker's thread, as a driver's continuation would be; a dead asker hears nothing.
        _world.After(Way(), "answer of the database", () => process.Loop.Post(answer));
    }

    private TimeSpan Way()
    {
        double lot = _random.NextDouble();
        return TimeSpan.FromMilliseconds(0.5) + (Faults.MaxLatency * lot * lot * lot);
    }

    private sealed class WorldClock(SimWorld world) : TimeProvider
    {
        private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => world.Now.Ticks;

        public override DateTimeOffset GetUtcNow() => Epoch + world.Now;
    }
}
