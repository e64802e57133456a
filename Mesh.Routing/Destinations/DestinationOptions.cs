using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;

namespace Mesh.Routing.Destinations;

/// <summary>How a destination treats its endpoints. Compared by value; factories by identity.</summary>
public sealed record DestinationOptions
{
    public BalancerConfig Balancer { get; init; } = BalancerConfig.Default;

    public AccrualConfig Accrual { get; init; } = AccrualConfig.Default;

    /// <summary>Makes what the node hangs on each endpoint; null for nothing.</summary>
    public EndpointResourceFactory? Resources { get; init; }

    /// <summary>Start of the random sequences; destinations mix their name in.</summary>
    public ulong Seed { get; init; }
}
