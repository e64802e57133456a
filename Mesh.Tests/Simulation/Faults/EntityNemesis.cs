using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Checks;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.Storage;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.Faults;

/// <summary>What goes wrong by occasion instead of by plan: processes that die in the middle of a handoff, a shared database that fails.</summary>
internal sealed class EntityNemesis(SimCluster cluster, ShardCheck shards, SimDatabase? database)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly SimCluster _cluster = cluster;
    private SplitMix64 _random = new(Hashes.Of(cluster.World.Seed, 0xE11));
    private bool _working;

    private SimWorld World => _cluster.World;

    public void Start()
    {
        _working = true;
        Hunt(eager: _random.Next(2) == 0);
        if (database is not null && _random.Next(4) > 0) Trouble();
    }

    public void Stop()
    {
        _working = false;
        if (database is null) return;
        database.Faults = DiskFaults.None;
        database.CutOff.Clear();
    }

    private void Hunt(bool eager)
    {
        if (!_working) return;
        foreach ((SimProcess coordinator, SimProcess owner) in shards.Handoffs())
        {
            if (!eager || _random.Next(12) != 0) continue;
            Kill(_random.Next(2) == 0 ? coordinator : owner);
        }

        World.After(Look, "look for handoffs", () => Hunt(eager));
    }

    private void Kill(SimProcess victim)
    {
        if (!victim.IsAlive) return;
        World.Note(victim, "is killed in a handoff");
        SimMachine machine = victim.Machine;
        _cluster.Hold(machine);
        victim.Die(machineSpeaks: true, SessionEnd.Broken);
        World.After(TimeSpan.FromSeconds(0.2 + (15 * _random.NextDouble())), "end of a kill in a handoff", () => _cluster.Release(machine));
    }

    private void Trouble()
    {
        if (!_working) return;
        World.After(TimeSpan.FromSeconds(60 * _random.NextDouble()), "the database has trouble", () =>
        {
            if (!_working) return;
            int cut = _random.Next(_cluster.CoreCount);
            if (_random.Next(3) == 0) database!.CutOff.Add(cut);
            database!.Faults = new DiskFaults
            {
                Unavailable = _random.NextDouble() * (_random.Next(3) == 0 ? 1 : 0),
                Unknown = _random.NextDouble() * (_random.Next(2) == 0 ? 0.6 : 0),
                MaxLatency = TimeSpan.FromSeconds(5 * _random.NextDouble() * _random.NextDouble()),
            };
            World.Note(null, $"the database has trouble: {database.Faults}, cut off [{string.Join(' ', database.CutOff)}]");
            World.After(TimeSpan.FromSeconds(1 + (30 * _random.NextDouble() * _random.NextDouble())), "the database is well", () =>
            {
                database.Faults = DiskFaults.None;
                database.CutOff.Clear();
                Trouble();
            });
        });
    }
}
