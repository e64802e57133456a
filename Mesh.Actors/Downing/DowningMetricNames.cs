namespace Mesh.Actors.Downing;

/// <summary>Every series of the split brain resolver; docs/METRICS.md says what each means.</summary>
internal static class DowningMetricNames
{
    public const string Decisions = "mesh_downing_decisions_total";
}
