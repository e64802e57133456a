using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Tests.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Routing.Balancing;

public sealed class HashBalancerTests
{
    private const int Keys = 20_000;

    [Theory]
    [InlineData(BalancerKind.RingHash, 0.30)]
    [InlineData(BalancerKind.Maglev, 0.08)]
    public void SharesOfKeys_AreByWeight(BalancerKind kind, double tolerance)
    {
        int[] owners = BalancerLab.Of(kind, 1, 2, 3, 4, 0).Owners(Keys);

        for (int port = 1; port <= 4; port++)
            Assert.InRange(owners.Share(port), port / 10.0 * (1 - tolerance), port / 10.0 * (1 + tolerance));
        Assert.DoesNotContain(5, owners);
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void RequestsOfOneKey_StayTogether(BalancerKind kind)
    {
        DestinationFixture fixture = BalancerLab.Of(kind, 1, 1, 1, 1, 1);

        Assert.Equal(fixture.Owners(100), fixture.Owners(100));
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void RequestsWithoutKey_AreSpread(BalancerKind kind)
    {
        Dictionary<int, double> shares = BalancerLab.Of(kind, 1, 1, 1, 1, 1).Shares(Keys);

        Assert.All(shares.Values, share => Assert.InRange(share, 0.14, 0.26));
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void OrderOfTheAddresses_DoesNotMatter(BalancerKind kind)
    {
        DestinationFixture one = BalancerLab.Of(kind, 1, 2, 3, 4);
        var other = new DestinationFixture(BalancerLab.Options(BalancerLab.Config(kind)), (4, 4), (2, 2), (1, 1), (3, 3));

        Assert.Equal(one.Owners(2000), other.Owners(2000));
    }

    /// <summary>Sums of fractions depend on their order in the last bits.</summary>
    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void OrderOfTheAddresses_DoesNotMatter_WithFractionsAsWeights(BalancerKind kind)
    {
        for (int round = 1; round <= 20; round++)
        {
            (int Port, double Weight)[] set = [.. Enumerable.Range(1, 3 + round).Select(port => (port, (1 + port * round % 7) / 10.0))];
            DestinationOptions options = BalancerLab.Options(BalancerLab.Config(kind));
            var one = new DestinationFixture(options, set);
            var other = new DestinationFixture(options, [.. set.Reverse()]);

            Assert.Equal(one.Owners(2000), other.Owners(2000));
        }
    }

    [Theory]
    [InlineData(BalancerKind.RingHash, 2, 0)]
    [InlineData(BalancerKind.RingHash, 10, 0)]
    [InlineData(BalancerKind.RingHash, 100, 0)]
    [InlineData(BalancerKind.Maglev, 2, 0.02)]
    [InlineData(BalancerKind.Maglev, 10, 0.02)]
    [InlineData(BalancerKind.Maglev, 100, 0.03)]
    public void EndpointThatLeavesOrJoins_MovesLittleBesideItsOwnKeys(BalancerKind kind, int endpoints, double tolerance)
    {
        DestinationFixture fixture = BalancerLab.Equals(BalancerLab.Config(kind), endpoints);
        int[] before = fixture.Owners(Keys);

        fixture.Become(DestinationFixture.Set([.. Enumerable.Range(1, endpoints - 1).Select(port => (port, 1.0))]));
        int[] without = fixture.Owners(Keys);
        fixture.Become(DestinationFixture.Set([.. Enumerable.Range(1, endpoints).Select(port => (port, 1.0))]));
        int[] again = fixture.Owners(Keys);

        int[] others = [.. Enumerable.Range(0, Keys).Where(key => before[key] != endpoints)];
        Assert.InRange(others.Count(key => before[key] != without[key]) / (double)Keys, 0, tolerance);
        Assert.InRange(1 - others.Length / (double)Keys, 0.7 / endpoints, 1.3 / endpoints);
        Assert.Equal(before, again);
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void DeadEndpointsKeys_SpreadOverAllOthers_AndComeBack(BalancerKind kind)
    {
        DestinationFixture fixture = BalancerLab.Of(kind, 1, 1, 1, 1, 1);
        int[] before = fixture.Owners(Keys);

        fixture.Kill(fixture.Endpoints[1]);
        int[] during = fixture.Owners(Keys);
        fixture.Now += 1000 * DestinationFixture.Second;
        fixture.PickAt(fixture.Endpoints[1]).Complete(Outcome.Success, fixture.Now);
        int[] after = fixture.Owners(Keys);

        int[] moved = [.. during.Where((_, key) => before[key] == 2)];
        Assert.DoesNotContain(2, during);
        Assert.All([1, 3, 4, 5], port => Assert.InRange(moved.Share(port), 0.12, 0.4));
        Assert.All(Enumerable.Range(0, Keys).Where(key => before[key] != 2), key => Assert.Equal(before[key], during[key]));
        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void ExcludedEndpoint_IsPassedOver(BalancerKind kind)
    {
        DestinationFixture fixture = BalancerLab.Of(kind, 1, 1, 1);
        Endpoint own = fixture.Pick(99).Endpoint;

        Endpoint[] others = [.. Enumerable.Range(0, 20).Select(_ => fixture.Pick(99, own).Endpoint)];

        Assert.DoesNotContain(own, others);
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void Table_IsKept_WhileTheSetSaysTheSame(BalancerKind kind)
    {
        DestinationFixture fixture = BalancerLab.Of(kind, 1, 2, 3);
        IBalancer before = fixture.Destination.Current.Balancer!;

        IBalancer same = Balancers.For(BalancerLab.Config(kind), [.. fixture.Endpoints], new BalancerContext(before, 0, 0));
        IBalancer other = Balancers.For(BalancerLab.Config(kind), [.. fixture.Endpoints.Skip(1)], new BalancerContext(before, 0, 0));

        Assert.Same(Table(before), Table(same));
        Assert.NotSame(Table(before), Table(other));
    }

    private static object? Table(IBalancer balancer)
        => balancer is HashBalancer<HashRing> ring ? ring.Table : ((HashBalancer<MaglevTable>)balancer).Table;
}
