using Mesh.Actors.Clustering;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables;
using Mesh.Tests.Simulation.Checks;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>The real protocols in a run: members come and go by the faults, rows are written all the time.</summary>
internal sealed class ClusterSubject : Subject
{
    private const int MaxSeeds = 3;
    private const int Keys = 6;

    private SplitMix64 _random;
    private TableCheck? _tables;
    private bool _working;
    private ulong _writes;

    public override string Name => "cluster";

    public override MessageCatalog Catalog => ClusterProtocols.Catalog;

    /// <summary>Whether every view is looked at after every event; measures of thousands of nodes do without.</summary>
    public bool Checked { get; init; } = true;

    /// <summary>Timers have their usual values instead of varied ones.</summary>
    public bool Exact { get; init; }

    public MembershipCheck? Members { get; private set; }

    public override IReadOnlyList<string> Sometimes =>
    [
        "suspicion refuted",
        "tombstone blocked a resurrection",
        "push/pull found a difference",
        "digests differed",
        "a new process took an address",
        "weakly up",
        "detector: a node that stood still doubted itself",
        "detector: a suspicion was refuted",
        "tables: anti-entropy repaired a row",
        "tables: a row waited for its owner",
    ];

    public override SimProgram Compose(SimProcess process, Scenario scenario)
    {
        int seeds = Math.Min(MaxSeeds, scenario.Core);
        SeedAddress[] all = [.. Enumerable.Range(0, seeds).Select(index => new SeedAddress($"10.0.{index / 250}.{index % 250}", 4000))];
        if (Exact) scenario = scenario with { Exact = true };
        return new ClusterProgram(
            process, scenario, all, (seeds / 2) + 1, Checked ? (where, table, change) => _tables!.OnRow(where, table, change) : null);
    }

    public override void Watch(SimCluster cluster, Scenario scenario)
    {
        _random = new SplitMix64(Hashes.Of(scenario.Seed, 0x30));
        if (!Checked) return;
        Members = new MembershipCheck(cluster.World);
        _tables = new TableCheck(cluster.World);
        cluster.Checks.Add(Members.After);
        cluster.Checks.Add(_tables.After);
    }

    public override void StartWork(SimCluster cluster)
    {
        _working = true;
        Work(cluster);
    }

    public override void StopWork() => _working = false;

    public override string? Unsettled(SimCluster cluster) => Settled.Membership(cluster) ?? TableCheck.Unsettled(cluster);

    private void Work(SimCluster cluster)
    {
        if (!_working) return;
        SimProcess[] living = [.. cluster.Living];
        if (living.Length > 0)
        {
            SimProcess process = living[_random.Next(living.Length)];
            string key = $"k{_random.Next(Keys)}", value = $"v{++_writes}";
            var version = new RowVersion(_writes, 1);
            int what = _random.Next(5);
            process.Loop.Post(() => Use((ClusterProgram)process.Program!, what, key, value, version));
        }

        cluster.World.After(TimeSpan.FromSeconds(0.05 + (1.5 * _random.NextDouble())), "work", () => Work(cluster));
    }

    private static void Use(ClusterProgram program, int what, string key, string value, RowVersion version)
    {
        switch (what)
        {
            case 0:
                program.Owned.Remove(key);
                program.Written.Remove(key);
                break;
            case 1 or 2:
                if (program.Owned.Put(key, value) == WriteResult.Accepted) program.Written[key] = value;
                break;
            case 3:
                program.Map.Remove(key, version);
                break;
            default:
                program.Map.Put(key, value, version);
                break;
        }
    }
}
