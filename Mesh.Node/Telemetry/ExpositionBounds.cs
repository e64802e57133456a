using System.Collections.Immutable;
using System.Globalization;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>The coarse bucket bounds that Prometheus is shown; the fine buckets stay inside, for quantiles and OTLP.</summary>
/// <param name="Recorded">In the histogram's own unit (nanoseconds, bytes, a count), ascending.</param>
/// <param name="Shown">The same as <c>le</c> values.</param>
/// <param name="ShownPerRecorded">1e-9 for seconds.</param>
internal sealed record ExpositionBounds(ImmutableArray<double> Recorded, ImmutableArray<string> Shown, double ShownPerRecorded)
{
    private static readonly ExpositionBounds s_seconds = New(
        1e-9,
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]);

    private static readonly ExpositionBounds s_bytes = New(
        1,
        [1 << 6, 1 << 8, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26, 1 << 28]);

    /// <summary>Looked up half a step further, so that a bound that is counted often is within.</summary>
    private static readonly ExpositionBounds s_counts = New(1, [0, 1, 2, 3, 5, 10, 25], beyond: 0.5);

    public static ExpositionBounds Of(HistogramUnit unit) => unit switch
    {
        HistogramUnit.Seconds => s_seconds,
        HistogramUnit.Bytes => s_bytes,
        _ => s_counts,
    };

    private static ExpositionBounds New(double shownPerRecorded, ImmutableArray<double> shown, double beyond = 0) => new(
        [.. shown.Select(bound => (bound / shownPerRecorded) + beyond)],
        [.. shown.Select(bound => ((decimal)bound).ToString(CultureInfo.InvariantCulture))],
        shownPerRecorded);
}
