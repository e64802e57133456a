using Mesh.Node.Proxy.RateLimits;
using Mesh.Routing.Limits;
using Mesh.Routing.Telemetry;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>What limits show: a destination's places and queue, a service name's refusals.</summary>
internal static class LimitSeries
{
    /// <summary>Shows a destination's limit of concurrency for as long as the scope lives.</summary>
    /// <param name="scope">Of the destination's other series.</param>
    /// <param name="labels">Router and destination.</param>
    /// <param name="limit">The one in force; null while none is configured.</param>
    public static void Observe(MetricScope scope, LabelSet labels, Func<ConcurrencyLimit?> limit)
    {
        scope.Gauge(
            DataPlaneMetricNames.ConcurrencyAllowed,
            "Requests that may be out at once; 0 where there is no limit.",
            labels,
            () => limit()?.Limit ?? 0);
        scope.Gauge(DataPlaneMetricNames.ConcurrencyInFlight, "Requests that hold a place of the limit.", labels, () => limit()?.InFlight ?? 0);
        scope.Gauge(DataPlaneMetricNames.ConcurrencyQueued, "Requests that wait for a place.", labels, () => limit()?.Queued ?? 0);
        scope.ObservedCounter(
            DataPlaneMetricNames.ConcurrencyWaited,
            "Requests that waited and got a place.",
            labels,
            () => limit()?.Counters.AdmittedAfterWait ?? 0);
        Refusals("queue_full", static counters => counters.QueueFull);
        Refusals("too_late", static counters => counters.TooLate);
        Refusals("timed_out", static counters => counters.TimedOut);
        Refusals("given_up", static counters => counters.GivenUp);

        void Refusals(string reason, Func<ConcurrencyCounters, long> of) => scope.ObservedCounter(
            DataPlaneMetricNames.ConcurrencyRefused,
            "Requests that got no place, by why.",
            labels.With((RoutingMetricLabels.Reason, reason)),
            () => limit() is { } present ? of(present.Counters) : 0);
    }

    /// <summary>Shows what the limits of a service name refused; asked for again when a reload has changed them.</summary>
    /// <param name="scope">Of the service's other series.</param>
    /// <param name="labels">Router and service.</param>
    /// <param name="limits">The name's.</param>
    public static void Observe(MetricScope scope, LabelSet labels, ServiceLimits limits)
    {
        foreach (string name in limits.All.Select(static limit => limit.Name).Distinct())
        {
            scope.ObservedCounter(
                DataPlaneMetricNames.RateLimited,
                "Requests refused since they came faster than a limit allows.",
                labels.With((DataPlaneMetricLabels.RateLimitName, name)),
                () => limits.All.Where(limit => limit.Name == name).Sum(static limit => limit.Refused));
        }
    }
}
