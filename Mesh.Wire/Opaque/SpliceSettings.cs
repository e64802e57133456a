namespace Mesh.Wire.Opaque;

/// <summary>How long a <see cref="Splice"/> may be silent. Nanoseconds; <see cref="Loops.LoopTimer.Never"/> switches one off.</summary>
/// <param name="IdleNs">No byte either way; HAProxy's <c>timeout tunnel</c>.</param>
/// <param name="HalfClosedNs">The same once one side has ended: nobody may be left to end the other; HAProxy's <c>timeout client-fin</c>.</param>
/// <param name="DrainQuietNs">The same once the node is stopping: what moves may end by itself, what does not is closed.</param>
public sealed record SpliceSettings(
    long IdleNs = SpliceSettings.DefaultIdleNs,
    long HalfClosedNs = SpliceSettings.DefaultHalfClosedNs,
    long DrainQuietNs = SpliceSettings.DefaultDrainQuietNs)
{
    /// <summary>1 h: pooled connections of databases are quiet for long, vanished peers are for ever.</summary>
    public const long DefaultIdleNs = 3_600_000_000_000;

    /// <summary>60 s: an answer that takes longer to begin after the question's end is rare, a peer that vanished behind its FIN is not.</summary>
    public const long DefaultHalfClosedNs = 60_000_000_000;

    /// <summary>2 s: longer than most answers are waited for, and well within the time that a node has to stop.</summary>
    public const long DefaultDrainQuietNs = 2_000_000_000;
}
