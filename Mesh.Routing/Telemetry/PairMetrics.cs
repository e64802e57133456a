using Mesh.Wire.Metrics;

namespace Mesh.Routing.Telemetry;

/// <summary>Attempts by destination and by the service name that led there: who uses what.</summary>
/// <remarks>Hot path: one counter and one histogram an attempt, resolved. Disposing takes the series out of the exposition.</remarks>
public sealed class PairMetrics : IDisposable, ILateSeries
{
    private const string Viewpoint = "by destination and service name";

    private readonly MetricScope _scope;
    private readonly LabelSet _labels;
    private StreamMetrics? _streams;

    internal PairMetrics(MetricRegistry registry, LabelSet labels)
    {
        _scope = registry.OpenScope();
        Success = _scope.Counter(RoutingMetricNames.PairSuccess, $"Attempts that succeeded, {Viewpoint}.", labels);
        Failures = _scope.Counter(RoutingMetricNames.PairFailures, $"Attempts that failed, {Viewpoint}.", labels);
        Latency = _scope.Histogram(RoutingMetricNames.PairDuration, $"Time of an attempt, {Viewpoint}.", HistogramUnit.Seconds, labels);
        _labels = labels;
        _scope.Later(this);
    }

    public Counter Success { get; }

    public Counter Failures { get; }

    /// <summary>In nanoseconds.</summary>
    public Histogram Latency { get; }

    /// <inheritdoc cref="RequestMetrics.Streams"/>
    public StreamMetrics Streams => _streams ??= new StreamMetrics(_scope, _labels, StreamFamily.Pair);

    /// <summary>Books one finished attempt.</summary>
    /// <param name="stripe">The calling loop's stripe, or 0.</param>
    /// <param name="success">As the response classifier judged.</param>
    /// <param name="latencyNanoseconds">Of the attempt.</param>
    public void Complete(int stripe, bool success, long latencyNanoseconds)
    {
        (success ? Success : Failures).Add(stripe);
        Latency.Record(stripe, latencyNanoseconds);
    }

    void ILateSeries.Register(MetricScope scope) => scope.ObservedCounter(
        RoutingMetricNames.PairRequests, $"Attempts completed, {Viewpoint}.", _labels, () => Success.Value + Failures.Value);

    public void Dispose() => _scope.Dispose();
}
