using Mesh.Actors.Clustering;
using Mesh.Discovery.Names;
using Mesh.Node.Admin.Dtabs;
using Mesh.Node.Admin.Services;
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
    private readonly RouteTable? _table = config.Cluster is null ? null : new RouteTable(log.Write, time);
    private volatile ClusterRoutes? _doors;
    private volatile string _away = ServicesView.Starting;
    private RouteMetrics? _metrics;

    /// <summary>Null for a node without a cluster.</summary>
    public RouteTable? Table => _table;

    /// <summary>Changes are taken from now on, in this membership.</summary>
    public async Task StartAsync(Cluster cluster)
    {
        if (_table is null) return;
        _metrics ??= new RouteMetrics(registry.OpenScope(), _table);
        _doors = await ClusterRoutes.StartAsync(cluster, _table, time, log.Write, RoutePolicyReader.FirstFaults, _metrics).ConfigureAwait(false);
    }

    /// <summary>The membership is over: changes are refused with the reason, what is known holds.</summary>
    public void Rest(string why)
    {
        _away = why;
        _doors?.Dispose();
        _doors = null;
    }

    /// <summary>What admin may ask.</summary>
    public RoutesView View(Func<Path, INameWatch> lookup) => new(_table, () => _doors, lookup) { Ending = _ending.Token, WhyShut = () => _away };

    /// <summary>Lets those go who follow namespaces over admin, which does not stop while they are there.</summary>
    public Task EndWatchesAsync() => _ending.CancelAsync();

    /// <summary>The console's palette; none without a cluster.</summary>
    public IEnumerable<ConsoleCommand> Commands() => _table is null
        ? []
        : RoutePalette.Commands(_table, () => _doors ?? throw new ConsoleRefusal(ConsoleStatus.Unavailable, _away), time);

    public void Dispose()
    {
        _doors?.Dispose();
        _ending.Dispose();
    }
}
