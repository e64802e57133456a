namespace Mesh.Routing.Accrual;

/// <summary>What became of a request, and when.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="NowNs">Monotonic nanoseconds.</param>
/// <param name="RestNs">With <see cref="Outcome.Pushback"/>: how long the endpoint asks to be spared, nanoseconds.</param>
internal readonly record struct Observation(Outcome Outcome, long NowNs, long RestNs = 0)
{
    /// <summary>No endpoint is spared for longer than this because it asks to be: 60 s.</summary>
    internal const long MaximumRestNs = 60_000_000_000;

    /// <summary>What it asks for, within what it is given.</summary>
    internal long GrantedRestNs => Outcome == Outcome.Pushback ? Math.Clamp(RestNs, 0, MaximumRestNs) : 0;
}
