namespace Mesh.Routing.Accrual;

/// <summary>What a report did to a breaker.</summary>
public enum BreakerMove
{
    None,

    /// <summary>The last allowed failure in a row: the endpoint rests.</summary>
    Died,

    /// <summary>The probe came back well: the endpoint lives, its back-off starts over.</summary>
    Revived,

    /// <summary>The probe failed: the endpoint rests again, usually for longer.</summary>
    ProbeFailed,

    /// <summary>The probe proved nothing (its client went away): the next request may probe.</summary>
    ProbeReleased,
}
