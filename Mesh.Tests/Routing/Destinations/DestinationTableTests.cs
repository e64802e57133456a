using Mesh.Actors;
using Mesh.Actors.Dispatch;
using Mesh.Discovery.Names;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Wire;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Destinations;

/// <summary>The table with its actors; turns run when the test says so.</summary>
public sealed class DestinationTableTests : IAsyncLifetime, IDisposable
{
    private readonly ManualDispatcher _turns = new();
    private readonly StandingClock _clock = new();
    private readonly Dictionary<string, LiveValue<AddressState>> _addresses = [];
    private readonly HashSet<int> _refused = [];
    private readonly ActorSystem _actors;
    private readonly DestinationTable _table;
    private DestinationOptions _options;
    private SplitMix64 _random = new(5);

    public DestinationTableTests()
    {
        _actors = ActorSystem.Create("test", new ActorSystemOptions { Time = _clock, Seed = 1, Dispatcher = _turns });
        _options = new DestinationOptions
        {
            Accrual = new AccrualConfig.ConsecutiveFailures { Failures = 3 },
            Resources = endpoint => _refused.Contains(endpoint.Address.Port) ? throw new InvalidOperationException("refused") : new Resource(),
        };
        _table = new DestinationTable(_actors, _ => _options, _clock, capacity: 2);
        _turns.RunUntilIdle();
    }

    private long Now => _clock.GetTimestamp();

    public Task InitializeAsync() => Task.CompletedTask;

    public void Dispose() => _table.Dispose();

    public async Task DisposeAsync()
    {
        Dispose();
        await _actors.EndAsync(_turns);
    }

    [Fact]
    public void ServesKnownAddresses_BeforeAnyTurnRuns()
    {
        Destination destination = _table.Acquire(Name("users", 1, 2));

        Assert.True(destination.TryPick(new PickRequest(Now), ref _random, out EndpointLease lease));
        lease.Complete(Outcome.Success, Now);
    }

    [Fact]
    public void SharesOneDestination_AmongBindingsOfTheSameName()
    {
        BoundName users = Name("users", 1);

        Destination first = _table.Acquire(users);
        Destination second = _table.Acquire(users);

        Assert.Same(first, second);
        Assert.Equal(1, _table.Count);
    }

    [Fact]
    public void PublishesASnapshot_WhenAddressesChange()
    {
        Destination destination = Started("users", 1);

        _addresses["users"].Set(DestinationFixture.Set((1, 1), (2, 1)));
        int before = destination.Current.Endpoints.Length;
        _turns.RunUntilIdle();

        Assert.Equal((1, 2), (before, destination.Current.Endpoints.Length));
    }

    [Fact]
    public void FlappingNamer_CostsOneMessage()
    {
        Destination destination = Started("users", 1);

        for (int flap = 2; flap <= 1001; flap++) _addresses["users"].Set(DestinationFixture.Set((flap, 1)));
        int turns = _turns.RunUntilIdle();

        Assert.Equal(1001, Assert.Single(destination.Current.Endpoints).Address.Port);
        Assert.InRange(turns, 1, 2);
    }

    [Fact]
    public async Task TellsWhoIsDead_SinceWhen_Why_AndWhenItProbes()
    {
        Destination destination = Started("users", 1, 2);
        Kill(destination.Current.Endpoints[0]);
        _clock.Advance(TimeSpan.FromSeconds(2));

        DestinationStatus status = await StatusOf(destination);

        Assert.Equal(DestinationState.Available, status.State);
        EndpointStatus dead = status.Endpoints[0];
        Assert.Equal((BreakerPhase.Dead, Outcome.ConnectFailure), (dead.Phase, dead.Evidence));
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3)), (dead.DeadFor, dead.NextProbeIn));
        Assert.Equal((BreakerPhase.Alive, null), (status.Endpoints[1].Phase, status.Endpoints[1].DeadFor));
        EndpointTransition told = Assert.Single(status.Recent);
        Assert.Equal((1, EndpointMove.Died), (told.Endpoint.Port, told.Move));
    }

    [Fact]
    public async Task TellsOnce_WhatActiveChecksSay()
    {
        Destination destination = Started("users", 1, 2);
        Endpoint endpoint = destination.Current.Endpoints[0];

        endpoint.SetSick(true, "GET /health answered 500");
        endpoint.SetSick(true, "GET /health answered 503");
        _clock.Advance(TimeSpan.FromSeconds(4));
        endpoint.SetSick(false);
        DestinationStatus status = await StatusOf(destination);

        Assert.Equal([EndpointMove.Sickened, EndpointMove.Recovered], status.Recent.Select(each => each.Move));
        Assert.Equal(["health check: GET /health answered 500", null], status.Recent.Select(each => each.Why?.ToString()));
        Assert.Equal(4 * DestinationFixture.Second, status.Recent[1].AtNs - status.Recent[0].AtNs);
        Assert.Equal((EndpointCondition.Alive, TimeSpan.Zero), (status.Endpoints[0].Condition, status.Endpoints[0].StandsFor));
    }

    [Fact]
    public async Task EndpointOnProbation_IsLetGo_InTheTurnAfterItDied()
    {
        _options = _options with { Balancer = new BalancerConfig { EnableProbation = true } };
        Destination destination = Started("users", 1, 2);
        _addresses["users"].Set(DestinationFixture.Set((2, 1)));
        EndpointCondition before = (await StatusOf(destination)).Endpoints[1].Condition;

        Kill(destination.Current.Endpoints[1]);
        _turns.RunUntilIdle();

        Assert.Equal(EndpointCondition.Probation, before);
        Assert.Equal(2, Assert.Single(destination.Current.Endpoints).Address.Port);
    }

    [Fact]
    public async Task KeepsTheLastTransitionsOnly()
    {
        Destination destination = Started("users", 1);
        for (int death = 0; death <= DestinationActor.MaximumRecent; death++)
        {
            Kill(destination.Current.Endpoints[0]);
            _clock.Advance(TimeSpan.FromSeconds(300));
            Assert.True(destination.TryPick(new PickRequest(Now), ref _random, out EndpointLease probe));
            probe.Complete(Outcome.Success, Now);
        }

        DestinationStatus status = await StatusOf(destination);

        Assert.Equal(DestinationActor.MaximumRecent, status.Recent.Length);
        Assert.Equal(EndpointMove.Revived, status.Recent[^1].Move);
    }

    [Fact]
    public async Task LastSnapshotServes_WhileTheActorIsDown_AndNothingIsForgotten()
    {
        Destination destination = Started("users", 1, 2);
        Endpoint dead = destination.Current.Endpoints[0];
        Kill(dead);
        destination.TryPick(new PickRequest(Now), ref _random, out EndpointLease out1);
        DestinationSnapshot last = destination.Current;
        _refused.Add(9);

        _addresses["users"].Set(DestinationFixture.Set((1, 1), (2, 1), (9, 1)));
        _turns.RunUntilIdle();
        Assert.Same(last, destination.Current);
        Assert.True(destination.TryPick(new PickRequest(Now), ref _random, out EndpointLease out2));
        _refused.Clear();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _turns.RunUntilIdle();

        Assert.Equal(3, destination.Current.Endpoints.Length);
        Assert.Same(dead, destination.Current.Endpoints[0]);
        Assert.Equal(BreakerPhase.Dead, dead.Phase);
        Assert.Equal(2, destination.Current.Endpoints[1].InFlight);
        out1.Complete(Outcome.Success, Now);
        out2.Complete(Outcome.Success, Now);
        Assert.Equal(0, destination.Current.Endpoints[1].InFlight);
        Assert.Equal(3, (await StatusOf(destination)).Endpoints.Length);
    }

    [Fact]
    public void IsStartedAnew_WhenItsActorWasStopped()
    {
        Destination destination = Started("users", 1);
        IActorRef first = destination.Actor!;

        first.Tell(PoisonPill.Instance, null);
        _turns.RunUntilIdle();
        _addresses["users"].Set(DestinationFixture.Set((2, 1)));
        _turns.RunUntilIdle();

        Assert.NotSame(first, destination.Actor);
        Assert.Equal(2, destination.Current.Endpoints[0].Address.Port);
    }

    [Fact]
    public void FollowsTheNewObject_WhenANamerAnswersAgain()
    {
        Destination destination = Started("users", 1);
        LiveValue<AddressState> abandoned = _addresses["users"];

        Destination same = _table.Acquire(Name("users", 5));
        _turns.RunUntilIdle();
        abandoned.Set(DestinationFixture.Set((1, 1), (2, 1)));
        _turns.RunUntilIdle();

        Assert.Same(destination, same);
        Assert.Equal(5, Assert.Single(destination.Current.Endpoints).Address.Port);
        Assert.False(abandoned.HasSubscribers);
    }

    [Fact]
    public void Lingers_WhenReleased_AndGoes_WhenIdleForTenMinutes()
    {
        Destination destination = Started("users", 1);
        var resource = (Resource)destination.Current.Endpoints[0].Resource!;
        _table.Release(destination);

        _clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Same(destination, _table.Acquire(new BoundName(destination.Id, _addresses["users"])));
        _table.Release(destination);
        _clock.Advance(TimeSpan.FromMinutes(16));
        _turns.RunUntilIdle();

        Assert.Equal(0, _table.Count);
        Assert.Equal((1, 1, 0), (_table.Misses, _table.Expiries, _table.Evictions));
        Assert.True(destination.IsClosed);
        Assert.False(destination.TryPick(new PickRequest(Now), ref _random, out _));
        Assert.Equal(1, resource.Disposed);
        Assert.False(_addresses["users"].HasSubscribers);
    }

    [Fact]
    public void MakesRoom_WhenFull_AtTheCostOfTheLongestIdle()
    {
        Destination[] first = [Started("a", 1), Started("b", 2)];
        _table.Release(first[1]);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _table.Release(first[0]);

        Destination third = Started("c", 3);

        Assert.Equal(2, _table.Count);
        Assert.Equal((3, 1, 0), (_table.Misses, _table.Evictions, _table.OneShots));
        Assert.Equal((false, true, false), (first[0].IsClosed, first[1].IsClosed, third.IsClosed));
    }

    [Fact]
    public void ServesUnshared_WhenFullOfDestinationsInUse()
    {
        Started("a", 1);
        Started("b", 2);

        Destination oneShot = Started("c", 3);
        Destination another = Started("c", 3);
        bool served = oneShot.TryPick(new PickRequest(Now), ref _random, out EndpointLease lease);
        _table.Release(oneShot);
        _turns.RunUntilIdle();

        Assert.True(served);
        Assert.Equal((2, 0), (_table.OneShots, _table.Evictions));
        Assert.NotSame(oneShot, another);
        Assert.True(oneShot.IsClosed);
        Assert.IsType<Resource>(lease.Endpoint.Resource);
        lease.Complete(Outcome.Success, Now);
        Assert.Null(lease.Endpoint.Resource);
    }

    private BoundName Name(string name, params int[] ports)
    {
        _addresses[name] = new LiveValue<AddressState>(DestinationFixture.Set([.. ports.Select(port => (port, 1.0))]));
        return new BoundName(Path.Parse($"/#/io.l5d.fs/{name}"), _addresses[name]);
    }

    private Destination Started(string name, params int[] ports)
    {
        Destination destination = _table.Acquire(Name(name, ports));
        _turns.RunUntilIdle();
        return destination;
    }

    private async Task<DestinationStatus> StatusOf(Destination destination)
    {
        Task<DestinationStatus> answer = destination.Actor!.Ask<DestinationStatus>(GetDestinationStatus.Instance, TimeSpan.FromSeconds(30));
        _turns.RunUntilIdle();
        return await answer;
    }

    private void Kill(Endpoint endpoint)
    {
        for (int failure = 0; failure < 3; failure++)
        {
            Assert.True(endpoint.TryAdmit(Now, out EndpointLease lease));
            lease.Complete(Outcome.ConnectFailure, Now);
        }
    }

    private sealed class Resource : IEndpointResource
    {
        public int Disposed { get; private set; }

        public void Dispose() => Disposed++;
    }
}
