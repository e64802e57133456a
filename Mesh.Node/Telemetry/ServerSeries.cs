using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>What a server counts beside the outcome of its requests. The series live as long as the server's others.</summary>
internal sealed class ServerSeries
{
    /// <param name="metrics">The server's series of requests.</param>
    /// <param name="exhaustions">Times that its listener found no file descriptor left. Any thread, quick.</param>
    public ServerSeries(ServerMetrics metrics, Func<double> exhaustions)
    {
        MetricScope scope = metrics.Scope;
        Cancelled = scope.Counter(
            DataPlaneMetricNames.ServerCancelled, "Requests whose client went away before the response was complete.", metrics.Labels);
        Inbound = new InboundSeries(metrics);
        Glitches = new GlitchSeries(metrics);
        Received = scope.Counter(DataPlaneMetricNames.ServerReceived, "Bytes received from clients.", metrics.Labels);
        Sent = scope.Counter(DataPlaneMetricNames.ServerSent, "Bytes sent to clients.", metrics.Labels);
        scope.ObservedCounter(
            DataPlaneMetricNames.DescriptorExhaustions,
            "Times that accepting paused because no file descriptor was left.",
            metrics.Labels,
            exhaustions);
    }

    /// <summary>Requests that are neither success nor failure, because nobody waited for them any more.</summary>
    public Counter Cancelled { get; }

    /// <summary>Of the inbound side; others count nothing there.</summary>
    public InboundSeries Inbound { get; }

    /// <summary>Of clients that speak HTTP/2.</summary>
    public GlitchSeries Glitches { get; }

    public Counter Received { get; }

    public Counter Sent { get; }
}
