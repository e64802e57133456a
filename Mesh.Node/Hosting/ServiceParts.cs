using System.Collections.Immutable;
using System.Net;
using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Control;
using Mesh.Actors.Tables;
using Mesh.Discovery.Services;
using Mesh.Node.Admin.Services;
using Mesh.Node.Config;
using Mesh.Node.Health;

namespace Mesh.Node.Hosting;

/// <summary>
/// The fleet's services as this node knows them, and those that it hosts: made anew with each membership, and empty without a cluster. What is known
/// holds in between.
/// </summary>
internal sealed class ServiceParts(MeshConfig config, HealthProbe probe, TimeProvider time, ulong seed) : IDisposable
{
    /// <summary>How long the word that instances end may take to reach everybody: two rounds of news and some.</summary>
    public static readonly TimeSpan SpreadTime = TimeSpan.FromMilliseconds(500);

    /// <summary>How long another node may take to answer.</summary>
    public static readonly TimeSpan ForwardTime = TimeSpan.FromSeconds(5);

    private volatile LocalServices? _local;
    private volatile MeshConfig _config = config;
    private volatile string _away = ServicesView.Starting;
    private LocalServices? _former;
    private InstanceChecks? _checks;
    private volatile Cluster? _cluster;

    /// <summary>There from the start; it knows nothing before the cluster is.</summary>
    public ServiceTable Table { get; } = new();

    /// <summary>Its own instances by name, for the inbound side; it knows nothing before the cluster is there.</summary>
    public LocalInstancesNamer Instances { get; } = new(time);

    /// <summary>Null without a cluster, before it is there, and between two memberships.</summary>
    public LocalServices? Local => _local;

    /// <summary>What admin and the console may ask; null without a cluster.</summary>
    public ServicesView? View() => _config.Cluster is { } cluster
        ? new ServicesView(Table, () => Local, cluster.Node, time) { Forward = ForwardAsync, WhyAway = () => _away }
        : null;

    /// <summary>On the control loop, before the cluster starts.</summary>
    public void Compose(NodeServices node, ReplicatedTables tables)
    {
        OwnerTable<ServiceInstance> rows = Table.Open(node, tables);
        bool waits = _config.InboundSide is not null;
        LocalServices local = new(node, rows, _config.Cluster!.Node, inbound: null, waitsForInbound: waits) { Former = _former };
        _former = null;
        local.Restore();
        _local = local;
    }

    /// <summary>Registers what the config says, begins to check, and takes other nodes' wishes in.</summary>
    public async Task StartAsync(Cluster cluster, NodeLog log)
    {
        if (_local is not { } local) return;
        ServiceDesk.Register(cluster.Serializers);
        cluster.System.ActorOf(Props.Create(() => new ServiceDesk(local, line => log.Info("services", line))), ServiceDesk.Name);
        _cluster = cluster;
        _checks = new InstanceChecks(local, probe, time, seed);
        await local.Configure(Registrations(_config)).ConfigureAwait(false);
        Instances.Follow(local);
    }

    /// <summary>The membership is over: nothing new is taken in, what is known holds.</summary>
    public void Rest(string why)
    {
        _away = why;
        (_former, _local, _cluster) = (_local, null, null);
        _checks?.Dispose();
        _checks = null;
    }

    /// <summary>Asks the node that a process is, by its uid, to drain what it hosts; null: it is no member any more, or does not answer.</summary>
    public async Task<DrainAnswer?> ForwardAsync(ulong owner, DrainQuestion question)
    {
        if (_cluster is not { } cluster) return null;
        if (cluster.State.Members.FirstOrDefault(each => each.UniqueAddress.Uid == owner) is not { } member) return null;
        IActorRef desk = cluster.Serializers.ReadRef($"{member.Address}/user/{ServiceDesk.Name}");
        try
        {
            return await desk.Ask<DrainAnswer>(question, ForwardTime).ConfigureAwait(false);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    /// <summary>Takes over what a reload says; done soon after.</summary>
    public void Apply(MeshConfig next)
    {
        _config = _config with { Services = next.Services };
        _ = _local?.Configure(Registrations(next));
    }

    /// <summary>Tells the fleet that this node's instances end, and gives the word time to spread where there is anybody to hear it.</summary>
    public async Task AnnounceEndAsync(Cluster? cluster, CancellationToken cancel)
    {
        if (_local is not { } local || cluster is null || cluster.WhenRemoved.IsCompleted) return;
        int instances = await local.AnnounceEnd().WaitAsync(cancel).ConfigureAwait(false);
        if (instances > 0 && cluster.State.Members.Length > 1) await Task.Delay(SpreadTime, time, cancel).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _checks?.Dispose();
        Instances.Dispose();
    }

    private ImmutableArray<Registration> Registrations(MeshConfig from) =>
        [.. from.Services.Select(service => RegistrationOf(service, _config.Cluster!.Node))];

    private static Registration RegistrationOf(HostedServiceConfig service, string node) =>
        new(service.Name, service.IdOn(node), new IPEndPoint(service.Ip, service.Port))
        {
            Protocol = service.Protocol,
            Tags = [.. service.Tags],
            Weight = service.Weight,
            Zone = service.Zone,
            Check = service.HealthCheck is { } check
                ? new InstanceCheck(
                    check.Path, check.Host, check.Port, check.IntervalMs, check.TimeoutMs, check.HealthyThreshold, check.UnhealthyThreshold)
                : null,
        };
}
