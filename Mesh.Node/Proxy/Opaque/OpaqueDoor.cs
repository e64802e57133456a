using Mesh.Node.Telemetry;
using Mesh.Routing.Identifiers;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Detection;
using Mesh.Wire.Faults;
using Mesh.Wire.Transports;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>What stands in a server for connections whose bytes nobody reads: which those are, and where they are counted.</summary>
/// <param name="terms">The server's.</param>
/// <param name="router">Whose names they get.</param>
/// <param name="parts">The server's series.</param>
internal sealed class OpaqueDoor(OpaqueTerms terms, Router router, ServerParts parts)
{
    private readonly OpaqueSeries _series = new(parts.Metrics);

    public OpaqueTerms Terms => terms;

    public Router Router => router;

    /// <summary>No byte of the connection is waited for to tell what it speaks.</summary>
    public bool TakesUnseen(Transport transport)
    {
        if (!terms.TakesHttp) return true;
        if (terms.Ports.Count == 0 || !terms.Ports.Contains(PortOf(transport))) return false;
        _series.CountPort(transport.Loop.Index);
        return true;
    }

    /// <summary>Whether what a connection speaks passes unread; it is counted.</summary>
    public bool Takes(int stripe, SpokenProtocol spoken)
    {
        _series.Count(stripe, spoken);
        return spoken is SpokenProtocol.Tls or SpokenProtocol.Opaque or SpokenProtocol.Silent;
    }

    /// <summary>All but the server name, which is no fact before it was read.</summary>
    public static ConnectionFacts FactsOf(Transport transport) =>
        new(transport.LocalEndPoint?.Port ?? 0) { OriginalDestination = transport.OriginalDestination };

    /// <summary>Its bytes begin to pass.</summary>
    public OpaqueFlow Open(Backend backend, int stripe) => new(parts.Series, _series, backend, stripe);

    /// <summary>A connection has ended.</summary>
    /// <param name="stripe">Its loop's.</param>
    /// <param name="service">Of its name; null: it led nowhere.</param>
    /// <param name="cancelled">Its client, or the node, broke it.</param>
    /// <param name="fault">What went wrong, if anything.</param>
    /// <param name="latencyNs">Until it was connected, or failed.</param>
    public void Book(int stripe, ServiceMetrics? service, bool cancelled, Fault fault, long latencyNs)
    {
        if (cancelled)
        {
            parts.Series.Cancelled.Add(stripe);
            return;
        }

        service ??= router.Metrics.Unbound;
        service.CompleteOpaque(stripe, fault.IsNone, latencyNs);
        service.CountFault(stripe, fault);
        parts.Metrics.CompleteOpaque(stripe, fault.IsNone, latencyNs);
        parts.Metrics.CountFault(stripe, fault);
    }

    private static int PortOf(Transport transport) => (transport.OriginalDestination ?? transport.LocalEndPoint)?.Port ?? 0;
}
