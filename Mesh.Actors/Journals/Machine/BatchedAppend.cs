using System.Collections.Immutable;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Machine;

/// <summary>What every store does around the commit of a batch: refuses what is malformed, cuts what is too much for one commit, counts.</summary>
/// <param name="time">For latencies.</param>
/// <param name="metrics">Null where nobody looks.</param>
/// <param name="commit">Commits good writes that fit together; outcomes in their order.</param>
internal sealed class BatchedAppend(
    TimeProvider time,
    JournalMetrics? metrics,
    Func<ImmutableArray<AtomicWrite>, CancellationToken, ValueTask<ImmutableArray<AppendOutcome>>> commit)
{
    public async ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        long started = time.GetTimestamp();
        string?[] rejected = [.. batch.Select(JournalRules.Reject)];
        Queue<AppendOutcome> applied = new(batch.Length);
        try
        {
            foreach (ImmutableArray<AtomicWrite> part in JournalRules.Split([.. batch.Where((_, i) => rejected[i] is null)]))
            {
                foreach (AppendOutcome outcome in await commit(part, cancel).ConfigureAwait(false)) applied.Enqueue(outcome);
            }
        }
        catch (StorageException failed)
        {
            metrics?.Failed(failed.Fault);

            // Parts that were committed before may stand: only reading back tells which.
            if (applied.Count > 0 && failed.Fault != StorageFault.Unknown) throw new StorageException(StorageFault.Unknown, failed.Message, failed);
            throw;
        }

        ImmutableArray<AppendOutcome> outcomes =
            [.. rejected.Select(reason => reason is null ? applied.Dequeue() : new AppendOutcome(AppendStatus.Rejected, 0, reason))];
        metrics?.Appended(batch, outcomes, time.GetElapsedTime(started));
        return outcomes;
    }
}
