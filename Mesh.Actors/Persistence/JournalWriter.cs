using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Persistence;

/// <summary>
/// Commits the events of all actors of a node in groups: what came while one commit was under way goes into the next. No timer: a single write
/// goes at once, and a loaded store sets the size of its groups itself.
/// </summary>
/// <remarks>
/// Any thread. An actor has one write out at a time, so groups may overtake each other. Throughput is the group, latency is the commit: one event a
/// commit gives some hundred a second, groups give ten thousands.
/// </remarks>
internal sealed class JournalWriter(IJournalStore store, PersistenceSettings settings, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _queue = new();
    private int _running;

    /// <summary>Writes that wait for a commit.</summary>
    public int Queued
    {
        get
        {
            lock (_gate) return _queue.Count;
        }
    }

    /// <summary>Writes; the outcome is sure. A write whose answer was lost is offered again until the store says what became of it.</summary>
    /// <exception cref="StorageException">
    /// Nothing was written; or <see cref="StorageFault.Unknown"/>: the store did not say for <see cref="PersistenceSettings.ResolveTimeout"/>.
    /// </exception>
    public Task<AppendOutcome> Append(AtomicWrite write)
    {
        var waiting = new Waiting(write);
        lock (_gate)
        {
            if (_queue.Count >= settings.MaxWaitingWrites)
                throw new StorageException(
                    StorageFault.Unavailable, $"{settings.MaxWaitingWrites} writes wait for the {store.Kind} journal already; it is too slow");
            _queue.Enqueue(waiting);
            if (_running >= settings.MaxConcurrentAppends) return waiting.Done.Task;
            _running++;
        }

        _ = RunAsync();
        return waiting.Done.Task;
    }

    private async Task RunAsync()
    {
        while (NextGroup() is { Count: > 0 } group)
        {
            try
            {
                ImmutableArray<AtomicWrite> batch = [.. group.Select(static each => each.Write)];
                ImmutableArray<AppendOutcome> outcomes = await store.Append(batch, default).ConfigureAwait(false);
                for (int i = 0; i < group.Count; i++) group[i].Done.TrySetResult(outcomes[i]);
            }
            catch (StorageException fault) when (fault.Fault == StorageFault.Unknown)
            {
                await Resolve(group, fault).ConfigureAwait(false);
            }
            catch (Exception fault)
            {
                foreach (Waiting each in group) each.Done.TrySetException(fault);
            }
        }
    }

    // An empty group ends the run; under the same lock, so that a write that comes now starts another.
    private List<Waiting> NextGroup()
    {
        List<Waiting> group = [];
        int events = 0;
        long bytes = 0;
        lock (_gate)
        {
            while (_queue.TryPeek(out Waiting? next))
            {
                events += next.Write.Events.Length;
                bytes += next.Bytes;
                if (group.Count > 0 && (events > JournalLimits.MaxBatchEvents || bytes > JournalLimits.MaxBatchBytes)) break;
                group.Add(_queue.Dequeue());
            }

            if (group.Count == 0) _running--;
        }

        return group;
    }

    /// <summary>
    /// Not finding the events would prove nothing, a lost write may still land; writing them again does: they are taken, or they conflict with
    /// themselves. The whole group has one deadline: behind a store that stays away nobody waits longer than the first.
    /// </summary>
    private async Task Resolve(List<Waiting> group, StorageException first)
    {
        long started = time.GetTimestamp();
        TimeSpan rest = settings.ResolveBackoff;
        List<Waiting> unsure = group;
        while (true)
        {
            try
            {
                ImmutableArray<AtomicWrite> again = [.. unsure.Select(static each => each.Write)];
                ImmutableArray<AppendOutcome> outcomes = await store.Append(again, default).ConfigureAwait(false);
                for (int i = 0; i < unsure.Count; i++)
                {
                    bool mine = outcomes[i].Status == AppendStatus.Conflict && await IsOurs(unsure[i].Write).ConfigureAwait(false);
                    unsure[i].Done.TrySetResult(mine ? new AppendOutcome(AppendStatus.Written) : outcomes[i]);
                }

                return;
            }
            catch (StorageException) when (time.GetElapsedTime(started) < settings.ResolveTimeout)
            {
                unsure = unsure.FindAll(static each => !each.Done.Task.IsCompleted);
                await Task.Delay(rest, time).ConfigureAwait(false);
                rest = rest * 2 < settings.ResolveMaxBackoff ? rest * 2 : settings.ResolveMaxBackoff;
            }
            catch (Exception fault)
            {
                foreach (Waiting each in unsure)
                {
                    each.Done.TrySetException(new StorageException(
                        StorageFault.Unknown, $"whether {each.Write.PersistenceId} wrote its events is not known: {first.Message}", fault));
                }

                return;
            }
        }
    }

    private async Task<bool> IsOurs(AtomicWrite write)
    {
        JournalEvent last = write.Events[^1];
        ImmutableArray<JournalEvent> found = await store.Read(write.PersistenceId, last.SequenceNr, 1, default).ConfigureAwait(false);
        return found is [var stored] && stored.SequenceNr == last.SequenceNr && stored.Writer == last.Writer;
    }

    private sealed class Waiting(AtomicWrite write)
    {
        public AtomicWrite Write { get; } = write;

        public long Bytes { get; } = write.Events.Sum(static each => (long)each.Payload.Length);

        public TaskCompletionSource<AppendOutcome> Done { get; } = new();
    }
}
