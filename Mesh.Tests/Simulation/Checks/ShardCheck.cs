using Mesh.Actors.Sharding;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Checks;

/// <summary>
/// One coordinator at a time, by true time (B4: clocks drift less than the lease's margin); and what is caught in the middle of a handoff.
/// </summary>
internal sealed class ShardCheck(SimCluster cluster)
{
    private readonly HashSet<(SimProcess Coordinator, SimProcess Owner)> _handoffs = [];
    private SimProcess? _coordinator;

    private SimWorld World => cluster.World;

    /// <summary>After each event of a process.</summary>
    public void After(SimProcess process)
    {
        if (!Coordinates(process)) return;
        SimProcess? before = _coordinator;
        World.Assert(
            before is null || before == process || !Coordinates(before), "B4", () => $"{before} and {process} hold the coordinator's lease");
        _coordinator = process;
    }

    /// <summary>Handoffs under way: who has them done, and who does them.</summary>
    public IReadOnlyList<(SimProcess Coordinator, SimProcess Owner)> Handoffs()
    {
        foreach ((SimProcess coordinator, SimProcess owner) in _handoffs)
        {
            if (!coordinator.IsAlive) World.Reach("a handoff's coordinator died");
            if (!owner.IsAlive) World.Reach("a handoff's owner died");
        }

        _handoffs.Clear();
        if (_coordinator is not { } now || !Coordinates(now) || Entities(now)?.Type?.Seat?.Describe() is not { } info) return [];
        List<(SimProcess, SimProcess)> found = [];
        foreach (ShardInfo shard in info.Shards)
        {
            if (shard.Stage is not (ShardStage.BeginHandOff or ShardStage.HandOff)) continue;
            if (cluster.Living.FirstOrDefault(process => process.Self == shard.Owner) is not { } owner) continue;
            if (_handoffs.Add((now, owner))) found.Add((now, owner));
        }

        return found;
    }

    /// <summary>
    /// The first thing that is not as it must be when nothing is wrong: one coordinates, and none of these shards has two homes. None is right: a
    /// lease ends where words get lost for ever, and a shard that lost its home gets another when somebody asks for it.
    /// </summary>
    public string? Unsettled(IEnumerable<int> shards)
    {
        if (cluster.Living.Count(Coordinates) > 1) return "two coordinate";
        foreach (int shard in shards)
        {
            SimProcess[] homes =
                [.. cluster.Living.Where(process => Entities(process)?.Type?.Region.Host.Find(shard) is { Phase: ShardPhase.Active })];
            if (homes.Length > 1) return $"shard {shard} has {homes.Length} homes: {string.Join<SimProcess>(", ", homes)}";
        }

        return null;
    }

    private static bool Coordinates(SimProcess process) => process.IsAlive && Entities(process)?.Type?.Seat is { IsHeld: true };

    private static EntityHost? Entities(SimProcess process) => (process.Program as ClusterProgram)?.Entities;
}
