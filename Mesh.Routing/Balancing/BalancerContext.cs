namespace Mesh.Routing.Balancing;

/// <summary>
/// What a new snapshot's balancer goes on from. A balancer belongs to one set; what must outlive a set (how wide an aperture is, since when a
/// destination has endpoints at all, a table that still fits) it takes from the one before.
/// </summary>
/// <param name="Previous">The balancer of the snapshot before; null for the first set, or after an empty one.</param>
/// <param name="NowNs">Monotonic nanoseconds.</param>
/// <param name="Seed">Of this node and destination: where nodes should differ, they differ by it.</param>
internal readonly record struct BalancerContext(IBalancer? Previous, long NowNs, ulong Seed);
