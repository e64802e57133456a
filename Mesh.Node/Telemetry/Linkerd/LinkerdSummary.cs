using System.Collections.Immutable;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>A distribution as Linkerd shows it, in the unit shown.</summary>
/// <param name="Count">Values since the series began. Linkerd's starts over each minute, so that no rate can be made of it.</param>
/// <param name="Sum">Their sum, since the series began.</param>
/// <param name="Recent">The values of the last one to two minutes, in the unit recorded.</param>
/// <param name="Factor">From the unit recorded to the one shown.</param>
internal sealed record LinkerdSummary(long Count, double Sum, HistogramSnapshot Recent, double Factor)
{
    /// <summary>The quantiles that Linkerd shows: for Prometheus, in metrics.json (smallest and largest last there), and for InfluxDB.</summary>
    public static ImmutableArray<(double Quantile, string Prometheus, string Json, string Influx)> Quantiles { get; } =
    [
        (0, "0", "min", "min"), (0.5, "0.5", "p50", "p50"), (0.9, "0.9", "p90", "p90"), (0.95, "0.95", "p95", "p95"),
        (0.99, "0.99", "p99", "p99"), (0.999, "0.999", "p9990", "p999"), (0.9999, "0.9999", "p9999", "p9999"), (1, "1", "max", "max"),
    ];

    /// <summary>Whether there is anything of the present to tell.</summary>
    public bool HasRecent => Recent.Count > 0;

    /// <summary>Of the last one to two minutes.</summary>
    public double Average => Recent.Mean * Factor;

    /// <summary>Of the last one to two minutes.</summary>
    public double Quantile(double q) => Recent.Quantile(q) * Factor;
}
