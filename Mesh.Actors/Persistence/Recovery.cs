using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Persistence;

/// <summary>
/// One actor's way back: the newest snapshot that is understood, or none, then the events after it, in order and without a gap.
/// </summary>
internal sealed class Recovery(PersistenceExtension persistence, string persistenceId, CancellationToken stopping)
{
    /// <summary>The highest number ever stored; above that of the last event where events were deleted.</summary>
    public long Highest { get; private set; }

    /// <summary>From which snapshot it went; 0: from none.</summary>
    public long Snapshot { get; private set; }

    /// <summary>Snapshots that were passed over, a line each with the reason.</summary>
    public List<string> Passed { get; } = [];

    /// <summary>Hands each stored thing over with its number.</summary>
    /// <remarks>Awaits in the caller's context: an actor takes its events in its own turn.</remarks>
    /// <exception cref="RecoveryFailedException">Something is missing, or not understood.</exception>
    /// <exception cref="TimeoutException">The store was silent for too long.</exception>
    public async Task RunAsync(Action<object, long> take)
    {
        Highest = await Within(cancel => persistence.Journal.HighestSequenceNr(persistenceId, cancel));
        long last = 0;
        if (await OfferAsync() is { } offer)
        {
            last = Snapshot = offer.SequenceNr;
            take(offer, last);
        }

        while (last < Highest)
        {
            long from = last + 1;
            ImmutableArray<JournalEvent> page = await Within(
                cancel => persistence.Journal.Read(persistenceId, from, persistence.Settings.RecoveryPage, cancel));
            if (page.IsEmpty) throw new RecoveryFailedException($"event {from} of {persistenceId} is missing: {Highest} were stored");
            foreach (JournalEvent stored in page)
            {
                // Events below a snapshot may be deleted; all others must be there.
                if (stored.SequenceNr != last + 1)
                    throw new RecoveryFailedException($"event {last + 1} of {persistenceId} is missing: {stored.SequenceNr} comes next");
                last = stored.SequenceNr;
                take(Understood(stored.Manifest, stored.Payload, last), last);
            }
        }
    }

    /// <summary>
    /// The newest snapshot, unless it cannot be read: then the one before it, which is kept for that, and the events after that one. Where none is
    /// good, all events are taken; they may be deleted, which is told as a gap.
    /// </summary>
    private async Task<SnapshotOffer?> OfferAsync()
    {
        long below = Highest;
        for (int i = 0; i < JournalLimits.SnapshotsKept; i++)
        {
            long to = below;
            Snapshot? snapshot = await Within(cancel => persistence.Journal.LoadSnapshot(persistenceId, to, cancel));
            if (snapshot is null) return null;
            try
            {
                return new SnapshotOffer(snapshot.SequenceNr, Understood(snapshot.Manifest, snapshot.Payload, snapshot.SequenceNr));
            }
            catch (RecoveryFailedException fault)
            {
                Passed.Add($"snapshot {snapshot.SequenceNr} was passed over: {fault.Message}");
                below = snapshot.SequenceNr - 1;
            }
        }

        return null;
    }

    private object Understood(string manifest, ReadOnlyMemory<byte> payload, long sequenceNr) =>
        persistence.Serializer.TryDeserialize(manifest, payload, out object? value)
            ? value
            : throw new RecoveryFailedException(
                $"`{manifest}`, {sequenceNr} of {persistenceId}, is not understood: written by a newer version, or damaged");

    /// <summary>
    /// One question to the store, repeated with pauses while it says that it is not there now: an actor that starts in the seconds of an election, or
    /// of a database's restart, waits for it. The first answer ends the silence; without one for too long the actor gives up.
    /// </summary>
    private async Task<T> Within<T>(Func<CancellationToken, ValueTask<T>> ask)
    {
        PersistenceSettings settings = persistence.Settings;
        using var silence = new CancellationTokenSource(settings.RecoveryEventTimeout, persistence.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, stopping);
        TimeSpan pause = settings.ResolveBackoff;
        StorageException? away = null;
        while (true)
        {
            try
            {
                return await ask(either.Token).AsTask().WaitAsync(either.Token);
            }
            catch (StorageException fault) when (fault.Fault == StorageFault.Unavailable)
            {
                away = fault;
            }
            catch (OperationCanceledException) when (silence.IsCancellationRequested && !stopping.IsCancellationRequested)
            {
                throw Silent(away);
            }

            await Pause(pause, either.Token);
            if (silence.IsCancellationRequested && !stopping.IsCancellationRequested) throw Silent(away);
            pause = pause * 2 < settings.ResolveMaxBackoff ? pause * 2 : settings.ResolveMaxBackoff;
        }
    }

    private async Task Pause(TimeSpan pause, CancellationToken until)
    {
        try
        {
            await Task.Delay(pause, persistence.Time, until);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The silence is over its time: who called looks.
        }
    }

    private TimeoutException Silent(StorageException? away)
    {
        double seconds = persistence.Settings.RecoveryEventTimeout.TotalSeconds;
        string journal = $"the {persistence.Journal.Kind} journal";
        return away is null
            ? new TimeoutException($"{journal} was silent for {seconds:0} s while {persistenceId} recovered")
            : new TimeoutException($"{journal} was not available for {seconds:0} s while {persistenceId} recovered: {away.Message}", away);
    }
}
