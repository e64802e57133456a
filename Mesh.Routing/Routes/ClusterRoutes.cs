using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Events;
using Mesh.Actors.Membership;
using Mesh.Actors.Sharding;
using Mesh.Actors.Tables;
using Mesh.Routing.Routes.Protocol;

namespace Mesh.Routing.Routes;

/// <summary>The namespaces of a node's cluster, put together: entities, map, table, doors.</summary>
public sealed class ClusterRoutes : IDisposable
{
    /// <summary>Between two looks; a node whose disk knows namespaces, or that is alone, goes by what it has at the second.</summary>
    public static readonly TimeSpan SettleLook = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster;
    private readonly RouteTable _table;
    private readonly ITimer _settle;
    private int _looks;

    private ClusterRoutes(
        Cluster cluster, RouteTable table, IActorRef region, TimeProvider time, Func<string, string?>? checkPolicies, RouteMetrics? metrics)
    {
        (_cluster, _table) = (cluster, table);
        Store = new RouteStore(region, table, cluster.Journal.Status, time, checkPolicies, metrics);
        Wait = new RouteWait(cluster, time);
        _settle = time.CreateTimer(_ => Settle(), null, SettleLook, SettleLook);
    }

    public RouteStore Store { get; }

    public RouteWait Wait { get; }

    /// <summary>Joins the map and hosts entities where this node is a core member.</summary>
    /// <param name="cluster">Has started.</param>
    /// <param name="table">Made before, so that routers can wait for it.</param>
    /// <param name="time">Of timeouts.</param>
    /// <param name="log">For operators.</param>
    /// <param name="checkPolicies">See <see cref="RouteStore"/>.</param>
    /// <param name="metrics">What is counted; null where nobody looks.</param>
    public static async Task<ClusterRoutes> StartAsync(
        Cluster cluster, RouteTable table, TimeProvider time, Action<LogEvent> log, Func<string, string?>? checkPolicies = null,
        RouteMetrics? metrics = null)
    {
        RouteCodec.Register(cluster.Serializers);
        ReplicatedMap<Row> map = await cluster.OnLoop(tables =>
        {
            ReplicatedMap<Row> opened = tables.OpenMap(RouteRows.Table, RouteRowCodec.Instance);
            table.Attach(opened);
            return opened;
        }).ConfigureAwait(false);
        var publisher = new RoutePublisher(map, act => _ = cluster.OnLoop(_ => Run(act)), log);
        IActorRef region = cluster.Sharding.Start(
            RouteEntity.TypeName,
            place => Props.Create(() => new RouteEntity(cluster.Persistence, place, publisher.Publish)),
            new ShardingTypeOptions { NumberOfShards = RouteLimits.Shards, RememberEntities = true, PassivateIdle = null });
        return new ClusterRoutes(cluster, table, region, time, checkPolicies, metrics);
    }

    public void Dispose() => _settle.Dispose();

    private static bool Run(Action act)
    {
        act();
        return true;
    }

    /// <summary>
    /// A node that is the whole cluster has nobody to compare with. One that starts with a copy and finds nobody goes by it: what is not in it
    /// is not there.
    /// </summary>
    private void Settle()
    {
        ClusterState state = _cluster.State;
        bool isAlone = state.Members.Length == 1 && state.SelfMember is { Status: MemberStatus.Up };
        bool mayBeAll = isAlone || _table.Current is { IsConfirmed: false, Namespaces.IsEmpty: false };
        if (mayBeAll && ++_looks >= 2) _table.Settle();
        if (_table.Current.IsSettled) _settle.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
