using Mesh.Actors.Sharding;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Checks;

/// <summary>
/// What clients and entities must see: an answer means stored (P3, P4), a recovery finds all that was stored (P2), an owner has claimed (S3).
/// </summary>
internal sealed class CommandCheck(SimWorld world, JournalCheck books)
{
    private readonly Dictionary<string, List<long>> _acked = new(StringComparer.Ordinal);

    /// <summary>A client got the answer to a command for the first time.</summary>
    public event Action<string, long>? FirstAnswer;

    /// <summary>Commands of an entity that were answered so far.</summary>
    public int Acked(string entity) => _acked.GetValueOrDefault(entity)?.Count ?? 0;

    public void Handling(EntityHost host, EntityContext context)
    {
        int shard = ShardHash.ShardOf(context.EntityId, EntityHost.Shards);
        world.Assert(
            context.Fence.Shard == ShardHash.Key(EntityHost.TypeName, shard), "S3",
            () => $"{host.Process} runs {context.EntityId} in {context.Fence}");
        world.Assert(
            books.OwnerOf(context.Fence) == host.Process.Self.Uid, "S3",
            () => $"{host.Process} runs {context.EntityId} in {context.Fence}, unclaimed");
        bool elsewhere = host.Process.Machine.Network.Machines.Any(machine =>
            machine.Process is { Program: ClusterProgram { Entities: { } other } } && other != host
            && other.Type?.Region.Host.Find(shard) is { Phase: ShardPhase.Active } theirs && theirs.Epoch > context.Fence.Epoch);
        if (elsewhere) world.Reach("two owners of a shard handled commands at a time");
    }

    /// <summary>An entity's handler runs: its event must be durable.</summary>
    public void Stored(EntityHost host, string entity, long command) => world.Assert(
        books.EventsOf(entity).Contains(command), "P3",
        () => $"{host.Process} was told that {entity} stored {command}, which the journal did not take");

    public void Recovered(EntityHost host, EntityContext context, IReadOnlyList<long> state, int ackedBefore)
    {
        IReadOnlyList<long> events = books.EventsOf(context.EntityId);
        world.Assert(
            state.Count <= events.Count && state.SequenceEqual(events.Take(state.Count)), "P2",
            () => $"{host.Process} recovered {context.EntityId} as [{string.Join(' ', state)}] of [{string.Join(' ', events)}]");
        if (!_acked.TryGetValue(context.EntityId, out List<long>? acked)) return;
        foreach (long command in acked.Take(ackedBefore))
            world.Assert(state.Contains(command), "P4", () => $"{host.Process} recovered {context.EntityId} without {command}, answered before");
    }

    public void Answered(EntityHost host, Done done)
    {
        world.Assert(
            books.EventsOf(done.Entity).Contains(done.Command), "P3", () => $"{host.Process} has an answer to {done.Command}, which is not stored");
        if (!_acked.TryGetValue(done.Entity, out List<long>? acked)) _acked[done.Entity] = acked = [];
        if (acked.Contains(done.Command)) return;
        acked.Add(done.Command);
        FirstAnswer?.Invoke(done.Entity, done.Command);
    }
}
