using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>What a destination shows of connections whose bytes nobody reads, from the first of them on.</summary>
internal sealed class FlowSeries
{
    private FlowSeries(DestinationMetrics metrics)
    {
        Sent = metrics.Scope.Counter(
            DataPlaneMetricNames.FlowSent, "Bytes sent to endpoints on connections that pass unread.", metrics.Labels);
        Received = metrics.Scope.Counter(
            DataPlaneMetricNames.FlowReceived, "Bytes received from endpoints on connections that pass unread.", metrics.Labels);
        Duration = metrics.Scope.Histogram(
            DataPlaneMetricNames.FlowDuration, "How long connections lived that passed unread.", HistogramUnit.Seconds, metrics.Labels);
    }

    public Counter Sent { get; }

    public Counter Received { get; }

    /// <summary>In nanoseconds.</summary>
    public Histogram Duration { get; }

    /// <summary>Two threads may make two of them; the instruments are the same.</summary>
    /// <returns>Null: the destination has gone meanwhile.</returns>
    public static FlowSeries? Of(DestinationMetrics metrics)
    {
        try
        {
            return new FlowSeries(metrics);
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }
}
