namespace Mesh.Wire.Metrics;

/// <summary>Every series name that the registry itself keeps; docs/METRICS.md says what each means.</summary>
public static class WireMetricNames
{
    public const string Series = "mesh_metrics_series";
    public const string Overflow = "mesh_metrics_overflow_total";
}
