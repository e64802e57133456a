using System.Collections.Concurrent;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>
/// The one thread that writes: takes what has queued up while the disk was busy with the last commit, and commits that together. A lone write
/// waits for nobody; under load one sync of the disk carries up to <see cref="JournalLimits.MaxBatchEvents"/> events.
/// </summary>
/// <remarks>After a fault everything of its group failed together and nothing of it is kept; the next group tries anew, so a full disk heals by
/// itself.</remarks>
internal sealed class SqliteWriter : IDisposable
{
    /// <summary>Writes that wait; beyond it a write is refused at once. Akka.Persistence.Sql has 5000.</summary>
    public const int MaxQueuedWrites = 5000;

    private readonly SqliteJournalMachine _machine;
    private readonly JournalMetrics? _metrics;
    private readonly BlockingCollection<Job> _queue = new(MaxQueuedWrites);
    private readonly List<Job> _group = [];
    private readonly Thread _thread;
    private Job? _held;

    public SqliteWriter(SqliteJournalMachine machine, JournalMetrics? metrics)
    {
        (_machine, _metrics) = (machine, metrics);
        _thread = new Thread(Run) { IsBackground = true, Name = "mesh-journal" };
        _thread.Start();
    }

    /// <summary>Runs on the writer's thread within the next commit; done when that is durable.</summary>
    /// <param name="run">May read and apply.</param>
    /// <param name="events">How much of a group it is.</param>
    /// <param name="bytes">How much of a group it is.</param>
    /// <param name="cancel">Takes it back as long as it waits.</param>
    public Task<T> Submit<T>(Func<SqliteJournalMachine, T> run, int events, long bytes, CancellationToken cancel)
    {
        Job<T> job = new(run, events, bytes, cancel);
        try
        {
            if (!_queue.TryAdd(job)) job.Fail(Unavailable($"has {MaxQueuedWrites} writes waiting: its disk is too slow for what is asked"));
        }
        catch (InvalidOperationException)
        {
            job.Fail(Unavailable("is closed"));
        }

        return job.Task;
    }

    /// <summary>Commits what waits, then ends.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        _thread.Join();
        _queue.Dispose();
    }

    private StorageException Unavailable(string what) => new(StorageFault.Unavailable, $"The journal {_machine.Path} {what}.");

    private void Run()
    {
        while (Gather())
        {
            Commit(_group);
            _group.Clear();
        }
    }

    /// <summary>The next group: what waits, up to its bounds. False when the end has come.</summary>
    private bool Gather()
    {
        Job? next = _held;
        _held = null;
        if (next is null && !_queue.TryTake(out next, Timeout.Infinite)) return false;
        long events = 0;
        long bytes = 0;
        while (true)
        {
            if (_group.Count > 0 && (events + next.Events > JournalLimits.MaxBatchEvents || bytes + next.Bytes > JournalLimits.MaxBatchBytes))
            {
                _held = next;
                return true;
            }

            events += next.Events;
            bytes += next.Bytes;
            _group.Add(next);
            if (!_queue.TryTake(out next)) return true;
        }
    }

    private void Commit(List<Job> group)
    {
        try
        {
            foreach (Job job in group) job.Run(_machine);
            _machine.Commit();
            _metrics?.Committed();
            foreach (Job job in group) job.Complete();
        }
        catch (Exception failed)
        {
            Recover(group, failed);
        }
    }

    /// <summary>A fault of the disk is everybody's; a bug in one job is not its neighbours'.</summary>
    private void Recover(List<Job> group, Exception failed)
    {
        try
        {
            _machine.Rollback();
        }
        catch (StorageException unsure)
        {
            failed = new StorageException(StorageFault.Unknown, unsure.Message, failed);
        }

        if (failed is StorageException || group.Count == 1)
        {
            foreach (Job job in group) job.Fail(failed);
            return;
        }

        foreach (Job job in group) Commit([job]);
    }

    private abstract class Job(int events, long bytes)
    {
        public int Events => events;

        public long Bytes => bytes;

        public abstract void Run(SqliteJournalMachine machine);

        public abstract void Complete();

        public abstract void Fail(Exception failed);
    }

    private sealed class Job<T>(Func<SqliteJournalMachine, T> run, int events, long bytes, CancellationToken cancel) : Job(events, bytes)
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Task => _done.Task;

        public override void Run(SqliteJournalMachine machine)
        {
            if (cancel.IsCancellationRequested) _done.TrySetCanceled(cancel);
            else if (!_done.Task.IsCompleted) _result = run(machine);
        }

        public override void Complete() => _done.TrySetResult(_result!);

        public override void Fail(Exception failed) => _done.TrySetException(failed);
    }
}
