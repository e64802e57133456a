using Mesh.Routing.Destinations;

namespace Mesh.Routing.Balancing;

/// <summary>What "less loaded" means to <see cref="PowerOfTwoBalancer{TMeasure}"/>; a struct, so that the comparison is inlined.</summary>
internal interface ILoadMeasure
{
    /// <summary>The load of an endpoint on a scale for comparing within one pick. <paramref name="share"/> is 1 / relative weight.</summary>
    static abstract double Of(Endpoint endpoint, long nowNs, double share);
}

/// <summary>Latency peaks times requests out.</summary>
internal readonly struct PeakEwmaMeasure : ILoadMeasure
{
    public static double Of(Endpoint endpoint, long nowNs, double share) => endpoint.Load.Level(nowNs, endpoint.InFlight, share);
}

/// <summary>Requests out.</summary>
internal readonly struct LeastLoadedMeasure : ILoadMeasure
{
    public static double Of(Endpoint endpoint, long nowNs, double share) => endpoint.InFlight * share;
}
