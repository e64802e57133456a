namespace Mesh.Actors.Sharding;

/// <summary>Every series name of sharding; docs/METRICS.md says what each means.</summary>
public static class ShardingMetricNames
{
    public const string Shards = "mesh_sharding_shards";
    public const string Entities = "mesh_sharding_entities";
    public const string Waiting = "mesh_sharding_waiting_messages";
    public const string Granted = "mesh_sharding_granted";
    public const string Coordinator = "mesh_sharding_coordinator";
    public const string Dropped = "mesh_sharding_dropped_messages_total";
    public const string Sent = "mesh_sharding_remote_messages_total";
}
