namespace Mesh.Discovery.Services;

/// <summary>Every series name of this room; docs/METRICS.md says what each means.</summary>
public static class ServicesMetricNames
{
    public const string Services = "mesh_services_known";
    public const string Instances = "mesh_services_instances";
    public const string Hosted = "mesh_services_hosted";
    public const string Expired = "mesh_services_leases_expired_total";
    public const string Moves = "mesh_services_moves_total";
}
