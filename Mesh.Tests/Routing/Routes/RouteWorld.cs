using System.Net;
using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Events;
using Mesh.Actors.Journals;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding;
using Mesh.Routing.Routes;
using Mesh.Tests.EndToEnd;
using Mesh.Tests.Kit;

namespace Mesh.Tests.Routing.Routes;

/// <summary>Nodes of one real cluster in this process, over loopback, with the quorum's journal; sharding hurries.</summary>
internal sealed class RouteWorld : IAsyncDisposable
{
    private const int Haste = 4;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-routes-");
    private readonly int[] _ports;
    private readonly RouteNode?[] _nodes;
    private readonly StringWriter _log = new();

    private RouteWorld(int count) => (_ports, _nodes) = (Ports.Free(count), new RouteNode?[count]);

    public RouteNode this[int index] => _nodes[index]!;

    public IEnumerable<RouteNode> Running => _nodes.OfType<RouteNode>();

    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    public static async Task<RouteWorld> StartAsync(int count)
    {
        var world = new RouteWorld(count);
        for (int i = 0; i < count; i++) await world.StartNodeAsync(i);
        await Eventually.HoldsAsync(
            () => world.Running.All(node => node.Cluster.State.Members.Count(static member => member.Status == MemberStatus.Up) == count),
            () => world.Log);
        return world;
    }

    /// <summary>Waits until the journal is kept by all nodes: before that it may die with one.</summary>
    public Task VotersAsync() => Eventually.HoldsAsync(
        async () =>
        {
            foreach (RouteNode node in Running)
            {
                string[] facts = [.. (await node.Cluster.Journal.Status(default)).Facts.Select(static fact => fact.Key)];
                if (facts.Count(static fact => fact.StartsWith("voter ", StringComparison.Ordinal)) == _ports.Length - 1
                    && !facts.Any(static fact => fact.StartsWith("learner ", StringComparison.Ordinal))) return true;
            }

            return false;
        },
        () => Log);

    /// <summary>As <c>kill -9</c> would.</summary>
    public async Task KillAsync(int index)
    {
        RouteNode node = this[index];
        _nodes[index] = null;
        await node.KillAsync();
    }

    public async Task StartNodeAsync(int index)
    {
        string directory = Path.Combine(_folder.FullName, $"n{index}");
        Directory.CreateDirectory(directory);
        ActorSystem system = ActorSystem.Create("routes", new ActorSystemOptions { LogSink = Write });
        var usual = new ShardingSettings();
        var settings = new ClusterSettings
        {
            Remoting = new RemotingSettings { Bind = new IPEndPoint(IPAddress.Loopback, _ports[index]) },
            Membership = new MembershipSettings { BootstrapExpect = _ports.Length },
            Journal = new JournalSettings { Kind = _ports.Length > 1 ? JournalKind.Quorum : JournalKind.Sqlite },
            Sharding = usual with
            {
                Lease = usual.Lease / Haste,
                LeaseMargin = usual.LeaseMargin / Haste,
                Report = usual.Report / Haste,
                Grant = usual.Grant / Haste,
                GrantHold = usual.GrantHold / Haste,
                KillGrace = usual.KillGrace / Haste,
                Margin = usual.Margin / Haste,
                CandidateStep = usual.CandidateStep / Haste,
            },
        };
        var facts = new NodeFacts($"n{index}", new EquatableList<string>([Member.CoreRole]), "1");
        Cluster cluster = await Cluster.StartAsync(
            system,
            new ClusterOptions(facts, new StaticSeeds(_ports.Select(static port => new SeedAddress("127.0.0.1", port))), directory, settings)
            {
                Log = Write,
            });
        var table = new RouteTable(Write, TimeProvider.System);
        ClusterRoutes routes = await ClusterRoutes.StartAsync(cluster, table, TimeProvider.System, Write);
        _nodes[index] = new RouteNode(system, cluster, table, routes);
    }

    /// <summary>Which node owns a namespace.</summary>
    public async Task<int> OwnerAsync(string name)
    {
        EntityLocation place = await Running.First().Cluster.Sharding.Locate(RouteEntity.TypeName, name);
        return Array.FindIndex(_nodes, node => node?.Cluster.Self == place.Home?.Owner);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RouteNode node in Running) await node.KillAsync();
        _folder.Delete(recursive: true);
    }

    private void Write(LogEvent entry)
    {
        if (entry.Level < LogLevel.Info) return;
        lock (_log) _log.WriteLine($"{entry.Level} {entry.Source}: {entry.Message} {entry.Exception}");
    }
}

/// <summary>A node with namespaces.</summary>
internal sealed record RouteNode(ActorSystem System, Cluster Cluster, RouteTable Table, ClusterRoutes Routes)
{
    public RouteStore Store => Routes.Store;

    public async Task KillAsync()
    {
        Routes.Dispose();
        await Cluster.AbortAsync();
        await System.Terminate();
    }
}
