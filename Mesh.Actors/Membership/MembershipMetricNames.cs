namespace Mesh.Actors.Membership;

/// <summary>Every series name of membership; docs/METRICS.md says what each means.</summary>
public static class MembershipMetricNames
{
    public const string Members = "mesh_cluster_members";
    public const string Unreachable = "mesh_cluster_unreachable_members";
    public const string Converged = "mesh_cluster_converged";
    public const string Messages = "mesh_cluster_gossip_messages_total";
    public const string Bytes = "mesh_cluster_gossip_bytes_total";
    public const string Records = "mesh_cluster_gossip_records_total";
    public const string QueueLength = "mesh_cluster_gossip_queue_records";
    public const string Dropped = "mesh_cluster_gossip_dropped_total";
    public const string PushPulls = "mesh_cluster_push_pulls_total";
    public const string RefusedJoins = "mesh_cluster_refused_joins_total";
    public const string Refutations = "mesh_cluster_refutations_total";
}
