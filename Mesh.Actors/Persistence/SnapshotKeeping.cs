using Mesh.Actors.Journals;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Persistence;

/// <summary>
/// What one actor has to do with its snapshots once its events are stored: the one to save, and up to which event nothing older is needed. As with
/// back-ups: the old tapes go only when as many new ones are there as one wants to be able to fall back on.
/// </summary>
/// <remarks>Belongs to its actor's turn.</remarks>
internal sealed class SnapshotKeeping
{
    /// <summary>Those that the store keeps, oldest first, as far as this life of the actor knows.</summary>
    private readonly List<long> _kept = [];

    private Snapshot? _toSave;
    private long? _toDelete;

    public bool IsDue => _toSave is not null || _toDelete is not null;

    /// <summary>Events up to it may go: the oldest snapshot that is kept holds them. 0 while there are not as many snapshots as are kept.</summary>
    public long Deletable => _kept.Count >= JournalLimits.SnapshotsKept ? _kept[0] : 0;

    public void Save(Snapshot snapshot) => _toSave = snapshot;

    public void Delete(long toSequenceNr) => _toDelete = Math.Max(_toDelete ?? 0, toSequenceNr);

    /// <summary>A command failed: what it meant to save and delete is not.</summary>
    public void Forget() => (_toSave, _toDelete) = (null, null);

    /// <summary>A snapshot is in the store and can be read.</summary>
    public void Kept(long sequenceNr)
    {
        _kept.Remove(sequenceNr);
        _kept.Add(sequenceNr);
        if (_kept.Count > JournalLimits.SnapshotsKept) _kept.RemoveAt(0);
    }

    /// <summary>Saves, then deletes; what became of each is told.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="persistenceId">Whose.</param>
    /// <param name="fence">Under which claim.</param>
    /// <param name="tell">Takes <see cref="SaveSnapshotSuccess"/> and the like.</param>
    /// <returns>The newer epoch when the actor is fenced; else null.</returns>
    public async Task<long?> RunAsync(IJournalStore store, string persistenceId, Fence? fence, Action<object> tell)
    {
        (Snapshot? save, long? delete) = (_toSave, _toDelete);
        Forget();
        if (save is not null)
        {
            AppendOutcome outcome = await Ask(() => store.SaveSnapshot(save, fence, default));
            if (outcome.Status == AppendStatus.Fenced) return outcome.Found;
            if (outcome.Status == AppendStatus.Written) Kept(save.SequenceNr);
            tell(outcome.Status == AppendStatus.Written
                ? new SaveSnapshotSuccess(save.SequenceNr)
                : new SaveSnapshotFailure(save.SequenceNr, outcome.Reason ?? outcome.Status.ToString()));
        }

        if (delete is not { } asked) return null;
        long to = Math.Min(asked, Deletable);
        if (to > 0)
        {
            AppendOutcome outcome = await Ask(() => store.DeleteEvents(persistenceId, to, fence, default));
            if (outcome.Status == AppendStatus.Fenced) return outcome.Found;
            if (outcome.Status != AppendStatus.Written)
            {
                tell(new DeleteEventsFailure(to, outcome.Reason ?? outcome.Status.ToString()));
                return null;
            }
        }

        tell(new DeleteEventsSuccess(to));
        return null;
    }

    /// <summary>A fault is an answer too; what may or may not have been done is done again next time, which changes nothing.</summary>
    private static async Task<AppendOutcome> Ask(Func<ValueTask<AppendOutcome>> ask)
    {
        try
        {
            return await ask();
        }
        catch (StorageException fault)
        {
            return new AppendOutcome(AppendStatus.Rejected, 0, fault.Message);
        }
    }
}
