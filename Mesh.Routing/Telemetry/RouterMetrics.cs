using Mesh.Wire.Metrics;

namespace Mesh.Routing.Telemetry;

/// <summary>Where a router gets the series of its servers, services and destinations.</summary>
/// <remarks>
/// Any thread, when a snapshot is built. The caller disposes what it asked for when the name goes; asking twice gives two handles on the same series,
/// which go with the second disposal, so an actor that restarts loses no counts. Ask only for names that bound: the rest is <see cref="Unbound"/>.
/// </remarks>
public sealed class RouterMetrics : IDisposable
{
    /// <summary>The service label of requests whose name bound to nothing; no service name, since those begin with a slash.</summary>
    public const string UnboundService = "unbound";

    private readonly MetricRegistry _registry;
    private readonly LabelSet _labels;

    public RouterMetrics(MetricRegistry registry, string router)
    {
        _registry = registry;
        _labels = LabelSet.Of((RoutingMetricLabels.Router, router));
        Unbound = ForService(UnboundService);
    }

    /// <summary>Requests whose name bound to nothing, all in one, so that a client cannot make series by asking for names.</summary>
    public ServiceMetrics Unbound { get; }

    /// <param name="server">The server's label, else its address as configured, <c>0.0.0.0/4140</c>.</param>
    /// <param name="rejectReasons">
    /// Every reason for which the server may refuse, in the order of its closed enum; <see cref="ServerMetrics.OtherReason"/> for those without a
    /// series of their own.
    /// </param>
    public ServerMetrics ForServer(string server, params IReadOnlyList<string> rejectReasons) =>
        new(_registry, _labels.With((RoutingMetricLabels.Server, server)), rejectReasons);

    /// <param name="service">A service name that bound, <c>/svc/users</c>.</param>
    public ServiceMetrics ForService(string service) => new(_registry, _labels.With((RoutingMetricLabels.Service, service)));

    /// <param name="destination">A bound name, <c>/#/io.l5d.fs/users</c>.</param>
    public DestinationMetrics ForDestination(string destination) =>
        new(_registry, _labels.With((RoutingMetricLabels.Destination, destination)));

    /// <param name="destination">A bound name that a binding of the service leads to.</param>
    /// <param name="service">A service name that bound.</param>
    public PairMetrics ForPair(string destination, string service) =>
        new(_registry, _labels.With((RoutingMetricLabels.Destination, destination), (RoutingMetricLabels.Service, service)));

    /// <summary>Removes <see cref="Unbound"/>; what was asked for belongs to whoever asked.</summary>
    public void Dispose() => Unbound.Dispose();
}
