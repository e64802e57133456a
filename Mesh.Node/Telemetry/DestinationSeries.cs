using Mesh.Node.Proxy;
using Mesh.Node.Proxy.Tls;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;
using Mesh.Wire.Pools;
using Mesh.Wire.Tls;

namespace Mesh.Node.Telemetry;

/// <summary>
/// What a destination shows beside the outcome of its requests: connections, endpoints and what was decided about them. The series live as long as
/// its others.
/// </summary>
/// <remarks>
/// Connections are told by destination and not by address, since addresses come and go by the hundred; an address that two destinations reach has
/// one pool and counts in both.
/// </remarks>
internal sealed class DestinationSeries : ILateSeries
{
    private static readonly EventFamily[] s_tls =
    [
        .. Enum.GetValues<TlsFailure>().Select(static why => new EventFamily(
            DataPlaneMetricNames.TlsDialFailures, "Connections that could not be secured, by why.", RoutingMetricLabels.Reason, TlsWords.Label(why))),
    ];

    private static readonly (EndpointCondition Condition, string Word)[] s_conditions =
        [.. Enum.GetValues<EndpointCondition>().Select(static each => (each, each.ToString().ToLowerInvariant()))];

    private readonly DestinationMetrics _metrics;
    private readonly Destination _destination;
    private EventCounters? _tls;

    /// <param name="metrics">The destination's series of requests.</param>
    /// <param name="destination">Whose endpoints carry <see cref="PooledEndpoint"/>.</param>
    public DestinationSeries(DestinationMetrics metrics, Destination destination)
    {
        _metrics = metrics;
        _destination = destination;
        MetricScope scope = metrics.Scope;
        LabelSet labels = metrics.Labels;
        Connects = scope.Counter(DataPlaneMetricNames.Connects, "Connections opened.", labels);
        ConnectFailures = scope.Counter(DataPlaneMetricNames.ConnectFailures, "Connections that could not be opened.", labels);
        Requeues = scope.Counter(DataPlaneMetricNames.Requeues, "Attempts that were made again, the request having provably done nothing.", labels);
        scope.Later(this);
    }

    public Counter Connects { get; }

    public Counter ConnectFailures { get; }

    public Counter Requeues { get; }

    void ILateSeries.Register(MetricScope scope)
    {
        LabelSet labels = _metrics.Labels;
        ObservePools(scope, labels, _destination);
        ObserveConditions(scope, labels, _destination);
        ObserveDecisions(scope, labels, _destination.Counters);
        ObserveBalancer(scope, labels, _destination);
        _metrics.ObservePending(() => InFlight(_destination));
    }

    /// <summary>One of <see cref="ConnectFailures"/> that failed for TLS. Two threads may make two sets; the counters are the same.</summary>
    /// <param name="stripe">The calling loop's stripe.</param>
    /// <param name="why">What it failed for.</param>
    public void CountTls(int stripe, TlsFailure why) =>
        (_tls ??= new EventCounters(_metrics.Scope, _metrics.Labels, s_tls)).Count(stripe, (int)why);

    private static void ObservePools(MetricScope scope, LabelSet labels, Destination destination)
    {
        const string help = "Connections open now, those being opened among the busy.";
        scope.Gauge(
            DataPlaneMetricNames.Connections,
            help,
            labels.With((DataPlaneMetricLabels.State, "idle")),
            () => Sum(destination, static pool => pool.Idle));
        scope.Gauge(
            DataPlaneMetricNames.Connections,
            help,
            labels.With((DataPlaneMetricLabels.State, "busy")),
            () => Sum(destination, static pool => Math.Max(0, pool.Open - pool.Idle)) + Raw(destination));
        scope.Gauge(
            DataPlaneMetricNames.Waiters, "Requests that wait for a connection.", labels, () => Sum(destination, static pool => pool.Waiting));
    }

    /// <summary>Each endpoint counts in one condition.</summary>
    private static void ObserveConditions(MetricScope scope, LabelSet labels, Destination destination)
    {
        foreach ((EndpointCondition condition, string word) in s_conditions)
        {
            scope.Gauge(
                DataPlaneMetricNames.Endpoints,
                "Endpoints by how they stand.",
                labels.With((DataPlaneMetricLabels.Phase, word)),
                () => destination.CountOf(condition));
        }

        const string help = "1 while most endpoints are out, and those that failed are used as if they had not.";
        scope.Gauge(DataPlaneMetricNames.Panic, help, labels, () => destination.IsPanicking ? 1 : 0);
    }

    private static void ObserveDecisions(MetricScope scope, LabelSet labels, DestinationCounters counters)
    {
        Observe(DataPlaneMetricNames.Deaths, "Endpoints taken out by their failures.", () => counters.Deaths);
        Observe(DataPlaneMetricNames.Revivals, "Endpoints that came back by a good probe.", () => counters.Revivals);
        Observe(DataPlaneMetricNames.Probes, "Requests that went out as probes.", () => counters.Probes);
        Observe(DataPlaneMetricNames.Rested, "Rests ordered at deaths and failed probes.", () => counters.RestedNs * 1e-9);
        Observe(DataPlaneMetricNames.EjectionsRefused, "Failures that would have killed one endpoint too many.", () => counters.EjectionsRefused);
        Observe(DataPlaneMetricNames.FailOpenPicks, "Requests sent to a closed endpoint because none was open.", () => counters.FailOpenPicks);
        Observe(DataPlaneMetricNames.PanicPicks, "Requests sent to endpoints that are out because most are.", () => counters.PanicPicks);
        Observe(DataPlaneMetricNames.EffortExhausted, "Picks that drew no open endpoint in maxEffort draws.", () => counters.EffortExhausted);
        Observe(DataPlaneMetricNames.Pushbacks, "Responses by which an endpoint asked to be spared.", () => counters.Pushbacks);
        Observe(DataPlaneMetricNames.Sickenings, "Endpoints that active checks took out.", () => counters.Sickenings);
        Observe(DataPlaneMetricNames.Recoveries, "Endpoints that active checks let in again.", () => counters.Recoveries);
        Observe(DataPlaneMetricNames.Joins, "Endpoints that joined.", () => counters.Joins);
        Observe(DataPlaneMetricNames.Leaves, "Endpoints that left.", () => counters.Leaves);
        Observe(DataPlaneMetricNames.Probations, "Endpoints that stayed though discovery dropped them.", () => counters.Probations);
        Observe(DataPlaneMetricNames.Updates, "Address sets taken over.", () => counters.Updates);
        Observe(DataPlaneMetricNames.Rebuilds, "Balancers built.", () => counters.Rebuilds);

        void Observe(string name, string help, Func<double> read) => scope.ObservedCounter(name, help, labels, read);
    }

    private static void ObserveBalancer(MetricScope scope, LabelSet labels, Destination destination)
    {
        BalancerKind kind = destination.Options.Balancer.Kind;
        string algorithm = kind switch
        {
            BalancerKind.LeastLoaded => "p2c_least_loaded",
            BalancerKind.RoundRobin => "round_robin",
            BalancerKind.Aperture => "aperture_least_loaded",
            BalancerKind.Heap => "heap_least_loaded",
            BalancerKind.RingHash => "ring_hash",
            BalancerKind.Maglev => "maglev",
            _ => "p2c_peak_ewma",
        };
        const string help = "1 while endpoints are chosen as the label says; 0 once a reload has changed how.";
        scope.Gauge(DataPlaneMetricNames.Balancer, help, labels.With((DataPlaneMetricLabels.Algorithm, algorithm)), IsSo);

        double IsSo() => destination.Options.Balancer.Kind == kind ? 1 : 0;
    }

    private static double InFlight(Destination destination) => destination.Current.Endpoints.Sum(static endpoint => endpoint.InFlight);

    private static int Raw(Destination destination) =>
        destination.Current.Endpoints.Sum(static endpoint => endpoint.Resource is PooledEndpoint pooled ? pooled.Raw.Open : 0);

    private static double Sum(Destination destination, Func<ConnectionPool, int> of)
    {
        int sum = 0;
        foreach (Endpoint endpoint in destination.Current.Endpoints)
        {
            if (endpoint.Resource is PooledEndpoint pooled) sum += pooled.Sum(of);
        }

        return sum;
    }
}
