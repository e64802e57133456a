using System.Collections.Immutable;

namespace Mesh.Actors.Sharding;

/// <summary>A region as a place for shards.</summary>
/// <param name="Node">Where.</param>
/// <param name="Weight">Its share, over 0.</param>
/// <param name="Shards">What it has, what is on its way to it included; in order.</param>
internal sealed record ShardPlace(UniqueAddress Node, int Weight, ImmutableArray<int> Shards)
{
    /// <summary>How full it were with that many more.</summary>
    public double Load(int more = 0) => (double)(Shards.Length + more) / Weight;
}

/// <summary>Where shards go: to the place that is least full in relation to its weight. Pure; the same places give the same answer.</summary>
internal static class ShardAllocation
{
    /// <summary>The place for one more shard; ties by address. Null when there is none.</summary>
    public static UniqueAddress? Choose(IEnumerable<ShardPlace> places) =>
        places.OrderBy(place => place.Load(1)).ThenBy(place => place.Node).FirstOrDefault()?.Node;

    /// <summary>
    /// Shards to move now: from the fullest to the least full place while the move makes the fuller of the two less full than before, at most
    /// <c>min(20, max(1, shards / 10))</c>.
    /// </summary>
    public static ImmutableArray<int> Rebalance(IEnumerable<ShardPlace> places, int numberOfShards)
    {
        List<ShardPlace> now = [.. places.OrderBy(place => place.Node)];
        if (now.Count < 2) return [];
        int limit = Math.Clamp(numberOfShards / 10, 1, ShardingLimits.MaxMovesPerRound);
        ImmutableArray<int>.Builder moves = ImmutableArray.CreateBuilder<int>();
        while (moves.Count < limit)
        {
            ShardPlace full = now.MaxBy(place => place.Load())!;
            ShardPlace empty = now.MinBy(place => place.Load(1))!;
            if (full.Shards.IsEmpty || ReferenceEquals(full, empty) || empty.Load(1) >= full.Load()) break;
            int shard = full.Shards[^1];
            moves.Add(shard);
            now[now.IndexOf(full)] = full with { Shards = full.Shards.RemoveAt(full.Shards.Length - 1) };
            now[now.IndexOf(empty)] = empty with { Shards = empty.Shards.Add(shard) };
        }

        return moves.ToImmutable();
    }
}
