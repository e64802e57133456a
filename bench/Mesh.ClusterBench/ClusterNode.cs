using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using Mesh.Actors;
using Mesh.Actors.Clustering;
using Mesh.Actors.Events;
using Mesh.Actors.Journals;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding;

namespace Mesh.ClusterBench;

/// <summary>
/// One process of a cluster with counters, for tests and measurements. It says on its standard output where it takes commands, and every event
/// of the membership with the time at which it heard of it.
/// </summary>
internal static class ClusterNode
{
    /// <summary>The exit code of a node that was declared dead.</summary>
    public const int Downed = 4;

    public static async Task<int> RunAsync(NodeOptions options)
    {
        Directory.CreateDirectory(options.Directory);
        ActorSystem system = ActorSystem.Create("bench", new ActorSystemOptions { LogSink = Log });
        system.EventStream.Subscribe(system.ActorOf(Props.Create<EventPrinter>(), "events"), typeof(ClusterEvent));
        Cluster cluster = await Cluster.StartAsync(system, Options(options));
        CounterMessages.Register(cluster.Serializers);
        IActorRef counters = cluster.Sharding.Start(
            CounterEntity.TypeName,
            place => Props.Create(() => new CounterEntity(cluster.Persistence, place)),
            new ShardingTypeOptions { NumberOfShards = options.Shards });
        using PosixSignalRegistration end = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            _ = system.Terminate();
        });
        await using var commands = new CommandPort(new Commands(cluster, counters).RunAsync);
        Say($"serving {commands.Port} as {cluster.Self}");
        await system.WhenTerminated;
        await system.CoordinatedShutdown.Run(Actors.Shutdown.ShutdownReason.ActorSystemTerminate);
        bool downed = cluster.WhenRemoved is { IsCompletedSuccessfully: true, Result.Downed: true };
        Say($"ended {(downed ? "downed" : "in order")}");
        return downed ? Downed : 0;
    }

    private static ClusterOptions Options(NodeOptions options) => new(
        new NodeFacts(options.Name, new EquatableList<string>([Member.CoreRole]), "1"),
        new StaticSeeds(options.Seeds.Select(static port => new SeedAddress("127.0.0.1", port))),
        options.Directory,
        new ClusterSettings
        {
            Remoting = new RemotingSettings { Bind = new IPEndPoint(IPAddress.Loopback, options.Port) },
            Membership = new MembershipSettings { BootstrapExpect = options.BootstrapExpect },
            Journal = new JournalSettings { Kind = options.Journal, ConnectionString = options.Connection, Schema = options.Schema },
        })
    {
        Log = Log,
    };

    private static void Log(LogEvent entry)
    {
        if (entry.Level >= LogLevel.Info) Say($"log {Now()} {entry.Level} {entry.Source}: {entry.Message} {entry.Exception}".TrimEnd());
    }

    private static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private static void Say(string line) => Console.Out.WriteLine(line);

    /// <summary><c>event MILLISECONDS KIND PORT UID</c>.</summary>
    private sealed class EventPrinter : ReceiveActor
    {
        public EventPrinter() => Receive<ClusterEvent>(change =>
        {
            (string kind, UniqueAddress? who) = change switch
            {
                ClusterEvent.MemberEvent member => (member.GetType().Name, member.Member.UniqueAddress),
                ClusterEvent.UnreachableMember member => (nameof(ClusterEvent.UnreachableMember), member.Member.UniqueAddress),
                ClusterEvent.ReachableMember member => (nameof(ClusterEvent.ReachableMember), member.Member.UniqueAddress),
                ClusterEvent.LeaderChanged leader => (nameof(ClusterEvent.LeaderChanged), leader.Leader),
                _ => (change.GetType().Name, null),
            };
            Say(string.Create(CultureInfo.InvariantCulture, $"event {Now()} {kind} {who?.Address.Port} {who?.Uid:x16}"));
        });
    }
}
