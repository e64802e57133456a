using System.Net;
using System.Reflection;
using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Downing;
using Mesh.Actors.Journals;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Remoting;
using Mesh.Actors.Storage;
using Mesh.Node.Config;
using Mesh.Wire.Tls;

namespace Mesh.Node.Hosting;

/// <summary>Makes a cluster of a config.</summary>
internal static class ClusterParts
{
    private const string Folder = "cluster";

    /// <summary>The name of the actor system, which is the cluster's.</summary>
    public static string SystemName(MeshConfig config) => config.Cluster?.Name ?? ClusterConfig.DefaultName;

    /// <summary>What all memberships of a node are made with.</summary>
    /// <exception cref="IOException">The directory cannot be used; the message names it.</exception>
    public static ClusterOptions Options(MeshConfig config, ClusterConfig cluster, NodeLog log, TimeProvider time) => new(
        new NodeFacts(cluster.Node, new EquatableList<string>(cluster.Roles), Version()),
        Seeds(cluster),
        Directory(cluster),
        Settings(cluster, config.Journal))
    {
        Log = log.Write,
        Time = time,
        OthersHaveAll = HasOthers(cluster) && !(KindOf(cluster, config.Journal) == JournalKind.Sqlite && cluster.Roles.Contains(Member.CoreRole)),
    };

    /// <summary>Starts a cluster.</summary>
    /// <param name="system">Of this membership alone.</param>
    /// <param name="options">See there.</param>
    /// <exception cref="IOException">It cannot start; the message says what and what to do.</exception>
    public static async Task<Cluster> StartAsync(ActorSystem system, ClusterOptions options)
    {
        try
        {
            return await Cluster.StartAsync(system, options).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is StorageException or RemotingException)
        {
            throw new IOException($"cluster: {fault.Message}", fault);
        }
    }

    private static ClusterSettings Settings(ClusterConfig cluster, JournalConfig? journal) => new()
    {
        Remoting = new RemotingSettings
        {
            Bind = new IPEndPoint(cluster.Ip, cluster.Port),
            AdvertiseHost = cluster.Advertise?.Host,
            AdvertisePort = cluster.Advertise?.Port,
            Insecure = cluster.Insecure,
            Certificates = cluster.Tls is { } tls ? new CertificatePaths(tls.CertPath, tls.KeyPath, tls.CaCertPath) : null,
        },
        Membership = new MembershipSettings { BootstrapExpect = cluster.BootstrapExpect },
        Downing = new DowningSettings
        {
            Strategy = cluster.Downing.Strategy,
            QuorumSize = Math.Max(1, cluster.Downing.QuorumSize),
            StableAfter = cluster.Downing.StableAfterMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null,
            DownIfAlone = cluster.Downing.DownIfAlone,
            DownAllWhenUnstable = cluster.Downing.DownAllWhenUnstable,
        },
        Journal = new JournalSettings
        {
            Kind = KindOf(cluster, journal),
            ConnectionString = journal?.ConnectionString ?? "",
            Schema = journal?.Schema ?? JournalSettings.DefaultSchema,
        },
    };

    private static JournalKind KindOf(ClusterConfig cluster, JournalConfig? journal) =>
        journal?.Kind ?? (HasOthers(cluster) ? JournalKind.Quorum : JournalKind.Sqlite);

    private static bool HasOthers(ClusterConfig cluster) => !cluster.Seeds.IsEmpty || cluster.SeedDns is not null || cluster.BootstrapExpect > 1;

    private static CombinedSeeds Seeds(ClusterConfig cluster)
    {
        List<ISeedSource> sources = [new StaticSeeds(cluster.Seeds.Select(static seed => new SeedAddress(seed.Host, seed.Port)))];
        if (cluster.SeedDns is { } dns) sources.Add(new DnsSeeds(dns.Host, dns.Port));
        return new CombinedSeeds(sources);
    }

    private static string Directory(ClusterConfig cluster)
    {
        string? path = cluster.Directory is { } own ? Path.GetFullPath(own) : null;
        if (path is null && StateDirectory.Of(Environment.GetEnvironmentVariable).Path is { } state) path = Path.Combine(state, Folder);
        if (!new StateDirectory(path).TryCreate(out string? why))
        {
            throw new IOException(cluster.Directory is null
                ? $"cluster: {why}, or name one as `directory` of `cluster`"
                : $"cluster: `directory` {path} cannot be made or is none: name one that this process may write");
        }

        return path!;
    }

    private static string Version() =>
        typeof(ClusterParts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>What all sources name.</summary>
    private sealed class CombinedSeeds(IReadOnlyList<ISeedSource> sources) : ISeedSource
    {
        public async ValueTask<IReadOnlyList<SeedAddress>> Resolve(CancellationToken cancellation)
        {
            List<SeedAddress> all = [];
            foreach (ISeedSource source in sources) all.AddRange(await source.Resolve(cancellation).ConfigureAwait(false));
            return [.. all.Distinct()];
        }
    }
}
