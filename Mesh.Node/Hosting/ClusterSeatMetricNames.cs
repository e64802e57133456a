namespace Mesh.Node.Hosting;

/// <summary>Every series name of a node's place in its cluster; docs/METRICS.md says what each means.</summary>
internal static class ClusterSeatMetricNames
{
    public const string Rejoins = "mesh_cluster_rejoins_total";
    public const string Out = "mesh_cluster_out_seconds";
}
