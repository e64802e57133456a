using Mesh.Actors.Clustering;
using Mesh.Discovery.Names;
using Mesh.Node.Admin.Dtabs;
using Mesh.Node.AdminConsole;
using Mesh.Node.AdminConsole.Palettes;
using Mesh.Node.Config;
using Mesh.Routing.Routes;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>The fleet's namespaces at one node: the table from the config on, so that routers can wait for it, the rest with the cluster.</summary>
internal sealed class FleetRoutes(MeshConfig config, NodeLog log, TimeProvider time) : IDisposable
{
    private volatile ClusterRoutes? _doors;

    /// <summary>Null for a node without a cluster.</summary>
    public RouteTable? Table { get; } = config.Cluster is null ? null : new RouteTable(log.Write, time);

    public async Task StartAsync(Cluster? cluster)
    {
        if (cluster is not null && Table is not null)
            _doors = await ClusterRoutes.StartAsync(cluster, Table, time, log.Write, RoutePolicyReader.FirstFaults).ConfigureAwait(false);
    }

    /// <summary>What admin may ask.</summary>
    public RoutesView View(Func<Path, INameWatch> lookup) => new(Table, () => _doors, lookup);

    /// <summary>The console's palette; none without a cluster.</summary>
    public IEnumerable<ConsoleCommand> Commands() => Table is null
        ? []
        : RoutePalette.Commands(Table, () => _doors ?? throw new ConsoleRefusal(ConsoleStatus.Unavailable, "the node is still starting"));

    public void Dispose() => _doors?.Dispose();
}
