using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Actors;
using Mesh.Actors.Sharding;
using Xunit;

namespace Mesh.Tests.Actors.Sharding;

public sealed class ShardAllocationTests
{
    /// <summary>Places with 0 to 40 shards each and weights of 1 to 4.</summary>
    private static readonly Gen<ShardPlace[]> Places = Gen.Choose(0, 40).SelectMany(shards => Gen.Choose(1, 4).Select(weight => (shards, weight)))
        .ArrayOf().Select(rows => rows.Take(8).Select((row, i) => Place(i, row.weight, row.shards)).ToArray());

    [Fact]
    public void Chooses_TheLeastFullForItsWeight()
    {
        ShardPlace[] places = [Place(0, 1, 3), Place(1, 4, 8), Place(2, 1, 4)];

        Assert.Equal(places[1].Node, ShardAllocation.Choose(places));
        Assert.Null(ShardAllocation.Choose([]));
    }

    [Fact]
    public void Rebalance_NeverMovesMoreThanATenthOrTwenty() => Prop.ForAll(Places.ToArbitrary(), places =>
    {
        int total = Math.Max(1, places.Sum(place => place.Shards.Length));

        ImmutableArray<int> moves = ShardAllocation.Rebalance(places, total);

        Assert.InRange(moves.Length, 0, Math.Min(20, Math.Max(1, total / 10)));
        Assert.Equal(moves.Length, moves.Distinct().Count());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Rebalance_ComesToAnEnd_WithEveryPlaceWithinOneOfItsShare() => Prop.ForAll(Places.ToArbitrary(), start =>
    {
        if (start.Length == 0) return;
        List<ShardPlace> places = [.. start];
        int total = places.Sum(place => place.Shards.Length);
        for (int round = 0; ShardAllocation.Rebalance(places, total) is { Length: > 0 } moves; round++)
        {
            Assert.True(round < 2000, "rounds without end");
            foreach (int shard in moves)
            {
                int from = places.FindIndex(place => place.Shards.Contains(shard));
                places[from] = places[from] with { Shards = places[from].Shards.Remove(shard) };
                int to = places.FindIndex(place => place.Node == ShardAllocation.Choose(places));
                places[to] = places[to] with { Shards = places[to].Shards.Add(shard) };
            }
        }

        Assert.Equal(total, places.Sum(place => place.Shards.Length));
        Assert.All(places, full => Assert.All(places, empty => Assert.True(full.Load() <= empty.Load(1) || ReferenceEquals(full, empty))));
    }).QuickCheckThrowOnFailure();

    private static ShardPlace Place(int node, int weight, int shards) =>
        new(Uid(node), weight, [.. Enumerable.Range(node * 100, shards)]);

    private static UniqueAddress Uid(int node) => new(new Address("test", $"n{node}", 1), (ulong)node + 1);
}
