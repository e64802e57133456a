using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Tests.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Routing.Balancing;

/// <summary>Four endpoints have been there, a fifth joins; the window is 100 s.</summary>
public sealed class SlowStartTests
{
    private const long Second = DestinationFixture.Second;
    private const int Picks = 40_000;

    public static TheoryData<BalancerKind> Kinds => [.. BalancerLab.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Joiner_TakesATenthAtFirst(BalancerKind kind) => Assert.InRange(ShareOfTheJoiner(kind, 0), 0.012, 0.04);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Joiner_TakesHalf_HalfWay(BalancerKind kind) => Assert.InRange(ShareOfTheJoiner(kind, 50), 0.09, 0.15);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Joiner_TakesItsWhole_InTheEnd(BalancerKind kind) => Assert.InRange(ShareOfTheJoiner(kind, 100), 0.16, 0.24);

    [Theory]
    [InlineData(BalancerKind.PeakEwma)]
    [InlineData(BalancerKind.LeastLoaded)]
    [InlineData(BalancerKind.Heap)]
    [InlineData(BalancerKind.Aperture)]
    public void Joiner_TakesItsPart_ThoughItIsTheIdlest(BalancerKind kind)
    {
        DestinationFixture fixture = WithJoiner(kind);
        fixture.Now += 50 * Second;

        Dictionary<int, double> shares = new Traffic(fixture, _ => 20 * DestinationFixture.Millisecond).Run(5000, DestinationFixture.Millisecond);

        Assert.InRange(shares[5], 0.09, 0.16);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void FirstSet_IsNotSlowed(BalancerKind kind)
    {
        DestinationFixture fixture = BalancerLab.Of(Slowly(kind), 1, 1, 1, 1);

        Assert.All(fixture.Endpoints, endpoint => Assert.Equal(1, Part(fixture, endpoint)));
    }

    [Fact]
    public void FirstSet_StaysWarm_AsOthersJoin()
    {
        DestinationFixture fixture = WithJoiner(BalancerKind.LeastLoaded);

        Assert.Equal(1, Part(fixture, fixture.Endpoints[0]));
        Assert.Equal(0.1, Part(fixture, fixture.Endpoints[4]), 6);
    }

    [Fact]
    public void SetAfterNone_IsAFirstSetAgain()
    {
        DestinationFixture fixture = BalancerLab.Of(Slowly(BalancerKind.LeastLoaded), 1, 1);
        fixture.Now += Second;
        fixture.Become(DestinationFixture.Set());
        fixture.Now += Second;

        fixture.Become(DestinationFixture.Set((1, 1), (3, 1)));

        Assert.All(fixture.Endpoints, endpoint => Assert.Equal(1, Part(fixture, endpoint)));
    }

    [Theory]
    [InlineData(BalancerKind.RingHash)]
    [InlineData(BalancerKind.Maglev)]
    public void Keys_GoOverToTheJoinerOnce(BalancerKind kind)
    {
        DestinationFixture fixture = WithJoiner(kind);
        int[] before = fixture.Owners(5000);
        for (int step = 0; step < 10; step++)
        {
            fixture.Now += 10 * Second;
            int[] now = fixture.Owners(5000);

            Assert.All(Enumerable.Range(0, 5000).Where(key => now[key] != before[key]), key => Assert.Equal(5, now[key]));
            before = now;
        }
    }

    [Fact]
    public void EndpointThatCameBackToLife_WarmsUp()
    {
        DestinationFixture fixture = BalancerLab.Of(Slowly(BalancerKind.LeastLoaded), 1, 1, 1, 1, 1);
        Endpoint endpoint = fixture.Endpoints[4];
        fixture.Kill(endpoint);
        fixture.Now += 1000 * Second;
        fixture.PickAt(endpoint).Complete(Outcome.Success, fixture.Now);

        double atFirst = fixture.Shares(Picks).GetValueOrDefault(5);
        fixture.Now += 100 * Second;
        double inTheEnd = fixture.Shares(Picks)[5];

        Assert.InRange(atFirst, 0.012, 0.04);
        Assert.InRange(inTheEnd, 0.18, 0.22);
    }

    [Fact]
    public void OffByDefault() => Assert.Null(BalancerLab.Of(BalancerKind.PeakEwma, 1, 1).Destination.Current.Balancer!.SlowStart);

    private static double ShareOfTheJoiner(BalancerKind kind, int afterSeconds)
    {
        DestinationFixture fixture = WithJoiner(kind);
        fixture.Now += afterSeconds * Second;
        return fixture.Shares(Picks).GetValueOrDefault(5);
    }

    private static DestinationFixture WithJoiner(BalancerKind kind)
    {
        DestinationFixture fixture = BalancerLab.Of(Slowly(kind), 1, 1, 1, 1);
        fixture.Now += 10 * Second;
        fixture.Become(DestinationFixture.Set((1, 1), (2, 1), (3, 1), (4, 1), (5, 1)));
        foreach (Endpoint endpoint in fixture.Endpoints)
            fixture.PickAt(endpoint).Complete(Outcome.Success, fixture.Now + 20 * DestinationFixture.Millisecond);
        return fixture;
    }

    private static BalancerConfig Slowly(BalancerKind kind) => BalancerLab.Config(kind) with { SlowStart = TimeSpan.FromSeconds(100) };

    private static double Part(DestinationFixture fixture, Endpoint endpoint)
        => fixture.Destination.Current.Balancer!.SlowStart!.Part(endpoint, fixture.Now);
}
