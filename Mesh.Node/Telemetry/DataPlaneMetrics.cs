using Mesh.Node.Hosting;
using Mesh.Wire.Loops;
using Mesh.Wire.Metrics;

namespace Mesh.Node.Telemetry;

/// <summary>Series of what carries the requests: loops, pools, breakers.</summary>
internal static class DataPlaneMetrics
{
    public static void Register(MetricRegistry registry, LoopGroup loops, IReadOnlyList<RouterParts> routers)
    {
        _ = (registry, loops, routers);
    }
}
