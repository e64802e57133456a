using Mesh.Node.Hosting;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>What an alert needs to know of reloads: a file that is not in force, and since when.</summary>
internal static class ReloadMetrics
{
    public const string Reloads = "mesh_config_reloads_total";
    public const string LastSuccessful = "mesh_config_last_reload_successful";
    public const string LastSuccess = "mesh_config_last_reload_success_timestamp_seconds";
    public const string RestartNeeded = "mesh_config_restart_needed";

    public static void Register(MetricRegistry registry, Func<ReloadStatus> status)
    {
        const string help = "Reloads of the config, by how they went.";
        registry.ObservedCounter(Reloads, help, LabelSet.Of(("result", "applied")), () => status().Succeeded);
        registry.ObservedCounter(Reloads, help, LabelSet.Of(("result", "refused")), () => status().Failed);
        registry.Gauge(
            LastSuccessful, "1 unless the last reload was refused.", LabelSet.Empty, () => status().IsCurrent ? 1 : 0);
        registry.Gauge(
            LastSuccess,
            "When the config in force was read, in Unix time.",
            LabelSet.Empty,
            () => status().LastSuccessAt.ToUnixTimeMilliseconds() / 1000.0);
        registry.Gauge(
            RestartNeeded, "Changed parts of the config that wait for a restart.", LabelSet.Empty, () => status().RestartNeeded.Length);
    }
}
