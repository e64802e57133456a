namespace Mesh.Actors.Persistence;

/// <summary>A snapshot offered to <c>Recover</c> before the events that follow it.</summary>
/// <param name="SequenceNr">Of the last event that it holds.</param>
/// <param name="State">As it was saved.</param>
public sealed record SnapshotOffer(long SequenceNr, object State);

/// <summary>All that was stored has been recovered; commands come next.</summary>
public sealed record RecoveryCompleted
{
    public static readonly RecoveryCompleted Instance = new();

    private RecoveryCompleted() { }
}

/// <summary>The snapshot of that number is durable.</summary>
public sealed record SaveSnapshotSuccess(long SequenceNr);

/// <summary>It is not; recovery takes more events.</summary>
/// <param name="SequenceNr">Which one.</param>
/// <param name="Reason">One line.</param>
public sealed record SaveSnapshotFailure(long SequenceNr, string Reason);

/// <summary>Events up to that number are gone; fewer than asked for where kept snapshots need them, and 0 where all are needed.</summary>
public sealed record DeleteEventsSuccess(long ToSequenceNr);

/// <summary>They may still be there: deleting them again is right.</summary>
/// <param name="ToSequenceNr">Up to which.</param>
/// <param name="Reason">One line.</param>
public sealed record DeleteEventsFailure(long ToSequenceNr, string Reason);

/// <summary>The stored events of an actor could not be taken in; it stops.</summary>
public sealed class RecoveryFailedException(string message, Exception? inner = null) : Exception(message, inner);
