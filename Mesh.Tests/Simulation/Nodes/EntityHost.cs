using Mesh.Actors;
using Mesh.Actors.Events;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Journals.Quorum.Storage;
using Mesh.Actors.Membership;
using Mesh.Actors.Persistence;
using Mesh.Actors.Remoting;
using Mesh.Actors.Remoting.Refs;
using Mesh.Actors.Sharding;
using Mesh.Tests.Simulation.Checks;
using Mesh.Tests.Simulation.Runs;
using Mesh.Tests.Simulation.Storage;

namespace Mesh.Tests.Simulation.Nodes;

/// <summary>What a node does beside its protocols: actors, a journal, sharded persistent entities, and a client of them.</summary>
internal sealed class EntityHost
{
    public const string TypeName = "counter";
    public const int Shards = 6;

    private static readonly TimeSpan DrainedWithin = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly SimProcess _process;
    private readonly ClusterMembership _membership;
    private readonly RemoteActors _remote;
    private bool _journalBegun;

    /// <param name="process">Where.</param>
    /// <param name="membership">Of the node.</param>
    /// <param name="scenario">Varies the timers.</param>
    /// <param name="database">The journal that all share; null: core nodes keep one by quorum.</param>
    /// <param name="replicas">Looks at the quorum.</param>
    /// <param name="commands">Looks at what entities and clients see.</param>
    public EntityHost(
        SimProcess process, ClusterMembership membership, Scenario scenario, SimDatabase? database, ReplicaCheck replicas, CommandCheck commands)
    {
        (_process, _membership, Commands) = (process, membership, commands);
        System = ActorSystem.Create("sim", new ActorSystemOptions
        {
            Time = process.Time,
            Dispatcher = process.Dispatcher,
            Seed = process.Chance.Next(),
            LogSink = Log,
        });
        var serializers = new MessageSerializers(System);
        CounterMessages.Register(serializers);
        _remote = RemoteActors.Start(System, process.Loop, process.Messenger, serializers, node => membership.State.Find(node) is not null);
        if (database is null) Quorum = OpenQuorum(process, membership, scenario, replicas);
        var journal = new WatchedJournal(process, (IJournalStore?)Quorum ?? database!.Open(process));
        Persistence = new PersistenceExtension(journal, serializers, process.Time);
        Sharding = new ClusterSharding(System, process.Services, new ShardingSettings(), membership, journal, serializers);
        var options = new ShardingTypeOptions { NumberOfShards = Shards, PassivateIdle = scenario.Vary("passivate", TimeSpan.FromSeconds(40)) };
        Region = process.Machine.IsCore
            ? Sharding.Start(TypeName, context => Props.Create(() => new SimCounter(this, context)), options)
            : Sharding.StartProxy(TypeName, options);
        Client = System.ActorOf(Props.Create(() => new SimClient(this)), "client");
    }

    public SimProcess Process => _process;

    public ActorSystem System { get; }

    /// <summary>Null where a shared database is the journal.</summary>
    public QuorumJournalStore? Quorum { get; }

    public PersistenceExtension Persistence { get; }

    public ClusterSharding Sharding { get; }

    public IActorRef Region { get; }

    /// <summary>Hears what entities answer.</summary>
    public IActorRef Client { get; }

    public CommandCheck Commands { get; }

    /// <summary>Null until the process had its first turn.</summary>
    public ShardType? Type => Sharding.Find(TypeName);

    public void OnChanged(ClusterEvent change)
    {
        if (!_journalBegun && _membership.State.ClusterId is not null)
        {
            _journalBegun = true;
            bool isCore = _process.Machine.IsCore;
            Quorum?.Node.Start(isCore, isCore && _membership.FoundedHere);
        }

        if (change is ClusterEvent.MemberDowned downed) _remote.OnNodeGone(downed.Member.UniqueAddress);
        if (change is ClusterEvent.MemberRemoved removed) _remote.OnNodeGone(removed.Member.UniqueAddress);
    }

    /// <summary>The first steps of an orderly leave: the journal's lead, then the shards.</summary>
    public void HandOver(Action done)
    {
        Quorum?.Node.HandOver();
        Task? drained = Type?.Drain();
        TimeSpan until = _process.Loop.Now + DrainedWithin;
        Look();

        void Look()
        {
            if (drained is null or { IsCompleted: true } || _process.Loop.Now >= until) done();
            else _process.Loop.After(LookAgain, Look);
        }
    }

    public void Stop()
    {
        Sharding.Stop();
        Quorum?.Node.Stop();
    }

    private static QuorumJournalStore OpenQuorum(SimProcess process, ClusterMembership membership, Scenario scenario, ReplicaCheck replicas)
    {
        SimDisk disk = process.Machine.Disk;
        var host = new MachineHost(() => new CheckedMachine(disk.Machine, replicas), new SimBlockingWork(process));
        var settings = new QuorumSettings
        {
            RemoveAfter = scenario.Vary("remove", QuorumSettings.DefaultRemoveAfter),
            CompactEntries = 96,
            KeepEntries = 24,
            PieceBytes = 2048,
        };
        var store = new QuorumJournalStore(process.Services, membership, settings, new SimRaftStorage(process), host, null);
        store.Node.Client.AnswersInline = true;
        return store;
    }

    private void Log(LogEvent entry)
    {
        if (entry.Level >= LogLevel.Warning) _process.World.Note(_process, $"{entry.Level}: {entry.Source}: {entry.Message}");
    }
}
