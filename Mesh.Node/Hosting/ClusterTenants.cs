using Mesh.Actors.Clustering;

namespace Mesh.Node.Hosting;

/// <summary>The parts of a node that live in its cluster as long as a membership lasts, and by what they knew when it is over.</summary>
internal sealed class ClusterTenants(ServiceParts services, FleetRoutes routes, ConsoleParts console, InboundParts? inbound, NodeLog log)
{
    public ServiceParts Services => services;

    /// <summary>A membership has begun; the inbound side listens.</summary>
    public async Task MoveInAsync(Cluster cluster)
    {
        console.Start(cluster);
        if (inbound is not null && services.Local is { } local) await inbound.TellAsync(local, cluster.Self.Address.Host!).ConfigureAwait(false);
        await services.StartAsync(cluster, log).ConfigureAwait(false);
        await routes.StartAsync(cluster).ConfigureAwait(false);
    }

    /// <summary>It is over. Until the next one, whoever wants more than what is known is told why not.</summary>
    public void Rest(string why)
    {
        console.Rest(why);
        services.Rest(why);
        routes.Rest(why);
    }
}
