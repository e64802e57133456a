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

/// <summary>The stored events of an actor could not be taken in; it stops.</summary>
public sealed class RecoveryFailedException(string message, Exception? inner = null) : Exception(message, inner);
