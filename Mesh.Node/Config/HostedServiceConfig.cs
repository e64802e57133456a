using System.Collections.Immutable;
using System.Net;
using Mesh.Discovery.Services;

namespace Mesh.Node.Config;

/// <summary>An instance that this node registers with the fleet.</summary>
/// <param name="Name">Its service's, in lower case.</param>
/// <param name="Ip">Where this node reaches it.</param>
/// <param name="Port">Where this node reaches it.</param>
/// <param name="Id">Tells it from the service's others; null: the node's name and the port.</param>
/// <param name="Tags">In lower case, each once.</param>
/// <param name="Weight">Relative to its siblings.</param>
/// <param name="Zone">Where it runs; empty: not told.</param>
/// <param name="HealthCheck">Null: it is up while it is written.</param>
internal sealed record HostedServiceConfig(
    string Name, IPAddress Ip, int Port, string? Id, ImmutableArray<string> Tags, double Weight, string Zone, HealthCheckConfig? HealthCheck)
{
    /// <summary>What the app speaks: <see cref="ServiceInstance.Http"/> or <see cref="ServiceInstance.Http2"/>.</summary>
    public string Protocol { get; init; } = ServiceInstance.Http;

    /// <summary>What it is called where no id is written.</summary>
    public string IdOn(string node) => Id ?? $"{node}-{Port}";
}
