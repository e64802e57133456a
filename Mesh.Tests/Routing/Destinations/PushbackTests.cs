using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Routing.Destinations;

/// <summary>Endpoints that answer, and ask to be spared.</summary>
public sealed class PushbackTests
{
    private const long Second = DestinationFixture.Second;

    [Theory]
    [InlineData(BalancerKind.PeakEwma)]
    [InlineData(BalancerKind.LeastLoaded)]
    [InlineData(BalancerKind.RoundRobin)]
    public void OthersArePreferred_AsLongAsItAsked(BalancerKind kind)
    {
        DestinationFixture fixture = DestinationFixture.Of(kind, 3);
        Endpoint spared = fixture.Endpoints[1];

        PushBack(fixture, spared, 7 * Second);
        bool[] during = [.. Enumerable.Range(0, 60).Select(_ => PicksIt(fixture, spared))];
        fixture.Now += 7 * Second;
        bool[] after = [.. Enumerable.Range(0, 60).Select(_ => PicksIt(fixture, spared))];

        Assert.DoesNotContain(true, during);
        Assert.Contains(true, after);
        Assert.Equal((1, 0, 0), (fixture.Destination.Counters.Pushbacks, fixture.Destination.Counters.Deaths, fixture.Destination.Tally.Unusable));
    }

    [Fact]
    public void IsUsedNormally_WhenAllOthersAreOutToo()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 3);
        fixture.Kill(fixture.Endpoints[0]);
        PushBack(fixture, fixture.Endpoints[1], 7 * Second);
        PushBack(fixture, fixture.Endpoints[2], 9 * Second);

        Endpoint[] picked = [.. Enumerable.Range(0, 60).Select(_ => fixture.Pick().Endpoint)];

        Assert.DoesNotContain(fixture.Endpoints[0], picked);
        Assert.Equal((0, 0), (fixture.Destination.Counters.FailOpenPicks, fixture.Destination.Counters.PanicPicks));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(200)]
    public void LeastLoadedOne_IsStillPreferred_WhenAllAskedToBeSpared(int endpoints)
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.LeastLoaded, endpoints);
        foreach (Endpoint endpoint in fixture.Endpoints) PushBack(fixture, endpoint, 7 * Second);

        for (int pick = 0; pick < 10 * endpoints; pick++) fixture.Pick();

        Assert.All(fixture.Endpoints, endpoint => Assert.InRange(endpoint.InFlight, 5, 15));
    }

    [Fact]
    public void Retry_GoesBackToAnOpenOne_RatherThanToOneThatAskedToBeSpared()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 2);
        PushBack(fixture, fixture.Endpoints[1], Second);

        Assert.Same(fixture.Endpoints[0], fixture.Pick(excluded: fixture.Endpoints[0]).Endpoint);
    }

    [Fact]
    public void Retry_GoesToTheOther_WhenBothAskedToBeSpared()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 2);
        foreach (Endpoint endpoint in fixture.Endpoints) PushBack(fixture, endpoint, Second);

        Assert.Same(fixture.Endpoints[1], fixture.Pick(excluded: fixture.Endpoints[0]).Endpoint);
    }

    [Theory]
    [InlineData(5, 20, 20)]
    [InlineData(20, 5, 20)]
    [InlineData(5, 3600, 60)]
    [InlineData(5, -1, 5)]
    [InlineData(0, 0, 0)]
    public void LaterWishes_Extend_AndNeverShorten_UpToAMinute(int first, int second, int heldSeconds)
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 2);
        Endpoint endpoint = fixture.Endpoints[0];

        PushBack(fixture, endpoint, first * Second);
        PushBack(fixture, endpoint, second * Second);

        Assert.Equal(fixture.Now + heldSeconds * Second, endpoint.SparedUntilNs);
        Assert.True(endpoint.IsOpen(fixture.Now + heldSeconds * Second));
    }

    [Fact]
    public void TellsSinceWhen_OfTheWholeStretch()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 2);
        PushBack(fixture, fixture.Endpoints[0], 5 * Second);
        fixture.Now += 2 * Second;
        PushBack(fixture, fixture.Endpoints[0], 5 * Second);
        fixture.Now += Second;

        EndpointStatus status = fixture.Destination.Status(fixture.Now).Endpoints[0];

        Assert.Equal((EndpointCondition.Pushback, BreakerPhase.Alive), (status.Condition, status.Phase));
        Assert.Equal((TimeSpan.FromSeconds(3), "Retry-After: 4 s"), (status.StandsFor, status.Why?.ToString()));
    }

    [Fact]
    public void LatencyIsNotLearnt_FromAWishToBeSpared()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 1);
        EndpointLease lease = fixture.Pick();
        fixture.Now += Second;

        lease.Complete(Outcome.Pushback, fixture.Now, Second);

        Assert.Equal(0, lease.Endpoint.Load.Cost(fixture.Now));
        Assert.Equal(0, lease.Endpoint.InFlight);
    }

    [Fact]
    public void AllocatesNothing()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 3);

        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int request = 0; request < 1000; request++)
            {
                fixture.Now += Second / 10;
                fixture.Destination.TryPick(new PickRequest(fixture.Now), ref fixture.Random, out EndpointLease lease);
                lease.Complete(request % 3 == 0 ? Outcome.Pushback : Outcome.Success, fixture.Now, Second);
            }
        }));
    }

    private static bool PicksIt(DestinationFixture fixture, Endpoint wanted)
    {
        EndpointLease lease = fixture.Pick();
        lease.Complete(Outcome.Success, fixture.Now);
        return lease.Endpoint == wanted;
    }

    private static void PushBack(DestinationFixture fixture, Endpoint endpoint, long restNs)
    {
        Assert.True(endpoint.TryAdmit(fixture.Now, out EndpointLease lease, despitePushback: true));
        lease.Complete(Outcome.Pushback, fixture.Now, restNs);
    }
}
