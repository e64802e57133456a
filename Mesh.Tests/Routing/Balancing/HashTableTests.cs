using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Routing.Balancing;

/// <summary>The ring and the table themselves: shares, sizes, walks.</summary>
public sealed class HashTableTests
{
    private static readonly Gen<int[]> WeightSets =
        Gen.Choose(1, 50).SelectMany(size => Gen.Choose(0, 9).ArrayOf(size)).Where(set => set.Sum() > 0);

    /// <summary>Walks from later keys begin later on the round that all walks share, and each step follows the one before.</summary>
    [Fact]
    public void Ring_WalksBeginInTheOrderOfKeys() => Prop.ForAll(WeightSets.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), IsInOrder)
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Ring_HasPointsByWeight_AndALimit()
    {
        var ring = HashRing.Build([1, 2, 3], [0.5, 2.5, 0]);
        var large = HashRing.Build([.. Enumerable.Range(1, EndpointTable.MaximumEndpoints).Select(id => StableHash.Mix((ulong)id))],
            [.. Enumerable.Repeat(1.0, EndpointTable.MaximumEndpoints)]);

        Assert.Equal(3 * HashRing.PointsEach, ring.Points);
        Assert.InRange(large.Points, HashRing.MaximumPoints / 2, HashRing.MaximumPoints);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(101)]
    [InlineData(MaglevTable.Cells)]
    public void Maglev_GivesCellsByWeight(int size) => Prop.ForAll(WeightSets.Where(set => set.Length * 2 <= size).ToArbitrary(), set =>
    {
        (ulong[] identities, double[] weights) = World(set);
        int[] cells = Cells(MaglevTable.Build(identities, weights, size), size);
        for (int index = 0; index < set.Length; index++)
        {
            double wanted = (double)set[index] / set.Sum() * size;
            double slack = 1.5 + set.Length * 0.5;
            if (set[index] == 0 ? cells[index] != 0 : cells[index] < 1 || Math.Abs(cells[index] - wanted) > slack) return false;
        }

        return cells.Sum() == size;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(size == MaglevTable.Cells ? 10 : 60));

    [Fact]
    public void Maglev_OfEquals_IsEvenToOneCell()
    {
        (ulong[] identities, double[] weights) = World([.. Enumerable.Repeat(1, 700)]);

        int[] cells = Cells(MaglevTable.Build(identities, weights), MaglevTable.Cells)[..700];

        Assert.InRange(cells.Max() - cells.Min(), 0, 1);
    }

    [Fact]
    public void Maglev_HoldsTheLargestSet()
    {
        (ulong[] identities, double[] weights) = World(
            [.. Enumerable.Range(0, EndpointTable.MaximumEndpoints).Select(index => index == 0 ? 1000 : 1)]);

        int[] cells = Cells(MaglevTable.Build(identities, weights), MaglevTable.Cells);

        Assert.Equal(0, cells.Count(count => count == 0));
    }

    /// <summary>A walk over a table whose size is a prime meets every cell.</summary>
    [Fact]
    public void Maglev_WalkMeetsEverybody()
    {
        var table = MaglevTable.Build([11, 22, 33, 44], [1, 1, 1, 1], 101);
        HashWalk walk = table.Begin(0xDEADBEEFDEADBEEF);

        var met = Enumerable.Range(0, 101).Select(_ => table.Next(ref walk)).ToHashSet();

        Assert.Equal([0, 1, 2, 3], met.Order());
    }

    private static bool IsInOrder(int[] set, int seed)
    {
        (ulong[] identities, double[] weights) = World(set);
        var ring = HashRing.Build(identities, weights);
        HashWalk whole = ring.Begin(0);
        int[] round = [.. Enumerable.Range(0, ring.Points).Select(_ => ring.Next(ref whole))];
        int before = 0;
        for (ulong step = 0; step < 64; step++)
        {
            HashWalk walk = ring.Begin((step << 58) + (ulong)seed);
            int begin = walk.At % ring.Points;
            if (walk.At < before || ring.Next(ref walk) != round[begin]) return false;
            before = begin < before ? int.MaxValue : begin;
        }

        return true;
    }

    private static (ulong[] Identities, double[] Weights) World(int[] set)
    {
        double average = set.Sum() / (double)set.Length;
        return ([.. set.Select((_, index) => StableHash.Mix((ulong)index + 1))], [.. set.Select(weight => weight / average)]);
    }

    private static int[] Cells(MaglevTable table, int size)
    {
        var counts = new int[EndpointTable.MaximumEndpoints];
        var walk = new HashWalk(0, 1);
        for (int cell = 0; cell < size; cell++) counts[table.Next(ref walk)]++;
        return counts;
    }
}
