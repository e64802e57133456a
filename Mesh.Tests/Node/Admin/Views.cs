using Mesh.Node.Admin;
using Mesh.Node.Hosting;
using Mesh.Node.Telemetry.Linkerd;
using Mesh.Tests.Kit;
using Mesh.Wire.Metrics;

namespace Mesh.Tests.Node.Admin;

/// <summary>Views of a node that is not there; a test says with <c>with</c> what of it is.</summary>
internal static class Views
{
    /// <summary>A ready node without routers, at a time that stands still.</summary>
    public static NodeView Empty
    {
        get
        {
            MetricRegistry registry = new(stripes: 1);
            FakeTime time = new();
            return new NodeView
            {
                Registry = registry,
                Linkerd = new LinkerdTree(registry, time),
                NotReady = static () => [],
                Routers = [],
                Levels = new LogLevels(),
                Shutdown = static _ => { },
                Config = static () => throw new InvalidOperationException("nobody asks"),
                Time = time,
            };
        }
    }
}
