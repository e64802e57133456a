using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Routing.Destinations;

/// <summary>Most endpoints are out: better a few failures than all the load on the last good one.</summary>
public sealed class PanicTests
{
    [Theory]
    [InlineData(1, 1, 0.5, false)]
    [InlineData(2, 1, 0.5, false)]
    [InlineData(2, 2, 0.5, true)]
    [InlineData(3, 1, 0.5, false)]
    [InlineData(3, 2, 0.5, true)]
    [InlineData(4, 2, 0.5, false)]
    [InlineData(4, 3, 0.5, true)]
    [InlineData(10, 7, 0.3, false)]
    [InlineData(10, 8, 0.3, true)]
    [InlineData(10, 1, 1.0, true)]
    [InlineData(10, 10, 0.0, false)]
    public void Begins_WhenFewerAreUsableThanTheThresholdAsks(int endpoints, int dead, double threshold, bool panics)
    {
        DestinationFixture fixture = Of(endpoints, threshold);

        foreach (Endpoint endpoint in fixture.Endpoints[..dead]) fixture.Kill(endpoint);

        Assert.Equal(panics, fixture.Destination.IsPanicking);
        Assert.Equal(dead, fixture.Destination.Tally.Unusable);
    }

    [Theory]
    [InlineData(BalancerKind.PeakEwma)]
    [InlineData(BalancerKind.LeastLoaded)]
    [InlineData(BalancerKind.RoundRobin)]
    public void TheLoadGoesToAll_AndNotToTheLastGoodOne(BalancerKind kind)
    {
        DestinationFixture fixture = Of(5, 0.5, kind);
        foreach (Endpoint endpoint in fixture.Endpoints[..4]) fixture.Kill(endpoint);

        Dictionary<int, double> shares = fixture.Shares(5000);

        Assert.All(shares.Values, share => Assert.InRange(share, 0.15, 0.25));
        Assert.Equal(0, fixture.Destination.Counters.FailOpenPicks);
        Assert.InRange(fixture.Destination.Counters.PanicPicks, 3900, 4100);
    }

    [Fact]
    public void EndpointsThatRefuse_StayOut_WhileAnybodyElseIsThere()
    {
        DestinationFixture fixture = Of(5, 0.5);
        Refuse(fixture, fixture.Endpoints[0]);
        Refuse(fixture, fixture.Endpoints[1]);
        fixture.Kill(fixture.Endpoints[2]);

        Dictionary<int, double> shares = fixture.Shares(3000);

        Assert.Equal([3, 4, 5], shares.Keys.Order());
        fixture.Endpoints[3].SetSick(true);
        fixture.Endpoints[4].SetSick(true, "connect: refused", refuses: true);
        Assert.Equal([3, 4], fixture.Shares(3000).Keys.Order());
    }

    [Fact]
    public void FailsOpenOntoThoseThatRefuse_WhenNobodyElseIsThere()
    {
        DestinationFixture fixture = Of(3, 0.5);
        foreach (Endpoint endpoint in fixture.Endpoints) Refuse(fixture, endpoint);

        Dictionary<int, double> shares = fixture.Shares(300);

        Assert.Equal(3, shares.Count);
        Assert.Equal((300, 0), (fixture.Destination.Counters.FailOpenPicks, fixture.Destination.Counters.PanicPicks));
    }

    [Fact]
    public void FirstThatIsBack_AfterAllRefused_GetsTheLoadAtOnce()
    {
        DestinationFixture fixture = Of(3, 0.5);
        foreach (Endpoint endpoint in fixture.Endpoints) Refuse(fixture, endpoint);

        for (int request = 0; request < 50; request++)
        {
            EndpointLease lease = fixture.Pick();
            lease.Complete(lease.Endpoint == fixture.Endpoints[1] ? Outcome.Success : Outcome.ConnectFailure, fixture.Now);
        }

        Assert.Equal([2], fixture.Shares(100).Keys);
        Assert.Equal(1, fixture.Destination.Counters.Revivals);
    }

    [Fact]
    public void WithoutPanic_FailingOpenPrefersThoseThatAnswer()
    {
        DestinationFixture fixture = Of(3, 0);
        Refuse(fixture, fixture.Endpoints[0]);
        Refuse(fixture, fixture.Endpoints[2]);
        fixture.Kill(fixture.Endpoints[1]);

        Assert.Equal([2], fixture.Shares(300).Keys);
    }

    [Fact]
    public void ASuccessRevives_AndAFailureChangesNothing()
    {
        DestinationFixture fixture = Of(2, 0.5);
        foreach (Endpoint endpoint in fixture.Endpoints) fixture.Kill(endpoint);
        EndpointLease bad = fixture.PickAt(fixture.Endpoints[0]);
        EndpointLease good = fixture.PickAt(fixture.Endpoints[1]);

        bad.Complete(Outcome.Failure, fixture.Now);
        good.Complete(Outcome.Success, fixture.Now);

        Assert.Equal((BreakerPhase.Dead, BreakerPhase.Alive), (fixture.Endpoints[0].Phase, fixture.Endpoints[1].Phase));
        Assert.Equal(4, fixture.Endpoints[0].ConsecutiveFailures);
        Assert.Equal((1, false), (fixture.Destination.Counters.Revivals, fixture.Destination.IsPanicking));
        Assert.False(good.IsProbe);
    }

    [Fact]
    public void ConnectFailure_TakesADeadOneOutOfPanic()
    {
        DestinationFixture fixture = Of(2, 0.5);
        foreach (Endpoint endpoint in fixture.Endpoints) fixture.Kill(endpoint);

        fixture.PickAt(fixture.Endpoints[0]).Complete(Outcome.ConnectFailure, fixture.Now);

        Assert.Equal([2], fixture.Shares(200).Keys);
    }

    [Fact]
    public void ProbeThatIsOut_DecidesAlone_WhileOthersComeIn()
    {
        DestinationFixture fixture = Of(4, 0.5);
        fixture.Kill(fixture.Endpoints[0]);
        fixture.Now += 5 * DestinationFixture.Second;
        EndpointLease probe = fixture.PickAt(fixture.Endpoints[0]);
        foreach (Endpoint endpoint in fixture.Endpoints[1..3]) fixture.Kill(endpoint);

        fixture.PickAt(fixture.Endpoints[0]).Complete(Outcome.Success, fixture.Now);
        BreakerPhase during = fixture.Endpoints[0].Phase;
        probe.Complete(Outcome.Success, fixture.Now);

        Assert.Equal((BreakerPhase.Probing, BreakerPhase.Alive), (during, fixture.Endpoints[0].Phase));
    }

    [Fact]
    public void Threshold_FollowsAReload()
    {
        DestinationFixture fixture = Of(4, 0.5);
        foreach (Endpoint endpoint in fixture.Endpoints[..3]) fixture.Kill(endpoint);
        bool before = fixture.Destination.IsPanicking;

        fixture.Destination.NextOptions = fixture.Destination.Options with { Balancer = new BalancerConfig { PanicThreshold = 0.25 } };
        fixture.Destination.Reconfigure(fixture.Now);

        Assert.Equal((true, false), (before, fixture.Destination.IsPanicking));
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(65)]
    public void LastUsableOneOfManyThatRefuse_IsAlwaysFound(int endpoints)
    {
        DestinationFixture fixture = Of(endpoints, 0.5);
        foreach (Endpoint endpoint in fixture.Endpoints[1..]) Refuse(fixture, endpoint);

        for (int pick = 0; pick < 500; pick++) Assert.Same(fixture.Endpoints[0], fixture.Pick().Endpoint);
        Refuse(fixture, fixture.Endpoints[0]);
        fixture.Now += 400 * DestinationFixture.Second;
        fixture.PickAt(fixture.Endpoints[^1]).Complete(Outcome.Success, fixture.Now);
        fixture.Now -= 400 * DestinationFixture.Second;

        for (int pick = 0; pick < 500; pick++) Assert.Same(fixture.Endpoints[^1], fixture.Pick().Endpoint);
        Assert.Equal(0, fixture.Destination.Counters.FailOpenPicks);
    }

    [Fact]
    public void EndpointsWithoutWeight_CountForNothing_UntilTheyHaveOne()
    {
        (int, double)[] set = [(1, 1), (2, 1), (3, 1), (4, 1), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0)];
        DestinationOptions options = DestinationFixture.Options(BalancerKind.LeastLoaded) with { Balancer = new BalancerConfig() };
        var fixture = new DestinationFixture(options, set);

        foreach (Endpoint endpoint in fixture.Endpoints[4..]) endpoint.SetSick(true);
        bool byTheDrained = fixture.Destination.IsPanicking;
        foreach (Endpoint endpoint in fixture.Endpoints[4..]) endpoint.SetSick(false);
        foreach (Endpoint endpoint in fixture.Endpoints[..3]) fixture.Kill(endpoint);
        bool byTheOthers = fixture.Destination.IsPanicking;
        fixture.Become(DestinationFixture.Set([.. set.Select(each => (each.Item1, 1.0))]));
        bool onceAllHaveAWeight = fixture.Destination.IsPanicking;
        int dead = fixture.Destination.Tally.Dead;
        fixture.Become(DestinationFixture.Set([.. set.Select(each => (each.Item1, each.Item1 <= 3 ? 0.0 : 1.0))]));
        int drained = fixture.Destination.Tally.Dead;
        fixture.Become(DestinationFixture.Set([.. set[..6].Select(each => (each.Item1, 1.0))]));

        Assert.Equal((false, true, false), (byTheDrained, byTheOthers, onceAllHaveAWeight));
        Assert.Equal((3, 0, 3), (dead, drained, fixture.Destination.Tally.Dead));
    }

    [Fact]
    public void LastUsableOneOfMany_IsAlwaysFound_WhereNobodyHasAWeight()
    {
        DestinationOptions options = DestinationFixture.Options(BalancerKind.LeastLoaded);
        var fixture = new DestinationFixture(options, [.. Enumerable.Range(1, 5000).Select(port => (port, 0.0))]);
        foreach (Endpoint endpoint in fixture.Endpoints[1..]) fixture.Kill(endpoint);

        for (int pick = 0; pick < 100; pick++) Assert.Same(fixture.Endpoints[0], fixture.Pick().Endpoint);
    }

    private static DestinationFixture Of(int endpoints, double threshold, BalancerKind kind = BalancerKind.LeastLoaded)
    {
        DestinationOptions options = new()
        {
            Balancer = new BalancerConfig { Kind = kind, PanicThreshold = threshold },
            Accrual = new AccrualConfig.ConsecutiveFailures { Failures = 3 },
        };
        return new DestinationFixture(options, [.. Enumerable.Range(1, endpoints).Select(port => (port, 1.0))]);
    }

    private static void Refuse(DestinationFixture fixture, Endpoint endpoint)
    {
        while (endpoint.Phase == BreakerPhase.Alive) fixture.PickAt(endpoint).Complete(Outcome.ConnectFailure, fixture.Now);
    }
}
