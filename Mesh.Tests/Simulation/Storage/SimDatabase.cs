using System.Diagnostics.CodeAnalysis;
using Mesh.Actors.Journals;
using Mesh.Actors.Storage;
using Mesh.Tests.Simulation.Checks;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.Storage;

/// <summary>
/// One database that all nodes share, far enough away for everything to go wrong on the way: slow, gone, or silent about what it did.
/// What it accepted it keeps, and writes down in <see cref="Books"/>.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The store in memory has nothing to let go of.")]
internal sealed class SimDatabase
{
    private readonly SimWorld _world;
    private readonly MemoryJournalStore _store;
    private SplitMix64 _random;

    /// <param name="world">Where it is.</param>
    /// <param name="seed">Of its chance.</param>
    /// <param name="books">Where what it accepts is written down.</param>
    public SimDatabase(SimWorld world, ulong seed, JournalCheck? books = null)
    {
        (_world, _random, Books) = (world, new SplitMix64(seed), books ?? new JournalCheck(world));
        _store = new MemoryJournalStore(new WorldClock(world));
    }

    public DiskFaults Faults { get; set; } = DiskFaults.None;

    /// <summary>Machines that cannot reach it now.</summary>
    public HashSet<int> CutOff { get; } = [];

    public JournalCheck Books { get; }

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
