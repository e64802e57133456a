using System.Globalization;
using System.Net;
using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Downing;
using Mesh.Actors.Events;
using Mesh.Actors.Journals;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables;
using Mesh.Discovery.Services;

namespace Mesh.ClusterBench.Live;

/// <summary>
/// One process with several edge members of a cluster that between them host a fleet's instances: no more than one owner may have rows each.
/// <c>--ports SEED,APP</c>: the cluster's port, and where all instances answer.
/// </summary>
internal static class InstanceHosts
{
    private const int RowsOfOne = 20_000;

    /// <summary>Rows written at once, so that the loop has turns for others.</summary>
    private const int Part = 500;

    public static async Task<int> RunAsync(LiveOptions options)
    {
        int services = options.Count > 0 ? options.Count : 10_000, total = services * options.Each;
        string folder = Directory.CreateTempSubdirectory("mesh-hosts-").FullName;
        IPEndPoint app = new(IPAddress.Loopback, options.Ports[1]);
        for (int from = 0, host = 0; from < total; from += RowsOfOne, host++)
        {
            (Cluster cluster, OwnerTable<ServiceInstance> rows) = await JoinAsync(options.Ports[0], host, Path.Combine(folder, $"h{host}"));
            while (cluster.State.Find(cluster.Self) is not { Status: MemberStatus.Up }) await Task.Delay(50);
            for (int part = from; part < Math.Min(total, from + RowsOfOne); part += Part)
            {
                int first = part;
                int refused = await cluster.OnLoop(_ => Write(rows, first, Math.Min(total, first + Part), services, $"h{host}", app));
                if (refused > 0) throw new InvalidOperationException($"{refused} rows were refused");
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"written {total}"));
        await Console.In.ReadLineAsync();
        Directory.Delete(folder, recursive: true);
        Environment.Exit(0);
        return 0;
    }

    private static int Write(OwnerTable<ServiceInstance> rows, int from, int to, int services, string node, IPEndPoint app)
    {
        int refused = 0;
        for (int i = from; i < to; i++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"i{i / services}");
            ServiceInstance row = new(Service(i % services), id, app, node) { Inbound = app };
            if (rows.Put(row.Key, row) != WriteResult.Accepted) refused++;
        }

        return refused;
    }

    public static string Service(int number) => string.Create(CultureInfo.InvariantCulture, $"s{number}");

    private static async Task<(Cluster Cluster, OwnerTable<ServiceInstance> Rows)> JoinAsync(int seed, int host, string directory)
    {
        Directory.CreateDirectory(directory);
        OwnerTable<ServiceInstance>? rows = null;
        ActorSystem system = ActorSystem.Create("mesh", new ActorSystemOptions { LogSink = Log });
        Cluster cluster = await Cluster.StartAsync(system, new ClusterOptions(
            new NodeFacts($"h{host}", new EquatableList<string>(["edge"]), "1"),
            new StaticSeeds([new SeedAddress("127.0.0.1", seed)]),
            directory,
            new ClusterSettings
            {
                Remoting = new RemotingSettings { Bind = new IPEndPoint(IPAddress.Loopback, 0) },
                Journal = new JournalSettings { Kind = JournalKind.Quorum },

                // As a config without `downing` has it: nodes that differ have no session.
                Downing = new DowningSettings { QuorumSize = 1 },
            })
        {
            Composing = (services, tables) => rows = new ServiceTable().Open(services, tables),
            Log = Log,
        });
        return (cluster, rows!);
    }

    private static void Log(LogEvent entry)
    {
        if (entry.Level >= LogLevel.Warning) Console.WriteLine($"{entry.Level} {entry.Source}: {entry.Message}");
    }
}
