using Mesh.Routing.Telemetry;
using Mesh.Wire.Detection;

namespace Mesh.Node.Telemetry;

/// <summary>What a server counts of connections whose bytes nobody reads, and of what others were found to be.</summary>
internal sealed class OpaqueSeries
{
    private const string Help = "Connections by what their first bytes told; silent: none came in time; port: it was not looked.";

    private static readonly EventFamily[] s_families =
    [
        Family("http1"), Family("http2"), Family("tls"), Family("opaque"), Family("silent"), Family("gone"), Family("port"),
    ];

    private readonly EventCounters _detected;
    private int _open;

    public OpaqueSeries(ServerMetrics metrics)
    {
        _detected = new EventCounters(metrics.Scope, metrics.Labels, s_families);
        metrics.Scope.Gauge(
            DataPlaneMetricNames.OpaqueConnections, "Connections open now whose bytes pass unread.", metrics.Labels, () => Volatile.Read(ref _open));
    }

    /// <param name="stripe">The calling loop's stripe.</param>
    /// <param name="spoken">What was found.</param>
    public void Count(int stripe, SpokenProtocol spoken) => _detected.Count(stripe, (int)spoken);

    /// <summary>Its port is one of those that are not waited for.</summary>
    public void CountPort(int stripe) => _detected.Count(stripe, s_families.Length - 1);

    public void Opened() => Interlocked.Increment(ref _open);

    public void Closed() => Interlocked.Decrement(ref _open);

    private static EventFamily Family(string spoken) => new(DataPlaneMetricNames.Detected, Help, DataPlaneMetricLabels.Spoken, spoken);
}
