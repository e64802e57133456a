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

/// <summary>Options that change while a destination is in use; turns run when the test says so.</summary>
public sealed class ReconfigureTests : IAsyncLifetime, IDisposable
{
    private readonly ManualDispatcher _turns = new();
    private readonly StandingClock _clock = new();
    private readonly ActorSystem _actors;
    private readonly DestinationTable _table;
    private readonly List<Resource> _made = [];
    private DestinationOptions _options;
    private bool _refusing;
    private SplitMix64 _random = new(5);

    public ReconfigureTests()
    {
        _actors = ActorSystem.Create("test", new ActorSystemOptions { Time = _clock, Seed = 1, Dispatcher = _turns });
        _options = new DestinationOptions { Accrual = Failures(3), Resources = _ => Make() };
        _table = new DestinationTable(_actors, _ => _options, _clock);
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
    public void EachDestination_IsTreatedAsItsNameSays()
    {
        DestinationOptions other = _options with { Accrual = new AccrualConfig.None() };

        _table.Reconfigure(id => id.Equals(Path.Parse("/#/io.l5d.fs/b")) ? other : _options);

        Assert.Equal((_options, other), (Started("a", 1).Options, Started("b", 1).Options));
    }

    [Fact]
    public void NewBalancer_TakesOver_AndEndpointsKeepWhatTheyKnow()
    {
        Destination destination = Started("users", 1, 2);
        Endpoint[] before = [.. destination.Current.Endpoints];
        Assert.True(before[0].TryAdmit(Now, out EndpointLease busy));
        Kill(before[1], 3);

        Become(_options with { Balancer = new BalancerConfig { Kind = BalancerKind.RoundRobin } });

        Assert.Equal(before, destination.Current.Endpoints);
        Assert.Equal((1, BreakerPhase.Dead), (before[0].InFlight, before[1].Phase));
        Assert.Equal(BalancerKind.RoundRobin, destination.Options.Balancer.Kind);
        busy.Complete(Outcome.Success, Now);
        Assert.Equal(0, before[0].InFlight);
    }

    [Fact]
    public void RoundRobin_ReallyGoesRound_OnceTheConfigSaysSo()
    {
        Destination destination = Started("users", 1, 2, 3);

        Become(_options with { Balancer = new BalancerConfig { Kind = BalancerKind.RoundRobin } });
        int[] ports = [.. Enumerable.Range(0, 6).Select(_ => PickedPort(destination))];

        Assert.All(ports.GroupBy(port => port), each => Assert.Equal(2, each.Count()));
    }

    [Fact]
    public void NewAccrualRule_JudgesFromThenOn_CountingWhatWasBefore()
    {
        Destination destination = Started("users", 1);
        Endpoint endpoint = destination.Current.Endpoints[0];
        Kill(endpoint, 2);

        Become(_options with { Accrual = Failures(10) });
        Kill(endpoint, 7);
        BreakerPhase atNine = endpoint.Phase;
        Kill(endpoint, 1);

        Assert.Equal((BreakerPhase.Alive, BreakerPhase.Dead), (atNine, endpoint.Phase));
    }

    [Fact]
    public void NewResource_ReplacesTheOld_WhileRequestsAreOut()
    {
        Destination destination = Started("users", 1);
        Assert.True(destination.TryPick(new PickRequest(Now), ref _random, out EndpointLease lease));
        Resource old = _made[^1];

        Become(_options with { Resources = _ => Make() });

        Assert.Equal(1, old.Disposed);
        Assert.Same(_made[^1], lease.Endpoint.Resource);
        lease.Complete(Outcome.Success, Now);
        Assert.Equal(0, _made[^1].Disposed);
    }

    [Fact]
    public void NewTimeConstant_MakesNewEndpoints_ThatRemember()
    {
        Destination destination = Started("users", 1, 2);
        Endpoint[] before = [.. destination.Current.Endpoints];
        Kill(before[1], 3);
        Assert.True(before[0].TryAdmit(Now, out EndpointLease busy));
        before[0].Load.Observe(Now, 8_000_000);

        Become(_options with { Balancer = new BalancerConfig { Decay = TimeSpan.FromSeconds(1) } });
        Endpoint[] after = [.. destination.Current.Endpoints];
        double cost = after[0].Load.Cost(Now);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty(before.Intersect(after));
        Assert.Equal(BreakerPhase.Dead, after[1].Phase);
        Assert.Equal(8_000_000, cost, 1.0);
        Assert.Equal(8_000_000 / Math.E, after[0].Load.Cost(Now), 1.0);
        Assert.NotNull(before[0].Resource);
        busy.Complete(Outcome.Success, Now);
        Assert.Null(before[0].Resource);
    }

    [Fact]
    public void EqualOptions_ChangeNothing()
    {
        Destination destination = Started("users", 1);
        DestinationSnapshot before = destination.Current;

        Become(_options with { Accrual = Failures(3) });

        Assert.Same(before, destination.Current);
        Assert.Single(_made);
    }

    [Fact]
    public void ResourceThatCannotBeMade_LeavesTheOldOptions_UntilItCan()
    {
        Destination destination = Started("users", 1);
        DestinationOptions old = destination.Options;
        DestinationSnapshot last = destination.Current;
        _refusing = true;

        Become(_options with { Resources = _ => Make(), Accrual = Failures(9) });
        Assert.Equal((old, last), (destination.Options, destination.Current));
        _refusing = false;
        _clock.Advance(TimeSpan.FromSeconds(1));
        _turns.RunUntilIdle();

        Assert.Same(_options, destination.Options);
        Assert.Same(_made[^1], destination.Current.Endpoints[0].Resource);
    }

    [Fact]
    public void OptionsThatChangeBeforeTheActorRuns_HoldOnceItDoes()
    {
        Destination destination = _table.Acquire(Name("users", 1));

        Become(_options with { Accrual = Failures(9) });

        Assert.Same(_options, destination.Options);
    }

    [Fact]
    public void DestinationThatLeavesAddressesAndComesBack_KeepsItsMemory_UnderTheNewTimeConstant()
    {
        LiveValue<AddressState> addresses = new(DestinationFixture.Set((1, 1.0)));
        Destination destination = _table.Acquire(new BoundName(Path.Parse("/#/io.l5d.fs/users"), addresses));
        _turns.RunUntilIdle();
        destination.Current.Endpoints[0].Load.Observe(Now, 8_000_000);
        addresses.Set(DestinationFixture.Set((2, 1.0)));
        _turns.RunUntilIdle();

        Become(_options with { Balancer = new BalancerConfig { Decay = TimeSpan.FromSeconds(1) } });
        addresses.Set(DestinationFixture.Set((1, 1.0)));
        _turns.RunUntilIdle();
        double cost = destination.Current.Endpoints[0].Load.Cost(Now);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(8_000_000, cost, 1.0);
        Assert.Equal(8_000_000 / Math.E, destination.Current.Endpoints[0].Load.Cost(Now), 1.0);
    }

    [Theory]
    [InlineData(null, BreakerPhase.Alive)]
    [InlineData(1, BreakerPhase.Dead)]
    public void TheDead_LiveAtOnce_WhenNothingKillsAnyMore(int? refusals, BreakerPhase after)
    {
        LiveValue<AddressState> addresses = new(DestinationFixture.Set((1, 1.0), (2, 1.0), (3, 1.0)));
        Destination destination = _table.Acquire(new BoundName(Path.Parse("/#/io.l5d.fs/users"), addresses));
        _turns.RunUntilIdle();
        foreach (Endpoint endpoint in destination.Current.Endpoints[..2]) Kill(endpoint, 3);
        addresses.Set(DestinationFixture.Set((2, 1.0), (3, 1.0)));
        _turns.RunUntilIdle();

        Become(_options with { Accrual = new AccrualConfig.None { Refusals = refusals } });
        addresses.Set(DestinationFixture.Set((1, 1.0), (2, 1.0), (3, 1.0)));
        _turns.RunUntilIdle();

        Assert.Equal([after, after, BreakerPhase.Alive], destination.Current.Endpoints.Select(endpoint => endpoint.Phase));
        Assert.Equal(after == BreakerPhase.Alive ? 0 : 2, destination.Tally.Dead);
        Assert.Equal(after == BreakerPhase.Alive ? 1 : 0, destination.Counters.Revivals);
    }

    [Fact]
    public void AnyNumberThatComesAndGoesBetweenTwoTurns_IsStartedAndClosed()
    {
        _table.Resize(capacity: 1, TimeSpan.FromMinutes(10));
        Destination[] all = [.. Enumerable.Range(1, 30_000).Select(each => _table.Acquire(Name($"n{each}", 1)))];
        Destination[] gone = all[1..^1];

        foreach (Destination destination in gone) _table.Release(destination);
        _turns.RunUntilIdle();

        Assert.All(gone, destination => Assert.True(destination is { IsClosed: true, Current.Endpoints.IsEmpty: true }));
        Assert.Equal(2, _made.Count(resource => resource.Disposed == 0));
        Assert.NotNull(all[^1].Actor);
        Assert.Equal(0, _actors.DeadLetterCount);
    }

    private static AccrualConfig.ConsecutiveFailures Failures(int count) => new AccrualConfig.ConsecutiveFailures { Failures = count };

    private static BoundName Name(string name, params int[] ports) => new(
        Path.Parse($"/#/io.l5d.fs/{name}"),
        new LiveValue<AddressState>(DestinationFixture.Set([.. ports.Select(port => (port, 1.0))])));

    private Destination Started(string name, params int[] ports)
    {
        Destination destination = _table.Acquire(Name(name, ports));
        _turns.RunUntilIdle();
        return destination;
    }

    private void Become(DestinationOptions options)
    {
        _options = options;
        _table.Reconfigure(_ => options);
        _turns.RunUntilIdle();
    }

    private int PickedPort(Destination destination)
    {
        Assert.True(destination.TryPick(new PickRequest(Now), ref _random, out EndpointLease lease));
        lease.Complete(Outcome.Success, Now);
        return lease.Endpoint.Address.Port;
    }

    private void Kill(Endpoint endpoint, int failures)
    {
        for (int failure = 0; failure < failures; failure++)
        {
            Assert.True(endpoint.TryAdmit(Now, out EndpointLease lease));
            lease.Complete(Outcome.Failure, Now);
        }
    }

    private Resource Make()
    {
        if (_refusing) throw new InvalidOperationException("refused");
        Resource made = new();
        _made.Add(made);
        return made;
    }

    private sealed class Resource : IEndpointResource
    {
        public int Disposed { get; private set; }

        public void Dispose() => Disposed++;
    }
}
