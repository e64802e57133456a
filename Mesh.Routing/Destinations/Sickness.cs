using Mesh.Routing.Accrual;

namespace Mesh.Routing.Destinations;

/// <summary>What active checks have against an endpoint. A new object of an address begins without one: who checks says it again.</summary>
/// <param name="SinceNs">When they began to fail it, monotonic nanoseconds.</param>
/// <param name="Result">What the last one met; null: not told.</param>
/// <param name="Refuses">Nothing listens there.</param>
internal sealed record Sickness(long SinceNs, string? Result, bool Refuses)
{
    internal Evidence Evidence => new Evidence.FailedCheck(Result);
}
