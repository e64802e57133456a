using Mesh.Node.Config;

namespace Mesh.Node.Demo;

/// <summary>What a demo does and where.</summary>
internal sealed record DemoOptions
{
    /// <summary>The port of the examples.</summary>
    public const int DefaultRouterPort = 4140;

    /// <summary>Offered by the traffic, at least 1; sent on time whatever the answers do.</summary>
    public int RequestsPerSecond { get; init; } = 100;

    /// <summary>After which the demo ends by itself.</summary>
    public TimeSpan For { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Requests after which the traffic ends, and the demo with it.</summary>
    public long Requests { get; init; } = long.MaxValue;

    /// <summary>Preferred; another one when somebody listens there. 0 takes a free one.</summary>
    public int RouterPort { get; init; } = DefaultRouterPort;

    /// <summary>Preferred; another one when somebody listens there. 0 takes a free one.</summary>
    public int AdminPort { get; init; } = AdminConfig.DefaultPort;

    /// <summary>
    /// Of the first node of several, the next ones on those after it. Preferred; another one when somebody listens there. 0 takes a free one.
    /// </summary>
    public int ClusterPort { get; init; } = ClusterConfig.DefaultPort;

    /// <summary>The clock of the node, the services and the traffic.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
