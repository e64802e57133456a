using Mesh.Discovery.Names;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Xunit;

namespace Mesh.Tests.Routing.Destinations;

/// <summary>Discovery drops addresses that still work (<c>enableProbation</c>).</summary>
public sealed class ProbationTests
{
    private readonly DestinationFixture _fixture = new(
        new DestinationOptions
        {
            Balancer = new BalancerConfig { EnableProbation = true },
            Accrual = new AccrualConfig.ConsecutiveFailures { Failures = 3 },
        },
        (1, 1),
        (2, 1),
        (3, 1));

    [Fact]
    public void Stays_WhileItWorks_BehindThoseThatAreListed()
    {
        Endpoint dropped = _fixture.Endpoints[0];
        _fixture.Become(DestinationFixture.Set((3, 1), (4, 1)));
        _fixture.Now += 2 * DestinationFixture.Second;

        Assert.Equal([3, 4, 1, 2], _fixture.Endpoints.Select(endpoint => endpoint.Address.Port));
        Assert.Same(dropped, _fixture.Endpoints[2]);
        DestinationCounters counters = _fixture.Destination.Counters;
        Assert.Equal((4, 0, 2), (counters.Joins, counters.Leaves, counters.Probations));
        EndpointStatus status = _fixture.Destination.Status(_fixture.Now).Endpoints[2];
        Assert.Equal((EndpointCondition.Probation, TimeSpan.FromSeconds(2)), (status.Condition, status.StandsFor));
        Assert.Equal(4, _fixture.Shares(400).Count);
    }

    [Fact]
    public void AllStay_WhenTheNameIsGone()
    {
        _fixture.Become(AddressState.Neg.Instance);

        Assert.Equal(3, _fixture.Endpoints.Length);
        Assert.Equal(DestinationState.Available, _fixture.Destination.Current.State);
    }

    [Fact]
    public void TheDeadAndTheSick_GoAtOnce()
    {
        _fixture.Kill(_fixture.Endpoints[0]);
        _fixture.Endpoints[1].SetSick(true);

        _fixture.Become(DestinationFixture.Set((4, 1)));

        Assert.Equal([4, 3], _fixture.Endpoints.Select(endpoint => endpoint.Address.Port));
    }

    [Fact]
    public void WhoDiesOrFallsIllOrRefuses_IsLetGo_AtTheNextLook()
    {
        _fixture.Become(DestinationFixture.Set((4, 1)));
        (Endpoint dying, Endpoint sick, Endpoint refusing) = (_fixture.Endpoints[1], _fixture.Endpoints[2], _fixture.Endpoints[3]);

        _fixture.Kill(dying);
        sick.SetSick(true);
        _fixture.PickAt(refusing).Complete(Outcome.ConnectFailure, _fixture.Now);
        _fixture.Destination.Refresh(_fixture.Now);

        Assert.Equal([4], _fixture.Endpoints.Select(endpoint => endpoint.Address.Port));
        Assert.All([dying, sick, refusing], endpoint => Assert.True(endpoint.IsRetired));
        Assert.Equal(0, _fixture.Destination.Tally.Unusable);
    }

    [Fact]
    public void IsListedAgain_AndForgetsThatItWasNot()
    {
        Endpoint endpoint = _fixture.Endpoints[0];
        _fixture.Become(DestinationFixture.Set((2, 1), (3, 1)));
        _fixture.Now += 200 * DestinationFixture.Second;
        _fixture.Become(DestinationFixture.Set((1, 1), (2, 1), (3, 1)));
        _fixture.PickAt(endpoint).Complete(Outcome.ConnectFailure, _fixture.Now);
        _fixture.Become(DestinationFixture.Set((2, 1), (3, 1)));
        _fixture.Now += 200 * DestinationFixture.Second;
        _fixture.Destination.Refresh(_fixture.Now);

        Assert.Same(endpoint, _fixture.Endpoints[2]);
    }

    [Fact]
    public void GoesAfterFiveMinutes()
    {
        _fixture.Become(DestinationFixture.Set((2, 1)));
        _fixture.Now += 299 * DestinationFixture.Second;
        _fixture.Destination.Refresh(_fixture.Now);
        int before = _fixture.Endpoints.Length;
        _fixture.Now += DestinationFixture.Second;
        _fixture.Destination.Refresh(_fixture.Now);

        Assert.Equal((3, 1), (before, _fixture.Endpoints.Length));
    }

    [Fact]
    public void EndsWithTheSetting_AndWithTheDestination()
    {
        _fixture.Become(DestinationFixture.Set((2, 1)));
        Endpoint[] all = [.. _fixture.Endpoints];

        _fixture.Destination.NextOptions = _fixture.Destination.Options with { Balancer = new BalancerConfig() };
        _fixture.Destination.Reconfigure(_fixture.Now);
        _fixture.Destination.Refresh(_fixture.Now);
        int listed = _fixture.Endpoints.Length;
        _fixture.Destination.Close(_fixture.Now);

        Assert.Equal((1, 0), (listed, _fixture.Endpoints.Length));
        Assert.All(all, endpoint => Assert.True(endpoint.IsRetired));
    }

    [Fact]
    public void ThePresent_HaveNoMoreRoomThanTheyHadAnyway()
    {
        (int, double)[] old = [.. Enumerable.Range(1, EndpointTable.MaximumEndpoints).Select(port => (port, 1.0))];
        (int, double)[] fresh = [.. Enumerable.Range(20_001, EndpointTable.MaximumEndpoints - 10).Select(port => (port, 1.0))];
        _fixture.Become(DestinationFixture.Set(old));

        _fixture.Become(DestinationFixture.Set(fresh));

        Assert.Equal(EndpointTable.MaximumEndpoints, _fixture.Endpoints.Length);
        Assert.Equal(10, _fixture.Endpoints.Count(endpoint => endpoint.IsUnlisted));
    }
}
