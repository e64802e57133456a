using Mesh.Routing.Telemetry;
using Mesh.Wire.Http2.Connections;

namespace Mesh.Node.Telemetry;

/// <summary>Counts what clients of HTTP/2 do oddly; each series is there from its first event on.</summary>
internal sealed class GlitchSeries(ServerMetrics metrics)
{
    private const string Help = "What clients of HTTP/2 did oddly, by kind; abuse: so much of it that the connection was ended.";

    private static readonly EventFamily[] s_families =
    [
        Family("frame"), Family("cancel"), Family("error"), Family("stall"), Family("abuse"),
    ];

    private readonly EventCounters _events = new(metrics.Scope, metrics.Labels, s_families);

    /// <summary>One more. On its connection's loop.</summary>
    public void Count(Http2ServerConnection connection, Glitch glitch) => _events.Count(connection.Loop.Index, (int)glitch);

    private static EventFamily Family(string reason) => new(DataPlaneMetricNames.ServerGlitches, Help, RoutingMetricLabels.Reason, reason);
}
