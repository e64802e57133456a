using System.Collections.Immutable;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Machine;

/// <summary>What the stores of one node do around the commits of a batch: <see cref="AppendParts"/>, counted.</summary>
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
        long started = time.GetTimestamp();
        try
        {
            ImmutableArray<AppendOutcome> outcomes = await AppendParts.Append(batch, commit, cancel).ConfigureAwait(false);
            metrics?.Appended(batch, outcomes, time.GetElapsedTime(started));
            return outcomes;
        }
        catch (StorageException failed)
        {
            metrics?.Failed(failed.Fault);
            throw;
        }
    }
}
