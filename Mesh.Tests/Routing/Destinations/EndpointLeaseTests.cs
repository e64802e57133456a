using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Routing.Destinations;

public sealed class EndpointLeaseTests
{
    [Theory]
    [InlineData(Outcome.Success)]
    [InlineData(Outcome.Failure)]
    [InlineData(Outcome.ConnectFailure)]
    [InlineData(Outcome.Ignored)]
    public void CountsAsOut_FromPickToCompletion(Outcome outcome)
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 1);

        EndpointLease lease = fixture.Pick();
        int during = lease.Endpoint.InFlight;
        lease.Complete(outcome, fixture.Now);

        Assert.Equal(1, during);
        Assert.Equal(0, lease.Endpoint.InFlight);
    }

    [Theory]
    [InlineData(Outcome.Success, 30)]
    [InlineData(Outcome.Failure, 30)]
    [InlineData(Outcome.ConnectFailure, 0)]
    [InlineData(Outcome.Ignored, 0)]
    public void LearnsLatency_OnlyFromAnswers(Outcome outcome, double expectedMs)
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 1);
        EndpointLease lease = fixture.Pick();
        fixture.Now += 30 * DestinationFixture.Millisecond;

        lease.Complete(outcome, fixture.Now);

        Assert.Equal(expectedMs, lease.Endpoint.Load.Cost(fixture.Now) / DestinationFixture.Millisecond, 3);
    }

    [Theory]
    [InlineData(0, 30)]
    [InlineData(10, 30)]
    [InlineData(50, 50)]
    public void LatencyKnownByItsLowerBound_RaisesTheCost_AndNeverLowersIt(int knownMs, double expectedMs)
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 1);
        EndpointLease lease = fixture.Pick();
        fixture.Now += 30 * DestinationFixture.Millisecond;
        if (knownMs > 0) lease.Endpoint.Load.Observe(fixture.Now, knownMs * DestinationFixture.Millisecond);

        lease.ObserveAtLeast(fixture.Now);
        lease.Complete(Outcome.Ignored, fixture.Now);

        Assert.Equal(expectedMs, lease.Endpoint.Load.Cost(fixture.Now) / DestinationFixture.Millisecond, 3);
    }

    [Fact]
    public void Retry_GoesElsewhere_WhenSomebodyElseIsOpen()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.LeastLoaded, 3);
        Endpoint failed = fixture.Endpoints[0];

        for (int attempt = 0; attempt < 300; attempt++) Assert.NotSame(failed, fixture.Pick(excluded: failed).Endpoint);

        Assert.Equal(0, fixture.Destination.Counters.FailOpenPicks);
    }

    [Fact]
    public void Retry_GoesBack_WhenNobodyElseIsOpen()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 2);
        fixture.Kill(fixture.Endpoints[1]);

        EndpointLease lease = fixture.Pick(excluded: fixture.Endpoints[0]);

        Assert.Same(fixture.Endpoints[0], lease.Endpoint);
        Assert.Equal(0, fixture.Destination.Counters.FailOpenPicks);
    }

    [Fact]
    public void Retry_GoesBack_WhenThereIsNobodyElse()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 1);

        EndpointLease lease = fixture.Pick(excluded: fixture.Endpoints[0]);

        Assert.Same(fixture.Endpoints[0], lease.Endpoint);
        Assert.Equal(0, fixture.Destination.Counters.EffortExhausted);
    }

    [Theory]
    [InlineData(BalancerKind.PeakEwma)]
    [InlineData(BalancerKind.LeastLoaded)]
    [InlineData(BalancerKind.RoundRobin)]
    public void LastOneAlive_IsAlwaysFound(BalancerKind kind)
    {
        DestinationFixture fixture = DestinationFixture.Of(kind, 40);
        foreach (Endpoint endpoint in fixture.Endpoints[..^1]) fixture.Kill(endpoint);

        for (int pick = 0; pick < 1000; pick++) Assert.Same(fixture.Endpoints[^1], fixture.Pick().Endpoint);

        Assert.Equal(0, fixture.Destination.Counters.FailOpenPicks);
        Assert.True(fixture.Destination.Counters.EffortExhausted > 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void FailsOpen_WhenAllAreDead_AndCountsIt(int endpoints)
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, endpoints);
        foreach (Endpoint endpoint in fixture.Endpoints) fixture.Kill(endpoint);

        EndpointLease lease = fixture.Pick();
        lease.Complete(Outcome.Success, fixture.Now);

        Assert.False(lease.IsProbe);
        Assert.Equal(BreakerPhase.Dead, lease.Endpoint.Phase);
        Assert.Equal(1, fixture.Destination.Counters.FailOpenPicks);
        Assert.Equal(endpoints, fixture.Destination.Counters.Deaths);
    }

    [Fact]
    public void NobodyToPick_WhenTheSetIsEmpty()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 2);
        fixture.Become(DestinationFixture.Set());

        Assert.False(fixture.Destination.TryPick(new PickRequest(fixture.Now), ref fixture.Random, out _));
        Assert.Equal(DestinationState.NoAddress, fixture.Destination.Current.State);
    }

    [Fact]
    public void OneProbeGoesOut_WhenTheRestIsOver_AndItsSuccessRevives()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.LeastLoaded, 2);
        Endpoint dead = fixture.Endpoints[0];
        fixture.Kill(dead);
        fixture.Now += 5 * DestinationFixture.Second;

        EndpointLease[] leases = [.. Enumerable.Range(0, 50).Select(_ => fixture.Pick())];
        EndpointLease probe = Assert.Single(leases, lease => lease.Endpoint == dead);
        probe.Complete(Outcome.Success, fixture.Now);

        Assert.True(probe.IsProbe);
        Assert.Equal(BreakerPhase.Alive, dead.Phase);
        Assert.Equal((1, 1), (fixture.Destination.Counters.Probes, fixture.Destination.Counters.Revivals));
    }

    [Fact]
    public void LeasesFromBeforeTheDeath_ComeHome_WithoutReviving()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 1);
        EndpointLease straggler = fixture.Pick();
        fixture.Kill(fixture.Endpoints[0]);

        straggler.Complete(Outcome.Success, fixture.Now);

        Assert.Equal(BreakerPhase.Dead, fixture.Endpoints[0].Phase);
        Assert.Equal(0, fixture.Endpoints[0].InFlight);
    }

    [Theory]
    [InlineData(BalancerKind.PeakEwma, 10)]
    [InlineData(BalancerKind.LeastLoaded, 10)]
    [InlineData(BalancerKind.RoundRobin, 10)]
    [InlineData(BalancerKind.PeakEwma, 1)]
    public void PickAndCompletion_AllocateNothing(BalancerKind kind, int endpoints)
    {
        DestinationFixture fixture = DestinationFixture.Of(kind, endpoints);
        PickAndComplete(fixture, 2000);

        Assert.Equal(0, Allocated.Least(() => PickAndComplete(fixture, 2000)));
    }

    [Fact]
    public void ByARate_NothingIsAllocatedEither()
    {
        AccrualConfig[] accruals = [new AccrualConfig.SuccessRate(0.5, 100), new AccrualConfig.SuccessRateWindowed(0.5, TimeSpan.FromSeconds(1))];
        foreach (AccrualConfig accrual in accruals)
        {
            DestinationFixture fixture = new(new DestinationOptions { Accrual = accrual }, (1, 1), (2, 1), (3, 1));
            PickAndComplete(fixture, 2000);

            Assert.Equal(0, Allocated.Least(() => PickAndComplete(fixture, 2000)));
        }
    }

    /// <summary>Every eighth request fails: failures below the threshold are part of the hot path.</summary>
    private static void PickAndComplete(DestinationFixture fixture, int requests)
    {
        for (int request = 0; request < requests; request++)
        {
            fixture.Destination.TryPick(new PickRequest(fixture.Now), ref fixture.Random, out EndpointLease lease);
            fixture.Now += 1000;
            lease.Complete(lease.Endpoint.ConsecutiveFailures == 0 && request % 8 == 0 ? Outcome.Failure : Outcome.Success, fixture.Now);
        }
    }
}
