using Mesh.Node.Proxy.Context;
using Mesh.Node.Telemetry;
using Mesh.Node.Telemetry.AccessLogs;
using Mesh.Routing.Telemetry;

namespace Mesh.Node.Proxy;

/// <summary>What all connections of a server share.</summary>
/// <param name="Metrics">Its series of requests.</param>
/// <param name="Series">What it counts beside them.</param>
/// <param name="Upgrades">What a connection may turn into.</param>
/// <param name="Context">What is told with requests, believed of them, admitted.</param>
/// <param name="AccessLog">The router's log of requests; null for none.</param>
internal sealed record ServerParts(
    ServerMetrics Metrics, ServerSeries Series, UpgradePolicy Upgrades, ServerContext Context, AccessLog? AccessLog)
{
    /// <summary>How long a tunnel may be silent, nanoseconds.</summary>
    public long TunnelIdleNs { get; init; }
}
