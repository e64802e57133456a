using Mesh.Actors.Clustering;
using Mesh.Discovery.Names;
using Mesh.Node.Admin.Dtabs;
using Mesh.Node.AdminConsole;
using Mesh.Node.AdminConsole.Palettes;
using Mesh.Node.Config;
using Mesh.Routing.Routes;
using Mesh.Wire.Metrics;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.Hosting;

/// <summary>The fleet's namespaces at one node: the table from the config on, so that routers can wait for it, the rest with the cluster.</summary>
internal sealed class FleetRoutes(MeshConfig config, MetricRegistry registry, NodeLog log, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private volatile ClusterRoutes? _doors;

    /// <summary>Null for a node without a cluster.</summary>
    public RouteTable? Table { get; } = config.Cluster is null ? null : new RouteTable(log.Write, time);

    public async Task StartAsync(Cluster? cluster)
    {
        if (cluster is null || Table is null) return;
        RouteMetrics metrics = new(registry.OpenScope(), Table);
        _doors = await ClusterRoutes.StartAsync(cluster, Table, time, log.Write, RoutePolicyReader.FirstFaults, metrics).ConfigureAwait(false);
    }

    /// <summary>What admin may ask.</summary>
    public RoutesView View(Func<Path, INameWatch> lookup) => new(Table, () => _doors, lookup) { Ending = _ending.Token };

    /// <summary>Lets those go who follow namespaces over admin, which does not stop while they are there.</summary>
    public Task EndWatchesAsync() => _ending.CancelAsync();

    /// <summary>The console's palette; none without a cluster.</summary>
    public IEnumerable<ConsoleCommand> Commands() => Table is null
        ? []
        : RoutePalette.Commands(Table, () => _doors ?? throw new ConsoleRefusal(ConsoleStatus.Unavailable, "the node is still starting"), time);

    public void Dispose()
    {
        _doors?.Dispose();
        _ending.Dispose();
    }
}
