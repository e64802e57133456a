using System.Collections.Frozen;

namespace Mesh.Node.Admin;

/// <summary>Linkerd 1's endpoints that Mesh has not, each with the one that tells the same.</summary>
internal static class GoneEndpoints
{
    private const string Profile = "the JVM's profiler is gone with the JVM; GET /metrics has the process's series, `dotnet-trace` attaches to it";

    private static readonly FrozenDictionary<string, string> s_instead = new Dictionary<string, string>
    {
        ["/admin/announcer"] = "nothing is announced to ZooKeeper; GET /client_state.json tells the endpoints in use",
        ["/admin/contention"] = "no locks to watch on the data path; GET /metrics has mesh_loop_lag_seconds",
        ["/admin/lint"] = "`mesh check FILE` tells every fault of a config, GET /admin/ready what is wrong now",
        ["/admin/lint.json"] = "`mesh check FILE` tells every fault of a config, GET /admin/ready what is wrong now",
        ["/admin/metrics"] = "GET /metrics",
        ["/admin/pprof/contention"] = Profile,
        ["/admin/pprof/heap"] = Profile,
        ["/admin/pprof/profile"] = Profile,
        ["/admin/registry.json"] = "GET /config.json and GET /client_state.json",
        ["/admin/threads"] = "GET /metrics has the loops' load and lag, and the pool's threads",
        ["/admin/threads.json"] = "GET /metrics has the loops' load and lag, and the pool's threads",
        ["/admin/tracing"] = "the l5d-sample header traces one request",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Where to look instead; null for a path that never was.</summary>
    public static string? Instead(string path) => s_instead.GetValueOrDefault(AdminRoutes.Trim(path));
}
