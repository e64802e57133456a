using System.Collections.Immutable;
using Mesh.Routing.Telemetry;
using static Mesh.Node.Telemetry.Linkerd.LinkerdKind;

namespace Mesh.Node.Telemetry.Linkerd;

/// <summary>Every place of Linkerd's tree that this node fills, and from what; docs/METRICS.md shows the same table.</summary>
/// <remarks>
/// Source: finagle's StatsFilter, pools, balancers, FailureAccrualFactory; Linkerd's StatusCodeStatsFilter, StreamStatsFilter, ClassifiedRetryFilter;
/// util-jvm's JvmStats.
/// </remarks>
internal static class LinkerdRules
{
    private const string Server = "rt/{router}/server/{server}/";
    private const string Service = "rt/{router}/service/{service}/";
    private const string Client = "rt/{router}/client/{destination}/";
    private const string Pair = Client + "service/{service}/";
    private const string Bindings = "rt/{router}/bindcache/path/";
    private const string Clients = "rt/{router}/bindcache/client/";
    private const string Classes = "1xx|2xx|3xx|4xx|5xx";
    private const double MillisecondsPerNanosecond = 1e-6;
    private const double MillisecondsPerSecond = 1e3;

    public static ImmutableArray<LinkerdRule> All { get; } =
        [.. Servers(), .. Services(), .. ClientRequests(), .. ClientParts(), .. Streams(), .. Others()];

    private static IEnumerable<LinkerdRule> Servers() =>
    [
        new(Server + "requests", Counter, RoutingMetricNames.ServerRequests),
        new(Server + "success", Counter, RoutingMetricNames.ServerSuccess),
        new(Server + "failures", Counter, RoutingMetricNames.ServerFailures),
        new(Server + "failures/{exception}", Counter, RoutingMetricNames.ServerFaults),
        new(Server + "request_latency_ms", Stat, RoutingMetricNames.ServerDuration, MillisecondsPerNanosecond),
        new(Server + "time/{status}", Stat, RoutingMetricNames.ServerDuration, MillisecondsPerNanosecond, RoutingMetricLabels.Status, Classes),
        new(Server + "time/error", Stat, RoutingMetricNames.ServerDuration, MillisecondsPerNanosecond, RoutingMetricLabels.Status, "unanswered"),
        new(Server + "pending", Gauge, RoutingMetricNames.ServerPending),
        new(Server + "status/{status}", Counter, RoutingMetricNames.ServerResponses),
        new(Server + "status/{code}", Counter, RoutingMetricNames.ServerCodes),
        new(Server + "status/error", Counter, RoutingMetricNames.ServerUnanswered),
        new(Server + "connects", Counter, RoutingMetricNames.ServerAccepted),
        new(Server + "connections", Gauge, RoutingMetricNames.ServerConnections),
        new(Server + "received_bytes", Counter, DataPlaneMetricNames.ServerReceived),
        new(Server + "sent_bytes", Counter, DataPlaneMetricNames.ServerSent),
    ];

    private static IEnumerable<LinkerdRule> Services() =>
    [
        new(Service + "requests", Counter, RoutingMetricNames.ServiceRequests),
        new(Service + "success", Counter, RoutingMetricNames.ServiceSuccess),
        new(Service + "failures", Counter, RoutingMetricNames.ServiceFailures),
        new(Service + "failures/{exception}", Counter, RoutingMetricNames.ServiceFaults),
        new(Service + "request_latency_ms", Stat, RoutingMetricNames.ServiceDuration, MillisecondsPerNanosecond),
        new(Service + "pending", Gauge, RoutingMetricNames.ServicePending),
        new(Service + "retries/total", Counter, DataPlaneMetricNames.Retries),
        new(Service + "retries/budget_exhausted", Counter, DataPlaneMetricNames.RetryBudgetExhausted),
        new(Service + "retries/budget", Gauge, DataPlaneMetricNames.RetryBudget),
        new(Service + "retries/per_request", Stat, DataPlaneMetricNames.RetriesPerRequest),
        new(Service + "retries/backoffs_exhausted", Counter, DataPlaneMetricNames.RetryLimits),
        new(Service + "retries/request_stream_too_long", Counter, DataPlaneMetricNames.BodiesNotKept),
        new(Service + "retries/response_stream_too_long", Counter, DataPlaneMetricNames.ResponsesNotHeld, 1, RoutingMetricLabels.Reason, "too_long"),
        new(Service + "retries/classification_timeout", Counter, DataPlaneMetricNames.ResponsesNotHeld, 1, RoutingMetricLabels.Reason, "timed_out"),
    ];

    private static IEnumerable<LinkerdRule> ClientRequests() =>
    [
        new(Client + "requests", Counter, RoutingMetricNames.DestinationRequests),
        new(Client + "success", Counter, RoutingMetricNames.DestinationSuccess),
        new(Client + "failures", Counter, RoutingMetricNames.DestinationFailures),
        new(Client + "failures/{exception}", Counter, RoutingMetricNames.DestinationFaults),
        new(Client + "request_latency_ms", Stat, RoutingMetricNames.DestinationDuration, MillisecondsPerNanosecond),
        new(Client + "time/{status}", Stat, RoutingMetricNames.DestinationDuration, MillisecondsPerNanosecond, RoutingMetricLabels.Status, Classes),
        new(Client + "time/error", Stat, RoutingMetricNames.DestinationDuration, MillisecondsPerNanosecond, RoutingMetricLabels.Status, "unanswered"),
        new(Client + "pending", Gauge, RoutingMetricNames.DestinationPending),
        new(Client + "status/{status}", Counter, RoutingMetricNames.DestinationResponses),
        new(Client + "status/{code}", Counter, RoutingMetricNames.DestinationCodes),
        new(Client + "status/error", Counter, RoutingMetricNames.DestinationUnanswered),
        new(Pair + "requests", Counter, RoutingMetricNames.PairRequests),
        new(Pair + "success", Counter, RoutingMetricNames.PairSuccess),
        new(Pair + "failures", Counter, RoutingMetricNames.PairFailures),
        new(Pair + "request_latency_ms", Stat, RoutingMetricNames.PairDuration, MillisecondsPerNanosecond),
    ];

    private static IEnumerable<LinkerdRule> ClientParts() =>
    [
        new(Client + "retries/requeues", Counter, DataPlaneMetricNames.Requeues),
        new(Client + "retries/request_limit", Counter, DataPlaneMetricNames.RequeueLimits),
        new(Client + "retries/budget_exhausted", Counter, DataPlaneMetricNames.RequeueBudgetExhausted),
        new(Client + "failure_accrual/removals", Counter, DataPlaneMetricNames.Deaths),
        new(Client + "failure_accrual/revivals", Counter, DataPlaneMetricNames.Revivals),
        new(Client + "failure_accrual/probes", Counter, DataPlaneMetricNames.Probes),
        new(Client + "failure_accrual/removed_for_ms", Counter, DataPlaneMetricNames.Rested, MillisecondsPerSecond),
        new(Client + "loadbalancer/size", Gauge, DataPlaneMetricNames.Endpoints),
        new(Client + "loadbalancer/available", Gauge, DataPlaneMetricNames.Endpoints, 1, DataPlaneMetricLabels.Phase, "alive|pushback|probation"),
        new(Client + "loadbalancer/busy", Gauge, DataPlaneMetricNames.Endpoints, 1, DataPlaneMetricLabels.Phase, "dead|probing|sick"),
        new(Client + "loadbalancer/closed", Gauge, DataPlaneMetricNames.Endpoints, 0),
        new(Client + "loadbalancer/load", Gauge, RoutingMetricNames.DestinationPending),
        new(Client + "loadbalancer/adds", Counter, DataPlaneMetricNames.Joins),
        new(Client + "loadbalancer/removes", Counter, DataPlaneMetricNames.Leaves),
        new(Client + "loadbalancer/updates", Counter, DataPlaneMetricNames.Updates),
        new(Client + "loadbalancer/rebuilds", Counter, DataPlaneMetricNames.Rebuilds),
        new(Client + "loadbalancer/max_effort_exhausted", Counter, DataPlaneMetricNames.EffortExhausted),
        new(Client + "loadbalancer/algorithm/{algorithm}", Gauge, DataPlaneMetricNames.Balancer),
        new(Client + "connects", Counter, DataPlaneMetricNames.Connects),
        new(Client + "service_creation/failures", Counter, DataPlaneMetricNames.ConnectFailures),
        new(Client + "connections", Gauge, DataPlaneMetricNames.Connections),
        new(Client + "pool_size", Gauge, DataPlaneMetricNames.Connections),
        new(Client + "pool_cached", Gauge, DataPlaneMetricNames.Connections, 1, DataPlaneMetricLabels.State, "idle"),
        new(Client + "pool_waiters", Gauge, DataPlaneMetricNames.Waiters),
    ];

    private static IEnumerable<LinkerdRule> Streams()
    {
        (string, StreamFamily)[] viewpoints =
            [(Server, StreamFamily.Server), (Service, StreamFamily.Service), (Client, StreamFamily.Destination), (Pair, StreamFamily.Pair)];
        foreach ((string scope, StreamFamily family) in viewpoints)
        {
            foreach (LinkerdRule rule in Ends(scope + "stream/", "total_latency_ms", family.Duration)) yield return rule;
            if (family.Bodies is not { } bodies) continue;
            yield return new LinkerdRule(scope + "request/stream/data_bytes", Stat, bodies.RequestBytes);
            yield return new LinkerdRule(scope + "response/stream/data_bytes", Stat, bodies.ResponseBytes);
            foreach (LinkerdRule rule in Ends(scope + "request/stream/", "stream_duration_ms", bodies.RequestDuration)) yield return rule;
            foreach (LinkerdRule rule in Ends(scope + "response/stream/", "stream_duration_ms", bodies.ResponseDuration)) yield return rule;
        }
    }

    /// <summary>How long they lasted however they ended, and how many ended in order and did not.</summary>
    private static IEnumerable<LinkerdRule> Ends(string scope, string duration, string family) =>
    [
        new(scope + duration, Stat, family, MillisecondsPerNanosecond),
        new(scope + "stream_success", Counter, family, 1, RoutingMetricLabels.End, "whole") { ShowsZero = true },
        new(scope + "stream_failures", Counter, family, 1, RoutingMetricLabels.End, "reset") { ShowsZero = true },
    ];

    private static IEnumerable<LinkerdRule> Others() =>
    [
        new(Bindings + "misses", Counter, DataPlaneMetricNames.BindingMisses),
        new(Bindings + "evicts", Counter, DataPlaneMetricNames.BindingEvictions),
        new(Bindings + "expires", Counter, DataPlaneMetricNames.BindingExpiries),
        new(Bindings + "oneshots", Counter, DataPlaneMetricNames.OneShotBindings),
        new(Clients + "misses", Counter, DataPlaneMetricNames.DestinationMisses),
        new(Clients + "evicts", Counter, DataPlaneMetricNames.DestinationEvictions),
        new(Clients + "expires", Counter, DataPlaneMetricNames.DestinationExpiries),
        new(Clients + "oneshots", Counter, DataPlaneMetricNames.OneShotDestinations),
        new("rt/{router}/originator", Gauge, DataPlaneMetricNames.Originator),
        new("jvm/uptime", Gauge, NodeMetricNames.Uptime, MillisecondsPerSecond),
        new("jvm/start_time", Gauge, NodeMetricNames.ProcessStartTime, MillisecondsPerSecond),
        new("jvm/num_cpus", Gauge, NodeMetricNames.Processors),
        new("jvm/fd_count", Gauge, NodeMetricNames.ProcessOpenFiles),
        new("jvm/fd_limit", Gauge, NodeMetricNames.ProcessMaximumFiles),
        new("jvm/thread/count", Gauge, NodeMetricNames.Threads),
        new("jvm/heap/used", Gauge, NodeMetricNames.GcHeap),
        new("jvm/heap/committed", Gauge, NodeMetricNames.GcCommitted),
        new("jvm/heap/max", Gauge, NodeMetricNames.GcLimit),
        new("jvm/gc/cycles", Gauge, NodeMetricNames.GcCollections, 1, "generation", "0"),
        new("jvm/gc/msec", Gauge, NodeMetricNames.GcPause, MillisecondsPerSecond),
    ];
}
