using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Routing.Destinations;

/// <summary>What active checks say of an endpoint.</summary>
public sealed class SicknessTests
{
    private readonly DestinationFixture _fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 3);

    [Theory]
    [InlineData(BalancerKind.PeakEwma)]
    [InlineData(BalancerKind.LeastLoaded)]
    [InlineData(BalancerKind.RoundRobin)]
    public void TheSick_TakeNoTraffic_UntilTheyRecover(BalancerKind kind)
    {
        DestinationFixture fixture = DestinationFixture.Of(kind, 3);

        fixture.Endpoints[0].SetSick(true);
        int[] during = [.. fixture.Shares(300).Keys];
        fixture.Endpoints[0].SetSick(false);

        Assert.Equal([2, 3], during.Order());
        Assert.Equal(3, fixture.Shares(300).Count);
    }

    [Fact]
    public void EachChange_CountsOnce_HoweverOftenItIsSaid()
    {
        Endpoint endpoint = _fixture.Endpoints[0];

        foreach (bool isSick in (bool[])[false, true, true, false, false, true]) endpoint.SetSick(isSick, "GET /health answered 500");

        Assert.Equal((2, 1), (_fixture.Destination.Counters.Sickenings, _fixture.Destination.Counters.Recoveries));
        Assert.Equal((1, 1), (_fixture.Destination.Tally.Sick, _fixture.Destination.Tally.Unusable));
    }

    [Fact]
    public void SaysSinceWhenAndWhy_TheNewestResult_AndTheOldestMoment()
    {
        Endpoint endpoint = _fixture.Endpoints[0];
        endpoint.SetSick(true, "GET /health answered 500");
        _fixture.Now += 3 * DestinationFixture.Second;
        endpoint.SetSick(true, "connect: refused", refuses: true);

        EndpointStatus status = _fixture.Destination.Status(_fixture.Now).Endpoints[0];

        Assert.Equal((EndpointCondition.Sick, TimeSpan.FromSeconds(3)), (status.Condition, status.StandsFor));
        Assert.Equal("health check: connect: refused", status.Why?.ToString());
    }

    [Fact]
    public void TheDeadAndSick_AreNotProbed_AndCountOnceAsUnusable()
    {
        Endpoint endpoint = _fixture.Endpoints[0];
        _fixture.Kill(endpoint);
        endpoint.SetSick(true);
        _fixture.Now += 300 * DestinationFixture.Second;

        int[] ports = [.. _fixture.Shares(300).Keys];

        Assert.Equal([2, 3], ports.Order());
        Assert.Equal((0, 1), (_fixture.Destination.Counters.Probes, _fixture.Destination.Tally.Unusable));
        endpoint.SetSick(false);
        Assert.Equal(3, _fixture.Shares(300).Count);
    }

    [Fact]
    public void RecoveryCountsAsWarmingUp()
    {
        Endpoint endpoint = _fixture.Endpoints[0];
        long joined = endpoint.WarmSinceNs;
        endpoint.SetSick(true);
        _fixture.Now += 9 * DestinationFixture.Second;
        endpoint.SetSick(false);

        Assert.Equal((endpoint.JoinedAtNs, _fixture.Now), (joined, endpoint.WarmSinceNs));
    }

    [Fact]
    public void RevivalCountsAsWarmingUp()
    {
        Endpoint endpoint = _fixture.Endpoints[0];
        _fixture.Kill(endpoint);
        _fixture.Now += 5 * DestinationFixture.Second;
        _fixture.PickAt(endpoint).Complete(Outcome.Success, _fixture.Now);

        Assert.Equal(_fixture.Now, endpoint.WarmSinceNs);
        Assert.Equal(TimeSpan.Zero, _fixture.Destination.Status(_fixture.Now).Endpoints[0].StandsFor);
    }

    [Fact]
    public void AddressThatComesBack_IsCheckedAnew()
    {
        _fixture.Endpoints[0].SetSick(true);

        _fixture.Become(DestinationFixture.Set((2, 1), (3, 1)));
        _fixture.Become(DestinationFixture.Set((1, 1), (2, 1), (3, 1)));

        Assert.False(_fixture.Endpoints[0].IsSick);
        Assert.Equal((0, 0), (_fixture.Destination.Tally.Sick, _fixture.Destination.Tally.Unusable));
    }

    [Fact]
    public void WhatIsSaidOfALeaver_CountsNowhere()
    {
        Endpoint leaver = _fixture.Endpoints[0];
        _fixture.Become(DestinationFixture.Set((2, 1), (3, 1)));

        leaver.SetSick(true);

        Assert.Equal((0, 0), (_fixture.Destination.Tally.Sick, _fixture.Destination.Counters.Sickenings));
    }

    [Fact]
    public void AllSick_FailsOpen_AndOutcomesGoOnBeingJudged()
    {
        foreach (Endpoint endpoint in _fixture.Endpoints) endpoint.SetSick(true);

        Endpoint picked = _fixture.Pick().Endpoint;
        for (int failure = 0; failure < 30; failure++) _fixture.Pick().Complete(Outcome.Failure, _fixture.Now);

        Assert.NotNull(picked);
        Assert.Equal(31, _fixture.Destination.Counters.FailOpenPicks);
        Assert.Contains(_fixture.Endpoints, endpoint => endpoint.Phase == BreakerPhase.Dead);
    }
}
