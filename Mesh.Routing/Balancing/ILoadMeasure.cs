using Mesh.Routing.Destinations;

namespace Mesh.Routing.Balancing;

/// <summary>What "less loaded" means to <see cref="PowerOfTwoBalancer{TMeasure}"/>; a struct, so that the comparison is inlined.</summary>
internal interface ILoadMeasure
{
    /// <summary>
    /// Whether the first of two draws keeps the request. A share is 1 / relative weight: what one of twice the average weight has out counts half.
    /// </summary>
    static abstract bool Keeps(Endpoint first, double firstShare, Endpoint second, double secondShare, long nowNs);
}

/// <summary>Requests out.</summary>
internal readonly struct LeastLoadedMeasure : ILoadMeasure
{
    public static bool Keeps(Endpoint first, double firstShare, Endpoint second, double secondShare, long nowNs)
        => FirstHolds(first.InFlight, firstShare, second.InFlight, secondShare);

    /// <summary>
    /// The second takes the request from the first only if, half of it added, it is no fuller than the first is with half a request less. Between
    /// equals: if it has fewer out. With weights the first draw, which follows them, holds as long as rounding explains the difference (the
    /// half is Webster's, of apportionment), so that shares are by weight at any load.
    /// </summary>
    /// <remarks>
    /// Simulated, shares of 3 to 1: at 0.4, 1, 2, 10, 40 requests out 0.76, 0.76, 0.75, 0.75, 0.75; by plain comparison of requests out per weight
    /// 0.73, 0.73, 0.74, 0.75, 0.75; if the second must be no fuller with the whole request 0.77, 0.78, 0.79, 0.77, 0.76.
    /// </remarks>
    internal static bool FirstHolds(int first, double firstShare, int second, double secondShare)
        => (2 * second + 1) * secondShare > (2 * first - 1) * firstShare;
}

/// <summary>Latency peaks, dearer by failures, times requests out, where that differs; requests out, where it is alike.</summary>
/// <remarks>
/// Alike is: within a factor of 2. Finagle compares what noise makes of equals too, and then the one that met the last peak gets little for
/// seconds. Simulated, five equals of 0.3 ms with rare spikes of 3 ms and one request at a time: shares 0.12 to 0.29 by Finagle's rule, 0.16 to 0.23
/// by this; 64 at a time 0.19 to 0.21, and 0.20. Weights of 3 to 1, 0.2 ms after first requests of 5 to 50 ms: 0.72 with a deviation of 0.18, and
/// 0.74 with 0.05. Five of 20 ms at 500 a second, one 200 ms slower: that one gets 0.1 % by either rule, and p99 is 23.9 ms. Rejected: taking
/// the factor off the difference beyond it too (0.8 % go to the slow one, p99.9 is 223 ms, not 24), a factor of 3 (3.0 % against 1.5 where
/// latencies vary much), and failures that never lower the cost (an endpoint that fails fast draws 26 % of the requests with and without). What
/// failures cost is <see cref="FailureShare"/>'s to say.
/// </remarks>
internal readonly struct PeakEwmaMeasure : ILoadMeasure
{
    /// <summary>ln 2.</summary>
    private const double Alike = 0.6931471805599453;

    public static bool Keeps(Endpoint first, double firstShare, Endpoint second, double secondShare, long nowNs)
    {
        double surcharge = first.Failing.Surcharge - second.Failing.Surcharge;
        double difference = first.Load.LevelOfCost(nowNs) - second.Load.LevelOfCost(nowNs) + surcharge;
        return Math.Abs(difference) < Alike
            ? LeastLoadedMeasure.FirstHolds(first.InFlight, firstShare, second.InFlight, secondShare)
            : first.Load.Level(nowNs, first.InFlight, firstShare) + surcharge <= second.Load.Level(nowNs, second.InFlight, secondShare);
    }
}
