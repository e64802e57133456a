using Mesh.Routing.Destinations;

namespace Mesh.Routing.Balancing;

/// <summary>Builds the balancer for a set of endpoints.</summary>
internal static class Balancers
{
    /// <param name="config">Which algorithm.</param>
    /// <param name="endpoints">The set, not empty; weights are read now and never again.</param>
    internal static IBalancer For(BalancerConfig config, Endpoint[] endpoints)
    {
        double[] weights = Weights.Relative(endpoints);
        return config.Kind switch
        {
            BalancerKind.PeakEwma => new PowerOfTwoBalancer<PeakEwmaMeasure>(weights),
            BalancerKind.LeastLoaded => new PowerOfTwoBalancer<LeastLoadedMeasure>(weights),
            BalancerKind.RoundRobin => new RoundRobinBalancer(weights),
            _ => throw new ArgumentOutOfRangeException(nameof(config), config.Kind, "no such balancer"),
        };
    }
}
