using Mesh.Routing.Destinations;

namespace Mesh.Routing.Balancing;

/// <summary>Builds the balancer for a set of endpoints.</summary>
internal static class Balancers
{
    /// <param name="config">Which algorithm.</param>
    /// <param name="endpoints">The set, not empty; weights are read now and never again.</param>
    /// <param name="context">What it goes on from.</param>
    internal static IBalancer For(BalancerConfig config, Endpoint[] endpoints, in BalancerContext context)
    {
        double[] weights = Weights.Relative(endpoints);
        var slowStart = SlowStart.For(config, context);
        return config.Kind switch
        {
            BalancerKind.PeakEwma => new PowerOfTwoBalancer<PeakEwmaMeasure>(weights, slowStart),
            BalancerKind.LeastLoaded => new PowerOfTwoBalancer<LeastLoadedMeasure>(weights, slowStart),
            BalancerKind.RoundRobin => new RoundRobinBalancer(weights, slowStart),
            BalancerKind.Heap => new HeapBalancer(weights, slowStart),
            BalancerKind.Aperture => ApertureBalancer.For(config.Aperture, endpoints, weights, slowStart, context),
            BalancerKind.RingHash => HashBalancer<HashRing>.For(config.Hash, endpoints, weights, slowStart, context),
            BalancerKind.Maglev => HashBalancer<MaglevTable>.For(config.Hash, endpoints, weights, slowStart, context),
            _ => throw new ArgumentOutOfRangeException(nameof(config), config.Kind, "no such balancer"),
        };
    }
}
