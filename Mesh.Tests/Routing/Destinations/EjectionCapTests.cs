using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Routing.Destinations;

/// <summary>How many endpoints may be dead at once.</summary>
public sealed class EjectionCapTests
{
    [Theory]
    [InlineData(10, 0.3, 3)]
    [InlineData(10, 0.29, 2)]
    [InlineData(10, 0.0, 1)]
    [InlineData(3, 0.1, 1)]
    [InlineData(2, 0.5, 1)]
    [InlineData(1, 0.1, 1)]
    [InlineData(10, 1.0, 10)]
    public void BeyondTheShare_FailuresKillNobody(int endpoints, double share, int dead)
    {
        DestinationFixture fixture = Of(endpoints, share);

        FailAll(fixture, failures: 3);

        Assert.Equal(dead, fixture.Endpoints.Count(endpoint => endpoint.Phase == BreakerPhase.Dead));
        Assert.Equal((dead, dead), (fixture.Destination.Counters.Deaths, fixture.Destination.Tally.Dead));
        Assert.Equal(endpoints - dead, fixture.Destination.Counters.EjectionsRefused);
    }

    [Fact]
    public void TheSpared_AreJudgedAgain_OnceThereIsRoom()
    {
        DestinationFixture fixture = Of(2, 0.5);
        FailAll(fixture, failures: 3);
        fixture.Now += 5 * DestinationFixture.Second;
        fixture.PickAt(fixture.Endpoints[0]).Complete(Outcome.Success, fixture.Now);

        BreakerPhase before = fixture.Endpoints[1].Phase;
        fixture.PickAt(fixture.Endpoints[1]).Complete(Outcome.Failure, fixture.Now);

        Assert.Equal((BreakerPhase.Alive, BreakerPhase.Dead), (before, fixture.Endpoints[1].Phase));
        Assert.Equal(1, fixture.Destination.Tally.Dead);
    }

    [Fact]
    public void ADeadOneThatLeaves_MakesRoom_AndOneThatComesBackTakesIt()
    {
        DestinationFixture fixture = Of(4, 0.25);
        fixture.Kill(fixture.Endpoints[0]);

        fixture.Become(DestinationFixture.Set((2, 1), (3, 1), (4, 1)));
        int whileAway = fixture.Destination.Tally.Dead;
        fixture.Become(DestinationFixture.Set((1, 1), (2, 1), (3, 1), (4, 1)));

        Assert.Equal((0, 1, 1), (whileAway, fixture.Destination.Tally.Dead, fixture.Destination.Tally.Unusable));
    }

    [Fact]
    public void TheCap_FollowsAReload_WithoutKillingOrReviving()
    {
        DestinationFixture fixture = Of(4, 1);
        FailAll(fixture, failures: 3);

        fixture.Destination.NextOptions = fixture.Destination.Options with { Accrual = Accrual(0.25) };
        fixture.Destination.Reconfigure(fixture.Now);

        Assert.All(fixture.Endpoints, endpoint => Assert.Equal(BreakerPhase.Dead, endpoint.Phase));
        Assert.Equal(4, fixture.Destination.Tally.Dead);
    }

    /// <summary>Who checks says it again of the new object; if nobody checks any more, nobody could take it back.</summary>
    [Fact]
    public void NewTimeConstant_CountsNobodyTwice_AndForgetsChecks()
    {
        DestinationFixture fixture = Of(4, 1);
        fixture.Kill(fixture.Endpoints[0]);
        fixture.Endpoints[1].SetSick(true, "GET / answered 500");

        fixture.Destination.NextOptions = fixture.Destination.Options with { Balancer = new BalancerConfig { Decay = TimeSpan.FromSeconds(1) } };
        fixture.Destination.Reconfigure(fixture.Now);

        EndpointTally tally = fixture.Destination.Tally;
        Assert.Equal((1, 0, 1), (tally.Dead, tally.Sick, tally.Unusable));
        Assert.False(fixture.Endpoints[1].IsSick);
    }

    private static void FailAll(DestinationFixture fixture, int failures)
    {
        foreach (Endpoint endpoint in fixture.Endpoints)
            for (int failure = 0; failure < failures; failure++)
                fixture.PickAt(endpoint).Complete(Outcome.Failure, fixture.Now);
    }

    private static AccrualConfig.ConsecutiveFailures Accrual(double share) => new() { Failures = 3, MaxEjectedShare = share };

    private static DestinationFixture Of(int endpoints, double share)
    {
        DestinationOptions options = new() { Balancer = new BalancerConfig { PanicThreshold = 0 }, Accrual = Accrual(share) };
        return new DestinationFixture(options, [.. Enumerable.Range(1, endpoints).Select(port => (port, 1.0))]);
    }
}
