using System.Collections.Immutable;
using System.Threading.Channels;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Storage;
using Npgsql;

namespace Mesh.Actors.Journals.Postgres;

/// <summary>
/// Group commit over one connection: what has queued up while the last transaction was under way goes into the next. One at a time, so that
/// writes of an actor keep the order of their calls.
/// </summary>
internal sealed class PostgresWriter : IAsyncDisposable
{
    /// <inheritdoc cref="Sqlite.SqliteWriter.MaxQueuedWrites"/>
    public const int MaxQueuedWrites = 5000;

    private readonly PostgresSession _session;
    private readonly PostgresAppend _append;
    private readonly JournalMetrics? _metrics;
    private readonly Channel<Job> _queue = Channel.CreateBounded<Job>(new BoundedChannelOptions(MaxQueuedWrites) { SingleReader = true });
    private readonly Task _running;
    private volatile bool _closed;

    public PostgresWriter(PostgresSession session, PostgresAppend append, JournalMetrics? metrics)
    {
        (_session, _append, _metrics) = (session, append, metrics);
        _running = Task.Run(Run);
    }

    /// <summary>Durable, each with its outcome, when done.</summary>
    public async ValueTask<ImmutableArray<AppendOutcome>> Submit(ImmutableArray<AtomicWrite> writes, CancellationToken cancel)
    {
        Job job = new(writes, writes.Sum(write => write.Events.Length), writes.Sum(JournalRules.Bytes), cancel);
        if (!_queue.Writer.TryWrite(job))
        {
            string what = _closed ? "is closed" : $"has {MaxQueuedWrites} writes waiting: it is too slow for what is asked";
            throw new StorageException(StorageFault.Unavailable, $"The journal at {_session.Where} {what}.");
        }

        return await job.Done.Task.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        _queue.Writer.TryComplete();
        await _running.ConfigureAwait(false);
    }

    private async Task Run()
    {
        List<Job> group = [];
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            Gather(group);
            if (group.Count > 0) await Commit(group).ConfigureAwait(false);
            group.Clear();
        }
    }

    private void Gather(List<Job> group)
    {
        long events = 0;
        long bytes = 0;
        while (_queue.Reader.TryPeek(out Job? next))
        {
            if (group.Count > 0 && (events + next.Events > JournalLimits.MaxBatchEvents || bytes + next.Bytes > JournalLimits.MaxBatchBytes)) return;
            _queue.Reader.TryRead(out _);
            if (next.Cancel.IsCancellationRequested)
            {
                next.Done.TrySetCanceled(next.Cancel);
                continue;
            }

            events += next.Events;
            bytes += next.Bytes;
            group.Add(next);
        }
    }

    private async Task Commit(List<Job> group)
    {
        try
        {
            AtomicWrite[] writes = [.. group.SelectMany(job => job.Writes)];
            ImmutableArray<AppendOutcome> outcomes = await Write(writes).ConfigureAwait(false);
            _metrics?.Committed();
            int next = 0;
            foreach (Job job in group)
            {
                job.Done.TrySetResult(outcomes[next..(next + job.Writes.Length)]);
                next += job.Writes.Length;
            }
        }
        catch (Exception failed)
        {
            foreach (Job job in group) job.Done.TrySetException(failed);
        }
    }

    /// <summary>
    /// Together; and, should a number be taken although its head says that it is free (somebody wrote past us), one by one, so that only that one
    /// falls.
    /// </summary>
    private async Task<ImmutableArray<AppendOutcome>> Write(AtomicWrite[] writes)
    {
        try
        {
            return await _session.Write(connection => _append.Run(connection, writes)).ConfigureAwait(false);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            if (writes.Length == 1) return [new AppendOutcome(AppendStatus.Conflict, writes[0].Events[0].SequenceNr)];
        }

        ImmutableArray<AppendOutcome>.Builder outcomes = ImmutableArray.CreateBuilder<AppendOutcome>(writes.Length);
        foreach (AtomicWrite write in writes) outcomes.AddRange(await Write([write]).ConfigureAwait(false));
        return outcomes.MoveToImmutable();
    }

    private sealed record Job(ImmutableArray<AtomicWrite> Writes, int Events, long Bytes, CancellationToken Cancel)
    {
        public TaskCompletionSource<ImmutableArray<AppendOutcome>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
