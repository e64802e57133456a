namespace Mesh.Routing.Routes;

/// <summary>Every series name of this room; docs/METRICS.md says what each means.</summary>
public static class RouteMetricNames
{
    public const string Namespaces = "mesh_routes_namespaces";
    public const string Behind = "mesh_routes_behind";
    public const string Watches = "mesh_routes_watches";
    public const string Changes = "mesh_routes_changes_total";
    public const string ChangeDuration = "mesh_routes_change_duration_seconds";
}
