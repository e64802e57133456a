using Mesh.Node.Proxy.Tls;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;
using Mesh.Wire.Tls;

namespace Mesh.Node.Telemetry;

/// <summary>What a server that speaks TLS counts of handshakes; each failure's series is there from its first event on.</summary>
internal sealed class TlsSeries
{
    private const string Help = "Connections that did not become secured ones, by why.";

    private static readonly EventFamily[] s_families =
    [
        .. Enum.GetValues<TlsFailure>().Select(static why => Family(TlsWords.Label(why))), Family("too_many"),
    ];

    private readonly EventCounters _failures;

    /// <param name="metrics">The server's series of requests.</param>
    /// <param name="pending">Connections that are not secured yet. Any thread, quick.</param>
    public TlsSeries(ServerMetrics metrics, Func<double> pending)
    {
        Handshakes = metrics.Scope.Counter(DataPlaneMetricNames.TlsHandshakes, "TLS handshakes that came to a good end.", metrics.Labels);
        metrics.Scope.Gauge(
            DataPlaneMetricNames.TlsPending, "Connections that are accepted and not secured yet.", metrics.Labels, pending);
        _failures = new EventCounters(metrics.Scope, metrics.Labels, s_families);
    }

    public Counter Handshakes { get; }

    /// <param name="stripe">The calling loop's stripe.</param>
    /// <param name="why">To add one to.</param>
    public void Count(int stripe, TlsFailure why) => _failures.Count(stripe, (int)why);

    /// <summary>A connection was reset because as many as may were not secured yet.</summary>
    public void CountTooMany(int stripe) => _failures.Count(stripe, s_families.Length - 1);

    private static EventFamily Family(string reason) => new(DataPlaneMetricNames.TlsFailures, Help, RoutingMetricLabels.Reason, reason);
}
