namespace Mesh.Routing.Accrual;

/// <summary>What a report did to a breaker.</summary>
internal enum BreakerMove
{
    None,

    /// <summary>The failure that its accrual does not forgive: the endpoint rests.</summary>
    Died,

    /// <summary>A probe, or a request in panic, came back well: the endpoint lives, its back-off starts over.</summary>
    Revived,

    /// <summary>The probe failed: the endpoint rests again, usually for longer.</summary>
    ProbeFailed,

    /// <summary>The probe proved nothing (its client went away): the next request may probe.</summary>
    ProbeReleased,

    /// <summary>It would have died, but as many of its siblings are dead as may be: it lives on, and its next failure is judged again.</summary>
    Spared,
}

/// <summary>A move, and the stretch that began with it.</summary>
/// <param name="Move">What happened.</param>
/// <param name="State">The new stretch; null unless one began.</param>
internal readonly record struct BreakerChange(BreakerMove Move, BreakerState? State)
{
    internal static BreakerChange None => default;
}
