using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Tests.Routing.Destinations;
using Xunit;
using Outcome = Mesh.Routing.Accrual.Outcome;

namespace Mesh.Tests.Routing.Balancing;

public sealed class HeapBalancerTests
{
    private static readonly Gen<int[]> Loads = Gen.Choose(1, 60).SelectMany(size => Gen.Choose(0, 5).ArrayOf(size));

    [Fact]
    public void TakesALeastLoaded_OfAll() => Prop.ForAll(Loads.ToArbitrary(), loads =>
    {
        DestinationFixture fixture = Loaded(loads);
        for (int pick = 0; pick < 100; pick++)
        {
            int least = fixture.Endpoints.Min(endpoint => endpoint.InFlight);
            if (fixture.Pick().Endpoint.InFlight != least + 1) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void KeepsCountsWithinOne_WhileNobodyFinishes()
    {
        DestinationFixture fixture = BalancerLab.Equals(BalancerLab.Config(BalancerKind.Heap), 13);

        for (int pick = 0; pick < 500; pick++)
        {
            fixture.Pick();

            Assert.InRange(fixture.Endpoints.Max(endpoint => endpoint.InFlight) - fixture.Endpoints.Min(endpoint => endpoint.InFlight), 0, 1);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void BreaksTiesAtRandom(int load)
    {
        int[] loads = [.. Enumerable.Range(0, 12).Select(index => index is 3 or 4 or 5 or 11 ? load : load + 1)];
        DestinationFixture fixture = Loaded(loads);

        Dictionary<int, double> shares = fixture.Shares(40_000);

        Assert.Equal([4, 5, 6, 12], shares.Keys.Order());
        Assert.All(shares.Values, share => Assert.InRange(share, 0.24, 0.26));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(40)]
    public void SharesByWeight_AtAnyLoad(int concurrency)
    {
        DestinationFixture fixture = BalancerLab.Of(BalancerKind.Heap, 3, 1);

        Dictionary<int, double> shares = new Traffic(fixture, _ => 10 * DestinationFixture.Millisecond).RunClosed(40_000, concurrency);

        Assert.InRange(shares[1], 0.71, 0.79);
    }

    [Fact]
    public void LooksAtSoManyOfALargeSet()
    {
        DestinationFixture fixture = BalancerLab.Equals(BalancerLab.Config(BalancerKind.Heap), 2 * HeapBalancer.MaximumLooks);
        List<EndpointLease> leases = [.. fixture.Endpoints.SelectMany(endpoint => Enumerable.Range(0, 3).Select(_ => fixture.PickAt(endpoint)))];
        Endpoint[] freed = [.. fixture.Endpoints.Where((_, index) => index % 100 == 0)];
        foreach (EndpointLease lease in leases.DistinctBy(lease => lease.Endpoint).Where(lease => freed.Contains(lease.Endpoint)))
            lease.Complete(Outcome.Ignored, fixture.Now);

        EndpointLease picked = fixture.Pick();

        Assert.Contains(picked.Endpoint, freed);
    }

    private static DestinationFixture Loaded(int[] loads)
    {
        DestinationFixture fixture = BalancerLab.Equals(BalancerLab.Config(BalancerKind.Heap), loads.Length);
        for (int index = 0; index < loads.Length; index++)
            for (int count = 0; count < loads[index]; count++) fixture.PickAt(fixture.Endpoints[index]);
        return fixture;
    }
}
