using System.Net;

namespace Mesh.Node.Config;

/// <summary>Where operators, scrapers and dashboards reach the node itself.</summary>
/// <param name="Ip">Loopback unless the operator says otherwise.</param>
/// <param name="Port">0 takes a free one.</param>
/// <param name="ShutdownGraceMs">How long requests in flight may finish after SIGTERM, milliseconds.</param>
internal sealed record AdminConfig(IPAddress Ip, int Port, int ShutdownGraceMs)
{
    /// <summary>Linkerd's.</summary>
    public const int DefaultPort = 9990;

    /// <summary>Linkerd's, milliseconds.</summary>
    public const int DefaultShutdownGraceMs = 10_000;

    public TimeSpan ShutdownGrace => TimeSpan.FromMilliseconds(ShutdownGraceMs);
}
