using Mesh.Routing.Balancing;
using Mesh.Tests.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Routing.Balancing;

public sealed class BalancerTests
{
    private const int Picks = 100_000;

    [Theory]
    [InlineData(BalancerKind.PeakEwma, 1)]
    [InlineData(BalancerKind.PeakEwma, 2)]
    [InlineData(BalancerKind.PeakEwma, 7)]
    [InlineData(BalancerKind.LeastLoaded, 2)]
    [InlineData(BalancerKind.LeastLoaded, 7)]
    [InlineData(BalancerKind.RoundRobin, 7)]
    [InlineData(BalancerKind.Heap, 2)]
    [InlineData(BalancerKind.Heap, 7)]
    public void Equals_ShareEvenly(BalancerKind kind, int endpoints)
    {
        DestinationFixture fixture = DestinationFixture.Of(kind, endpoints);

        Dictionary<int, double> shares = fixture.Shares(Picks);

        Assert.Equal(endpoints, shares.Count);
        Assert.All(shares.Values, share => Assert.InRange(share, 1.0 / endpoints - 0.01, 1.0 / endpoints + 0.01));
    }

    [Theory]
    [InlineData(BalancerKind.PeakEwma)]
    [InlineData(BalancerKind.LeastLoaded)]
    [InlineData(BalancerKind.RoundRobin)]
    [InlineData(BalancerKind.Heap)]
    public void IdleEndpoints_ShareByWeight(BalancerKind kind)
    {
        var fixture = new DestinationFixture(DestinationFixture.Options(kind), (1, 1), (2, 2), (3, 7), (4, 0));

        Dictionary<int, double> shares = fixture.Shares(Picks);

        Assert.InRange(shares[1], 0.09, 0.11);
        Assert.InRange(shares[2], 0.19, 0.21);
        Assert.InRange(shares[3], 0.69, 0.71);
        Assert.DoesNotContain(4, shares.Keys);
    }

    [Theory]
    [InlineData(BalancerKind.PeakEwma)]
    [InlineData(BalancerKind.LeastLoaded)]
    [InlineData(BalancerKind.Heap)]
    public void BusyEndpoints_ShareByWeight(BalancerKind kind)
    {
        var fixture = new DestinationFixture(DestinationFixture.Options(kind), (1, 1), (2, 4));

        var shares = new Traffic(fixture, _ => 20 * DestinationFixture.Millisecond).Run(Picks, meanGapNs: 100_000);

        Assert.InRange(shares[1], 0.18, 0.22);
    }

    [Theory]
    [InlineData(BalancerKind.PeakEwma)]
    [InlineData(BalancerKind.LeastLoaded)]
    [InlineData(BalancerKind.Heap)]
    public void SetWithoutWeights_IsASetOfEquals(BalancerKind kind)
    {
        var fixture = new DestinationFixture(DestinationFixture.Options(kind), (1, 0), (2, double.NaN), (3, -1));

        Dictionary<int, double> shares = fixture.Shares(Picks);

        Assert.All(shares.Values, share => Assert.InRange(share, 0.32, 0.35));
    }

    [Fact]
    public void RoundRobin_GoesRound()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.RoundRobin, 3);

        int[] ports = [.. Enumerable.Range(0, 9).Select(_ => fixture.Pick().Endpoint.Address.Port)];

        Assert.Equal([1, 2, 3, 1, 2, 3, 1, 2, 3], ports);
    }

    [Fact]
    public void RoundRobin_SpreadsWeightsExactlyAndEvenly()
    {
        var fixture = new DestinationFixture(DestinationFixture.Options(BalancerKind.RoundRobin), (1, 0.5), (2, 0.25), (3, 0.25));

        int[] ports = [.. Enumerable.Range(0, 8).Select(_ => fixture.Pick().Endpoint.Address.Port)];

        Assert.Equal(4, ports.Count(port => port == 1));
        Assert.Equal(2, ports.Count(port => port == 2));
        Assert.Equal(2, ports.Count(port => port == 3));
        Assert.DoesNotContain("111", string.Concat(ports));
    }

    [Fact]
    public void RoundRobin_SkipsTheDead()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.RoundRobin, 3);
        fixture.Kill(fixture.Endpoints[1]);

        int[] ports = [.. Enumerable.Range(0, 6).Select(_ => fixture.Pick().Endpoint.Address.Port)];

        Assert.DoesNotContain(2, ports);
    }

    [Fact]
    public void LeastLoaded_OfTwo_AlwaysTakesTheOneWithFewerRequestsOut()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.LeastLoaded, 2);

        for (int pick = 0; pick < 100; pick++) fixture.Pick();

        Assert.Equal([50, 50], fixture.Endpoints.Select(endpoint => endpoint.InFlight));
    }

    [Fact]
    public void SlowEndpoint_GetsLittle_UnderPeakEwma()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 10);
        long Latency(int port) => port == 1 ? 200 * DestinationFixture.Millisecond : 5 * DestinationFixture.Millisecond;

        var shares = new Traffic(fixture, Latency).Run(Picks, meanGapNs: 1_000_000);

        Assert.InRange(shares.GetValueOrDefault(1), 0, 0.02);
        Assert.All(Enumerable.Range(2, 9), port => Assert.InRange(shares[port], 0.07, 0.15));
    }

    [Fact]
    public void SlowEndpoint_KeepsItsShare_UnderRoundRobin()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.RoundRobin, 10);

        var shares = new Traffic(fixture, port => port == 1 ? 200_000_000 : 5_000_000).Run(Picks, meanGapNs: 1_000_000);

        Assert.Equal(0.1, shares[1], 3);
    }

    [Fact]
    public void EndpointThatRecovered_IsForgiven_AfterAFewDecays()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 4);
        new Traffic(fixture, port => port == 1 ? 500_000_000 : 5_000_000).Run(20_000, meanGapNs: 1_000_000);

        fixture.Now += 60 * DestinationFixture.Second;
        var shares = new Traffic(fixture, _ => 5_000_000).Run(Picks, meanGapNs: 1_000_000);

        Assert.InRange(shares[1], 0.2, 0.3);
    }
}
