using Mesh.Routing.Accrual;

namespace Mesh.Routing.Destinations;

/// <summary>
/// What discovery has against an endpoint that it still names: the node behind it does not answer the cluster, or nobody has confirmed it yet. Only
/// discovery takes it back, however well checks go.
/// </summary>
/// <param name="SinceNs">When it began to doubt, monotonic nanoseconds.</param>
/// <param name="Reason">In its words.</param>
internal sealed record Doubt(long SinceNs, string Reason)
{
    /// <summary>What follows when discovery says this; null: no doubt. The oldest moment stays.</summary>
    internal static Doubt? Next(Doubt? before, string? reason, long nowNs) =>
        reason is null ? null : before?.Reason == reason ? before : new Doubt(before?.SinceNs ?? nowNs, reason);

    internal Evidence Evidence => new Evidence.Doubted(Reason);
}
