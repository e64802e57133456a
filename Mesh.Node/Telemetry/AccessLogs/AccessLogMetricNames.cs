namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>Every series name of access logs; docs/METRICS.md says what each means.</summary>
internal static class AccessLogMetricNames
{
    public const string Lines = "mesh_access_log_lines_total";
    public const string Dropped = "mesh_access_log_dropped_lines_total";
    public const string Failures = "mesh_access_log_write_failures_total";
}
