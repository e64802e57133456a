using Mesh.Node.Hosting;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>What an alert needs to know of reloads: a file that is not in force, and since when.</summary>
internal static class ReloadMetrics
{
    public static void Register(MetricRegistry registry, Func<ReloadStatus> status)
    {
        const string help = "Reloads of the config, by how they went.";
        registry.ObservedCounter(NodeMetricNames.ConfigReloads, help, LabelSet.Of(("result", "applied")), () => status().Succeeded);
        registry.ObservedCounter(NodeMetricNames.ConfigReloads, help, LabelSet.Of(("result", "refused")), () => status().Failed);
        registry.Gauge(
            NodeMetricNames.ConfigLastSuccessful, "1 unless the last reload was refused.", LabelSet.Empty, () => status().IsCurrent ? 1 : 0);
        registry.Gauge(
            NodeMetricNames.ConfigLastSuccess,
            "When the config in force was read, in Unix time.",
            LabelSet.Empty,
            () => status().LastSuccessAt.ToUnixTimeMilliseconds() / 1000.0);
        registry.Gauge(
            NodeMetricNames.ConfigRestartNeeded,
            "Changed parts of the config that wait for a restart.",
            LabelSet.Empty,
            () => status().RestartNeeded.Length);
    }
}
