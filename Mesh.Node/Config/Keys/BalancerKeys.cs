using Mesh.Node.Config.Schema;
using Mesh.Routing.Balancing;

namespace Mesh.Node.Config.Keys;

/// <summary>The keys of each load balancer.</summary>
internal static class BalancerKeys
{
    public static readonly IntKey MaxEffort = new(
        "maxEffort", BalancerConfig.DefaultMaxEffort, 1, 100, "picks", "Picks before an endpoint that is not open is taken all the same.");

    public static readonly IntKey DecayTimeMs = new(
        "decayTimeMs", (int)BalancerConfig.DefaultDecay.TotalMilliseconds, 1, SharedKeys.MaxMs, "ms", "Time constant of the average latency.");

    private static readonly UnsupportedKey s_probation = new("enableProbation", "Endpoints that discovery dropped stay while healthy.", "false");

    public static readonly Section<BalancerConfig> Ewma = new(
        "load balancer `ewma`",
        "The less loaded of two random endpoints; load is average latency, sensitive to peaks, times requests in flight.",
        [MaxEffort, DecayTimeMs, s_probation],
        static view => Of(BalancerKind.PeakEwma, view) with { Decay = TimeSpan.FromMilliseconds(view.Get(DecayTimeMs)) });

    public static readonly Section<BalancerConfig> P2c = new(
        "load balancer `p2c`",
        "The one with fewer requests in flight of two random endpoints.",
        [MaxEffort, s_probation],
        static view => Of(BalancerKind.LeastLoaded, view));

    public static readonly Section<BalancerConfig> RoundRobin = new(
        "load balancer `roundRobin`",
        "Endpoints in turn.",
        [MaxEffort, s_probation],
        static view => Of(BalancerKind.RoundRobin, view));

    private static BalancerConfig Of(BalancerKind kind, SectionView view) => new() { Kind = kind, MaxEffort = view.Get(MaxEffort) };
}

/// <summary>The kinds of <c>loadBalancer</c>.</summary>
internal static class BalancerKinds
{
    public static readonly KindTable Table = new(
        "a load balancer",
        "kind",
        "ewma",
        [
            new Kind<BalancerConfig>("ewma", "Peak-EWMA.", BalancerKeys.Ewma),
            new Kind<BalancerConfig>("p2c", "Least loaded of two.", BalancerKeys.P2c),
            new Kind<BalancerConfig>("roundRobin", "In turn.", BalancerKeys.RoundRobin),
            Kind.NotSupported("aperture", "a window of endpoints"),
            Kind.NotSupported("heap", "the least loaded of all endpoints"),
        ]);
}
