namespace Mesh.Actors.Membership.Detection;

/// <summary>Every series of the failure detector; docs/METRICS.md says what each means.</summary>
internal static class DetectorMetricNames
{
    public const string Watched = "mesh_detector_watched";
    public const string Health = "mesh_detector_health";
    public const string Accusations = "mesh_detector_accusations_total";
    public const string Refutations = "mesh_detector_refutations_total";
    public const string Pauses = "mesh_detector_pauses_total";
}
