using System.Net;
using Mesh.Discovery.Names;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Routing.Destinations;

/// <summary>What discovery has against an endpoint that it still names; and instances that share an address.</summary>
public sealed class DoubtTests
{
    private const string Why = "node n2 cannot be reached";

    [Theory]
    [InlineData(BalancerKind.PeakEwma)]
    [InlineData(BalancerKind.LeastLoaded)]
    [InlineData(BalancerKind.RoundRobin)]
    [InlineData(BalancerKind.Maglev)]
    public void TheDoubted_TakeNoTraffic_UntilTheDoubtIsOver(BalancerKind kind)
    {
        DestinationFixture fixture = DestinationFixture.Of(kind, 3);

        fixture.Become(Set((1, Why), (2, null), (3, null)));
        int[] during = [.. fixture.Shares(300).Keys];
        fixture.Become(Set((1, null), (2, null), (3, null)));

        Assert.Equal([2, 3], during.Order());
        Assert.Equal(3, fixture.Shares(300).Count);
    }

    [Fact]
    public void WhereAllAreDoubted_TheyAreUsed()
    {
        DestinationFixture fixture = new(DestinationFixture.Options(BalancerKind.PeakEwma));

        fixture.Become(Set((1, Why), (2, Why)));

        Assert.Equal(2, fixture.Shares(100).Count);
    }

    [Fact]
    public void TheDoubted_AreUsed_OnceTheOthersAreDead()
    {
        DestinationFixture fixture = new(DestinationFixture.Options(BalancerKind.PeakEwma));
        fixture.Become(Set((1, Why), (2, null)));

        fixture.Kill(fixture.Endpoints[1]);

        Assert.Contains(1, fixture.Shares(100).Keys);
    }

    [Fact]
    public void GoodChecks_DoNotClearADoubt()
    {
        DestinationFixture fixture = new(DestinationFixture.Options(BalancerKind.PeakEwma));
        fixture.Become(Set((1, Why), (2, null)));

        fixture.Endpoints[0].SetSick(true);
        fixture.Endpoints[0].SetSick(false);

        Assert.Equal([2], fixture.Shares(100).Keys);
    }

    [Fact]
    public void SaysSinceWhenAndWhy()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 2);
        fixture.Become(Set((1, Why), (2, null)));
        fixture.Now += 3 * DestinationFixture.Second;
        fixture.Become(Set((1, "last known"), (2, null)));

        EndpointStatus status = fixture.Destination.Status(fixture.Now).Endpoints[0];

        Assert.Equal((EndpointCondition.Doubted, TimeSpan.FromSeconds(3)), (status.Condition, status.StandsFor));
        Assert.Equal("last known", status.Why?.ToString());
        Assert.Equal(1, fixture.Destination.Tally.Unusable);
    }

    [Fact]
    public void DoubtThatComesAndGoes_KeepsTheEndpoint_WithWhatItKnows()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 2);
        Endpoint before = fixture.Endpoints[0];
        EndpointLease lease = fixture.PickAt(before);

        fixture.Become(Set((1, Why), (2, null)));
        fixture.Become(Set((1, null), (2, null)));

        Assert.Same(before, fixture.Endpoints[0]);
        Assert.Equal(1, before.InFlight);
        lease.Complete(Outcome.Success, fixture.Now);
    }

    [Fact]
    public void InstancesBehindOneAddress_AreEndpointsOfTheirOwn()
    {
        DestinationFixture fixture = new(DestinationFixture.Options(BalancerKind.RoundRobin));
        IPEndPoint inbound = new(IPAddress.Loopback, 4143);

        fixture.Become(new AddressState.Known(
        [
            new WeightedAddress(inbound, 1) { Instance = "web/a" }, new WeightedAddress(inbound, 1) { Instance = "web/b" },
            new WeightedAddress(inbound, 1) { Instance = "web/a" },
        ]));
        fixture.Kill(fixture.Endpoints[0]);

        Assert.Equal(["web/a", "web/b"], fixture.Endpoints.Select(endpoint => endpoint.Key.Instance));
        Assert.Equal("web/b", fixture.Pick().Endpoint.Key.Instance);
    }

    private static AddressState.Known Set(params (int Port, string? Doubt)[] endpoints) => new(
        [.. endpoints.Select(each => new WeightedAddress(new IPEndPoint(IPAddress.Loopback, each.Port), 1) { Doubt = each.Doubt })]);
}
