namespace Mesh.Actors.Sharding;

/// <summary>Which shards move, and when: off regions that leave at once, off full ones in rounds.</summary>
internal sealed class ShardPlacement(ShardingSettings settings, CoordinatorShard[] shards, CoordinatorRegions regions, TimeSpan now)
{
    private TimeSpan _nextRound = now + settings.Rebalance;
    private bool _ordered;

    public bool IsOn { get; private set; } = true;

    public void Order(RebalanceMode mode)
    {
        if (mode == RebalanceMode.Now) _ordered = true;
        else IsOn = mode == RebalanceMode.On;
    }

    public UniqueAddress? Choose(TimeSpan at) => ShardAllocation.Choose(Places(at));

    public List<int> ToMove(TimeSpan at)
    {
        List<int> moves = [];
        foreach (CoordinatorRegion region in regions.All)
        {
            if (!regions.IsLeaving(region)) continue;
            moves.AddRange(shards.Where(shard => shard.Owner == region.Node && shard.Stage is ShardStage.Active or ShardStage.Allocating)
                .Select(shard => shard.Number));
        }

        bool due = _ordered || (IsOn && at >= _nextRound);
        if (!due) return moves;
        _ordered = false;
        _nextRound = at + settings.Rebalance;

        // One round at a time: what moves now is not yet where it will count.
        bool moving = shards.Any(shard => shard.Stage is ShardStage.BeginHandOff or ShardStage.HandOff or ShardStage.Allocating);
        if (moves.Count == 0 && !moving && regions.IsCalm) moves.AddRange(ShardAllocation.Rebalance(Places(at), shards.Length));
        return moves;
    }

    private IEnumerable<ShardPlace> Places(TimeSpan at) => regions.All.Where(region => regions.IsPlace(region, at)).Select(region =>
        new ShardPlace(region.Node, region.Weight, [.. shards.Where(shard => shard.Owner == region.Node).Select(shard => shard.Number)]));
}
