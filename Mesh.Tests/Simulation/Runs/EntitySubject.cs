using Mesh.Actors.Clustering;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Checks;
using Mesh.Tests.Simulation.Faults;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.Storage;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>
/// Sharded persistent entities in a run, over the quorum's journal or, of one seed in three, over a shared database: clients count, nodes come and
/// go.
/// </summary>
internal sealed class EntitySubject : Subject
{
    private const int MaxSeeds = 3;
    private const int MostEdges = 3;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan JustNow = TimeSpan.FromSeconds(2);

    private JournalCheck _books = null!;
    private CommandCheck _commands = null!;
    private ReplicaCheck _replicas = null!;
    private ShardCheck _shards = null!;
    private EntityNemesis _nemesis = null!;
    private EntityWork _work = null!;
    private SimDatabase? _database;

    public override string Name => "entities";

    public override MessageCatalog Catalog => ClusterProtocols.Catalog;

    public override IReadOnlyList<string> Sometimes =>
    [
        "fence rejected a zombie's write",
        "a handoff's coordinator died",
        "a handoff's owner died",
        "the quorum's leader changed under writes",
        "an unknown outcome was resolved by reading back",
        "an unknown outcome was resolved by writing again",
        "a joiner took a snapshot of the journal",
    ];

    public override Scenario Draw(ulong seed) => Scenario.Draw(seed, MostEdges, Longest);

    public override SimProgram Compose(SimProcess process, Scenario scenario)
    {
        int seeds = Math.Min(MaxSeeds, scenario.Core);
        SeedAddress[] all = [.. Enumerable.Range(0, seeds).Select(index => new SeedAddress($"10.0.0.{index}", 4000))];
        return new ClusterProgram(
            process, scenario, all, (seeds / 2) + 1, null,
            (where, membership) => new EntityHost(where, membership, scenario, _database, _replicas, _commands));
    }

    public override void Watch(SimCluster cluster, Scenario scenario)
    {
        SimWorld world = cluster.World;
        _books = new JournalCheck(world);
        _commands = new CommandCheck(world, _books);
        _replicas = new ReplicaCheck(world, _books) { Elected = Elected };
        _shards = new ShardCheck(cluster);
        _database = scenario.Seed % 3 == 0 ? new SimDatabase(world, Hashes.Of(world.Seed, 0xDB), _books) : null;
        _work = new EntityWork(cluster, _commands);
        _nemesis = new EntityNemesis(cluster, _shards, _database);
        var members = new MembershipCheck(world);
        cluster.Checks.Add(members.After);
        cluster.Checks.Add(_shards.After);
        if (_database is not null) return;
        cluster.Checks.Add(process =>
        {
            if (process.Machine.IsCore && QuorumCheck.NodeOf(process) is { } node) _replicas.After(process, node);
        });
        cluster.MayLoseDisk = machine =>
        {
            bool may = QuorumCheck.MayLose(cluster, machine);
            if (may && machine.IsCore) world.Reach("a member's disk was lost");
            return may;
        };

        void Elected(int before)
        {
            if (before > 0 && world.Now - _work.LastSent < JustNow) world.Reach("the quorum's leader changed under writes");
        }
    }

    public override void StartWork(SimCluster cluster)
    {
        _work.Start();
        _nemesis.Start();
    }

    public override void StopWork()
    {
        _nemesis.Stop();
        _work.Stop();
    }

    public override string? Unsettled(SimCluster cluster) =>
        Settled.Membership(cluster)
        ?? (_database is null ? QuorumCheck.Unsettled(cluster) : null)
        ?? _work.Unsettled()
        ?? _shards.Unsettled(_work.Shards);

    public override void CheckEnd(SimCluster cluster)
    {
        foreach (SimProcess process in cluster.Living)
        {
            if (QuorumCheck.NodeOf(process) is { SnapshotsTaken: > 0 }) cluster.World.Reach("a joiner took a snapshot of the journal");
        }

        if (_database is null) QuorumCheck.CheckEnd(cluster, _books);
    }
}
