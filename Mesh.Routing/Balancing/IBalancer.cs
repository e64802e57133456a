using Mesh.Routing.Destinations;
using Mesh.Wire;

namespace Mesh.Routing.Balancing;

/// <summary>Says which endpoint of one fixed set the next request should go to.</summary>
/// <remarks>
/// Hot path: any thread, no allocation, no lock. One balancer belongs to one set; it is built anew with each snapshot. It prefers
/// endpoints that are open, but may name a closed one: the caller admits, and asks again.
/// </remarks>
internal interface IBalancer
{
    /// <summary>How new endpoints warm up; null: they do not.</summary>
    SlowStart? SlowStart { get; }

    /// <summary>An index into <paramref name="endpoints"/>, which is the set the balancer was built for and is not empty.</summary>
    /// <param name="endpoints">The set.</param>
    /// <param name="request">Whose pick; the excluded endpoint counts as closed.</param>
    /// <param name="random">Advanced by algorithms that draw.</param>
    int Choose(Endpoint[] endpoints, in PickRequest request, ref SplitMix64 random);
}
