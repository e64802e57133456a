using Mesh.Wire.Metrics;

namespace Mesh.Node.Demo;

/// <summary>Requests that some viewpoint has counted since its start.</summary>
internal sealed record TrafficCount(long Requests, long Success, HistogramSnapshot Latency)
{
    public static readonly TrafficCount None = new(0, 0, HistogramSnapshot.Empty);

    /// <summary>What came since an earlier count, over the time between them.</summary>
    public TrafficLine Since(TrafficCount earlier, TimeSpan span)
    {
        long requests = Requests - earlier.Requests;
        HistogramSnapshot latency = Latency.Subtract(earlier.Latency);
        return new TrafficLine(
            span > TimeSpan.Zero ? requests / span.TotalSeconds : 0,
            requests > 0 ? (double)(Success - earlier.Success) / requests : null,
            Milliseconds(latency, 0.5),
            Milliseconds(latency, 0.95),
            Milliseconds(latency, 0.99));
    }

    private static double? Milliseconds(HistogramSnapshot latency, double quantile) =>
        latency.Count == 0 ? null : latency.Quantile(quantile) / 1e6;
}

/// <summary>The top line of an interval; null where there was no request.</summary>
/// <param name="PerSecond">Requests.</param>
/// <param name="SuccessRate">0 to 1.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P95">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
internal sealed record TrafficLine(double PerSecond, double? SuccessRate, double? P50, double? P95, double? P99);
