namespace Mesh.Actors.Journals.Machine;

/// <summary>What <see cref="MemoryJournalMachine"/> holds of one actor.</summary>
internal sealed class MemoryActor
{
    /// <summary>From <see cref="DeletedTo"/> + 1 to <see cref="Highest"/>, gapless.</summary>
    public List<(JournalEvent Event, long Epoch)> Events { get; } = [];

    /// <summary>By number.</summary>
    public SortedList<long, Snapshot> Snapshots { get; } = [];

    public long Highest { get; set; }

    public long DeletedTo { get; set; }

    public void Delete(long toSequenceNr)
    {
        long to = Math.Min(toSequenceNr, Highest);
        if (to <= DeletedTo) return;
        Events.RemoveRange(0, (int)(to - DeletedTo));
        DeletedTo = to;
    }

    public void Keep(Snapshot snapshot)
    {
        Snapshots[snapshot.SequenceNr] = snapshot;
        while (Snapshots.Count > JournalLimits.SnapshotsKept) Snapshots.RemoveAt(0);
    }
}
