using System.Collections.Immutable;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Machine;

/// <summary>
/// A batch as a store may commit it: what is malformed is refused, what is too much for one commit is cut into parts, which are committed in order.
/// </summary>
internal static class AppendParts
{
    /// <param name="batch">As the caller gave it.</param>
    /// <param name="commit">Commits good writes that fit together; outcomes in their order.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="StorageException">
    /// As <paramref name="commit"/> failed. But once a part is committed, whatever becomes of a later one is <see cref="StorageFault.Unknown"/>: the
    /// earlier ones may stand, and only reading back tells which.
    /// </exception>
    public static async ValueTask<ImmutableArray<AppendOutcome>> Append(
        ImmutableArray<AtomicWrite> batch,
        Func<ImmutableArray<AtomicWrite>, CancellationToken, ValueTask<ImmutableArray<AppendOutcome>>> commit,
        CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        string?[] rejected = [.. batch.Select(JournalRules.Reject)];
        Queue<AppendOutcome> applied = new(batch.Length);
        try
        {
            foreach (ImmutableArray<AtomicWrite> part in JournalRules.Split([.. batch.Where((_, i) => rejected[i] is null)]))
            {
                foreach (AppendOutcome outcome in await commit(part, cancel).ConfigureAwait(false)) applied.Enqueue(outcome);
            }
        }
        catch (StorageException failed) when (applied.Count > 0 && failed.Fault != StorageFault.Unknown)
        {
            throw new StorageException(StorageFault.Unknown, failed.Message, failed);
        }

        return [.. rejected.Select(reason => reason is null ? applied.Dequeue() : new AppendOutcome(AppendStatus.Rejected, 0, reason))];
    }
}
