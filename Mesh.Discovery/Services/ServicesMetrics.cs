using Mesh.Wire.Metrics;

namespace Mesh.Discovery.Services;

/// <summary>The series of services.</summary>
internal static class ServicesMetrics
{
    public static void Register(MetricScope scope, ServiceTable table)
    {
        scope.Gauge(ServicesMetricNames.Services, "Services of the fleet that have instances.", LabelSet.Empty, () => table.Services);
        scope.Gauge(ServicesMetricNames.Instances, "Instances of the fleet, whatever their state.", LabelSet.Empty, () => table.Instances);
    }

    public static void Register(MetricScope scope, LocalServices local)
    {
        foreach (InstanceState state in Enum.GetValues<InstanceState>())
        {
            LabelSet labels = LabelSet.Of(("state", state.ToString().ToLowerInvariant()));
            scope.Gauge(ServicesMetricNames.Hosted, "Instances that this node hosts.", labels, () => local.CountOf(state));
        }

        scope.ObservedCounter(ServicesMetricNames.Expired, "Leases that nobody renewed.", LabelSet.Empty, () => local.Expired);
        const string moves = "Changes of state of this node's instances that the fleet was told.";
        scope.ObservedCounter(ServicesMetricNames.Moves, moves, LabelSet.Empty, () => local.Moves);
    }
}
