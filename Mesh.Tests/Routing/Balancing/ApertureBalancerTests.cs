using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Tests.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Routing.Balancing;

public sealed class ApertureBalancerTests
{
    private const long Second = DestinationFixture.Second;
    private static readonly BalancerConfig Config = new() { Kind = BalancerKind.Aperture, PanicThreshold = 0 };

    [Fact]
    public void BeginsAtTheLeastAperture()
    {
        DestinationFixture fixture = BalancerLab.Equals(Config with { Aperture = new ApertureConfig { MinAperture = 3 } }, 10);

        Assert.Equal(3, fixture.Shares(1000).Count);
    }

    [Fact]
    public void Widens_UntilEachHasLessThanTheHighLoad()
    {
        DestinationFixture fixture = BalancerLab.Equals(Config, 20);

        Keep(fixture, requestsOut: 10, forNs: 60 * Second);

        Assert.Equal(6, Width(fixture));
    }

    [Fact]
    public void Widens_ByTheAverageOfItsWindow()
    {
        DestinationFixture fixture = BalancerLab.Equals(Config, 20);

        Keep(fixture, requestsOut: 10, forNs: 5 * Second);

        Assert.Equal(4, Width(fixture));
    }

    [Fact]
    public void Narrows_UntilEachHasMoreThanTheLowLoad()
    {
        DestinationFixture fixture = BalancerLab.Equals(Config, 20);
        List<EndpointLease> leases = Keep(fixture, requestsOut: 30, forNs: 60 * Second);
        Assert.Equal(16, Width(fixture));

        foreach (EndpointLease lease in leases.Skip(4)) lease.Complete(Outcome.Success, fixture.Now);
        Keep(fixture, requestsOut: 0, forNs: 60 * Second);

        Assert.InRange(Width(fixture), 8, 10);
    }

    [Fact]
    public void KeepsItsWidth_WhenTheSetChanges()
    {
        DestinationFixture fixture = BalancerLab.Equals(Config, 20);
        Keep(fixture, requestsOut: 10, forNs: 60 * Second);

        fixture.Become(DestinationFixture.Set([.. Enumerable.Range(1, 21).Select(port => (port, 1.0))]));

        Assert.Equal(6, Width(fixture));
    }

    [Fact]
    public void KeepsItsWidth_UnderOtherBounds()
    {
        DestinationFixture fixture = BalancerLab.Equals(Config, 20);
        Keep(fixture, requestsOut: 10, forNs: 60 * Second);
        DestinationSnapshot before = fixture.Destination.Current;

        BalancerConfig other = Config with { Aperture = new ApertureConfig { HighLoad = 4 } };
        var after = (ApertureBalancer)Balancers.For(other, [.. before.Endpoints], new BalancerContext(before.Balancer, fixture.Now, 0));

        Assert.Equal(6, after.Width.Width);
        Assert.Equal(4, after.Width.Config.HighLoad);
    }

    [Fact]
    public void Nodes_UseDifferentEndpoints()
    {
        Endpoint[] endpoints = [.. BalancerLab.Equals(Config, 10).Endpoints];

        int[] firsts = [.. Enumerable.Range(0, 1000).Select(seed => Order(endpoints, (ulong)seed)[0].Address.Port)];

        Assert.All(Enumerable.Range(1, 10), port => Assert.InRange(firsts.Share(port), 0.06, 0.14));
    }

    [Fact]
    public void Order_OfThoseThatStay_StaysAsTheSetChanges()
    {
        Endpoint[] endpoints = [.. BalancerLab.Equals(Config, 10).Endpoints];
        Endpoint[] fewer = [.. endpoints.Where((_, index) => index != 4).Reverse()];

        Assert.Equal(Order(endpoints, 3).Except([endpoints[4]]), Order(fewer, 3));
    }

    [Fact]
    public void ClosedEndpoints_WidenTheWindow()
    {
        DestinationFixture fixture = BalancerLab.Equals(Config with { Aperture = new ApertureConfig { MinAperture = 2 } }, 10);
        Endpoint[] order = Order(fixture);
        Assert.Equal(Ports(order[..2]), fixture.Shares(1000).Keys.Order());

        fixture.Kill(order[0]);
        fixture.Kill(order[1]);
        fixture.Now += Second / 10;

        Assert.Equal(Ports(order[2..4]), fixture.Shares(1000).Keys.Order());
    }

    [Fact]
    public void ClosedEndpoint_OfANarrowWindow_IsNotMissedForLong()
    {
        DestinationFixture fixture = BalancerLab.Equals(Config, 10);
        Endpoint only = fixture.Pick().Endpoint;

        fixture.Kill(only);
        fixture.Now += 2 * DestinationFixture.Millisecond;
        EndpointLease lease = fixture.Pick();

        Assert.NotEqual(only, lease.Endpoint);
        Assert.Equal(0, fixture.Destination.Counters.EffortExhausted);
    }

    [Fact]
    public void AnotherAttempt_GoesToTheNextOfTheOrder()
    {
        DestinationFixture fixture = BalancerLab.Equals(Config, 10);
        Endpoint[] order = Order(fixture);

        EndpointLease lease = fixture.Pick(0, excluded: order[0]);

        Assert.Equal(order[1], lease.Endpoint);
    }

    [Fact]
    public void Weights_AreSharesWithinTheWindow()
    {
        DestinationFixture fixture = BalancerLab.Of(BalancerKind.Aperture, 1, 2, 7, 0);

        Dictionary<int, double> shares = fixture.Shares(50_000);

        Assert.InRange(shares[1], 0.09, 0.11);
        Assert.InRange(shares[3], 0.69, 0.71);
        Assert.DoesNotContain(4, shares.Keys);
    }

    /// <summary>Holds so many more requests out, and lets a short one look about each 10 ms.</summary>
    private static List<EndpointLease> Keep(DestinationFixture fixture, int requestsOut, long forNs)
    {
        List<EndpointLease> leases = [.. Enumerable.Range(0, requestsOut).Select(_ => fixture.Pick())];
        for (long passed = 0; passed < forNs; passed += Second / 100)
        {
            fixture.Now += Second / 100;
            fixture.Pick().Complete(Outcome.Ignored, fixture.Now);
        }

        return leases;
    }

    private static int Width(DestinationFixture fixture) => ((ApertureBalancer)fixture.Destination.Current.Balancer!).Width.Width;

    private static Endpoint[] Order(DestinationFixture fixture)
        => [.. ((ApertureBalancer)fixture.Destination.Current.Balancer!).Order.ToArray().Select(index => fixture.Endpoints[index])];

    private static Endpoint[] Order(Endpoint[] endpoints, ulong seed)
    {
        var balancer = (ApertureBalancer)Balancers.For(Config, endpoints, new BalancerContext(null, 0, seed));
        return [.. balancer.Order.ToArray().Select(index => endpoints[index])];
    }

    private static IEnumerable<int> Ports(Endpoint[] endpoints) => endpoints.Select(endpoint => endpoint.Address.Port).Order();
}
