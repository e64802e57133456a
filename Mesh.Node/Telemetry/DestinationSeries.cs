using System.Collections.Immutable;
using Mesh.Node.Proxy;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;
using Mesh.Wire.Pools;

namespace Mesh.Node.Telemetry;

/// <summary>What a destination shows beside the outcome of its requests: connections and breakers. The series live as long as its others.</summary>
/// <remarks>
/// Connections are told by destination and not by address, since addresses come and go by the hundred; an address that two destinations reach has
/// one pool and counts in both.
/// </remarks>
internal sealed class DestinationSeries
{
    /// <param name="metrics">The destination's series of requests.</param>
    /// <param name="destination">Whose endpoints carry <see cref="PooledEndpoint"/>.</param>
    public DestinationSeries(DestinationMetrics metrics, Destination destination)
    {
        MetricScope scope = metrics.Scope;
        LabelSet labels = metrics.Labels;
        Connects = scope.Counter(DataPlaneMetricNames.Connects, "Connections opened.", labels);
        ConnectFailures = scope.Counter(DataPlaneMetricNames.ConnectFailures, "Connections that could not be opened.", labels);
        Requeues = scope.Counter(DataPlaneMetricNames.Requeues, "Attempts that were made again, the request having provably done nothing.", labels);
        ObservePools(scope, labels, destination);
        ObserveBreakers(scope, labels, destination);
        ObserveBalancer(scope, labels, destination);
        metrics.ObservePending(() => InFlight(destination));
    }

    public Counter Connects { get; }

    public Counter ConnectFailures { get; }

    public Counter Requeues { get; }

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
            () => Sum(destination, static pool => Math.Max(0, pool.Open - pool.Idle)));
        scope.Gauge(
            DataPlaneMetricNames.Waiters, "Requests that wait for a connection.", labels, () => Sum(destination, static pool => pool.Waiting));
    }

    private static void ObserveBreakers(MetricScope scope, LabelSet labels, Destination destination)
    {
        ReadOnlySpan<(BreakerPhase Phase, string Label)> phases =
            [(BreakerPhase.Alive, "alive"), (BreakerPhase.Dead, "dead"), (BreakerPhase.Probing, "probing")];
        foreach ((BreakerPhase phase, string label) in phases)
        {
            scope.Gauge(
                DataPlaneMetricNames.Endpoints,
                "Endpoints by the phase of their breaker.",
                labels.With((DataPlaneMetricLabels.Phase, label)),
                () => Count(destination.Current.Endpoints, phase));
        }

        DestinationCounters counters = destination.Counters;
        Observe(DataPlaneMetricNames.Deaths, "Endpoints taken out after failures in a row.", () => counters.Deaths);
        Observe(DataPlaneMetricNames.Revivals, "Endpoints that came back by a good probe.", () => counters.Revivals);
        Observe(DataPlaneMetricNames.Probes, "Requests that went out as probes.", () => counters.Probes);
        Observe(DataPlaneMetricNames.FailOpenPicks, "Requests sent to a closed endpoint because none was open.", () => counters.FailOpenPicks);
        Observe(DataPlaneMetricNames.EffortExhausted, "Picks that drew no open endpoint in maxEffort draws.", () => counters.EffortExhausted);

        void Observe(string name, string help, Func<double> read) => scope.ObservedCounter(name, help, labels, read);
    }

    private static void ObserveBalancer(MetricScope scope, LabelSet labels, Destination destination)
    {
        BalancerKind kind = destination.Options.Balancer.Kind;
        string algorithm = kind switch
        {
            BalancerKind.LeastLoaded => "p2c_least_loaded",
            BalancerKind.RoundRobin => "round_robin",
            _ => "p2c_peak_ewma",
        };
        const string help = "1 while endpoints are chosen as the label says; 0 once a reload has changed how.";
        scope.Gauge(DataPlaneMetricNames.Balancer, help, labels.With((DataPlaneMetricLabels.Algorithm, algorithm)), IsSo);

        double IsSo() => destination.Options.Balancer.Kind == kind ? 1 : 0;
    }

    private static double InFlight(Destination destination) => destination.Current.Endpoints.Sum(static endpoint => endpoint.InFlight);

    private static double Count(ImmutableArray<Endpoint> endpoints, BreakerPhase phase) => endpoints.Count(endpoint => endpoint.Phase == phase);

    private static double Sum(Destination destination, Func<ConnectionPool, int> of)
    {
        int sum = 0;
        foreach (Endpoint endpoint in destination.Current.Endpoints)
        {
            if (endpoint.Resource is PooledEndpoint pooled) sum += of(pooled.Pool);
        }

        return sum;
    }
}
