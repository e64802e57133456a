using System.Collections.Immutable;

namespace Mesh.Wire.Metrics;

/// <summary>All series of one name, for whoever renders them.</summary>
/// <param name="Name">Complete, with unit and <c>_total</c> where Prometheus wants them.</param>
/// <param name="Help">One line for people.</param>
/// <param name="Kind">What readers may assume of the values.</param>
/// <param name="Series">In order of registration; never empty.</param>
public sealed record MetricFamily(string Name, string Help, MetricKind Kind, ImmutableArray<MetricSeries> Series);

/// <summary>One line of a family (several for a histogram).</summary>
/// <param name="Labels">Unescaped.</param>
/// <param name="Instrument">Where the value is read; a <see cref="Gauge"/> also for counters that are asked for by callback.</param>
public readonly record struct MetricSeries(LabelSet Labels, Instrument Instrument);

/// <summary>What readers may assume of a family's values.</summary>
public enum MetricKind
{
    /// <summary>Only grows, from 0 at the start of the process or of the series.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>A distribution.</summary>
    Histogram,
}
