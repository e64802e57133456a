using Mesh.Routing.Destinations;

namespace Mesh.Routing.Balancing;

/// <summary>What one pick goes by, beside the endpoints themselves.</summary>
/// <param name="NowNs">Monotonic nanoseconds, of the clock that the lease is completed with.</param>
/// <param name="Excluded">Where the attempt before went; avoided if anybody else is open.</param>
/// <param name="Affinity">
/// A hash of what ties requests together (a header, a cookie, the source address), for balancers that keep them on one endpoint; 0: nothing does.
/// </param>
/// <remarks>Hot path: passed by reference, on the stack.</remarks>
public readonly record struct PickRequest(long NowNs, Endpoint? Excluded = null, ulong Affinity = 0);
