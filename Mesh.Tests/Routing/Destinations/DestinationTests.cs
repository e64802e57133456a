using System.Net;
using Mesh.Discovery.Names;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Routing.Destinations;

public sealed class DestinationTests
{
    private readonly Dictionary<IPEndPoint, List<Resource>> _resources = [];

    [Fact]
    public void Waits_UntilTheFirstAddressesAreKnown()
    {
        var fixture = new DestinationFixture(new DestinationOptions());
        DestinationState cold = fixture.Destination.Current.State;
        int told = 0;
        using IDisposable subscription = fixture.Destination.OnChange(() => told++);

        fixture.Become(DestinationFixture.Set((1, 1)));

        Assert.Equal(DestinationState.Pending, cold);
        Assert.Equal(DestinationState.Available, fixture.Destination.Current.State);
        Assert.Equal(1, told);
    }

    [Fact]
    public void SaysWhy_WhenTheAddressesWereNeverKnown()
    {
        var fixture = new DestinationFixture(new DestinationOptions());

        fixture.Become(new AddressState.Failed("users:3: not an address"));

        Assert.Equal(DestinationState.Failed, fixture.Destination.Current.State);
        Assert.Equal("users:3: not an address", fixture.Destination.Current.Reason);
    }

    [Fact]
    public void KeepsTheLastGoodSet_WhenItCannotBeReadAnyMore()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 3);
        DestinationSnapshot good = fixture.Destination.Current;

        fixture.Become(new AddressState.Failed("the server is away"));
        fixture.Become(AddressState.Pending.Instance);

        Assert.Same(good, fixture.Destination.Current);
    }

    [Fact]
    public void HasNoAddress_WhenTheNameIsGone()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 3);

        fixture.Become(AddressState.Neg.Instance);

        Assert.Equal(DestinationState.NoAddress, fixture.Destination.Current.State);
    }

    [Fact]
    public void KeepsEndpoints_ThatStay_AndTheirRequestsOut()
    {
        var fixture = new DestinationFixture(new DestinationOptions(), (1, 1), (2, 1));
        Endpoint stays = fixture.Endpoints[1];
        fixture.PickAt(stays);

        fixture.Become(DestinationFixture.Set((3, 1), (2, 1)));

        Assert.Equal([3, 2], fixture.Endpoints.Select(endpoint => endpoint.Address.Port));
        Assert.Same(stays, fixture.Endpoints[1]);
        Assert.Equal(1, stays.InFlight);
    }

    [Fact]
    public void PublishesNothing_WhenNothingChanged_AndANewSnapshot_WhenAWeightDid()
    {
        var fixture = new DestinationFixture(new DestinationOptions(), (1, 1), (2, 1));
        DestinationSnapshot first = fixture.Destination.Current;

        fixture.Destination.Refresh(fixture.Now);
        DestinationSnapshot same = fixture.Destination.Current;
        fixture.Become(DestinationFixture.Set((1, 1), (2, 3)));

        Assert.Same(first, same);
        Assert.NotSame(first, fixture.Destination.Current);
        Assert.Same(first.Endpoints[1], fixture.Endpoints[1]);
        Assert.Equal(3, fixture.Endpoints[1].Weight);
    }

    [Fact]
    public void TakesDoublesOnce()
    {
        var fixture = new DestinationFixture(new DestinationOptions(), (1, 2), (1, 5), (2, 1));

        Assert.Equal([2.0, 1.0], fixture.Endpoints.Select(endpoint => endpoint.Weight));
    }

    [Fact]
    public void ReleasesALeaversResource_WhenItsLastRequestIsOver()
    {
        var fixture = new DestinationFixture(WithResources(), (1, 1), (2, 1));
        EndpointLease first = fixture.PickAt(fixture.Endpoints[0]);
        EndpointLease second = fixture.PickAt(fixture.Endpoints[0]);
        Resource resource = Assert.IsType<Resource>(first.Endpoint.Resource);

        fixture.Become(DestinationFixture.Set((2, 1)));
        first.Complete(Outcome.Success, fixture.Now);
        int early = resource.Disposed;
        second.Complete(Outcome.Success, fixture.Now);

        Assert.Equal((0, 1), (early, resource.Disposed));
        Assert.Null(first.Endpoint.Resource);
        Assert.Equal(0, Assert.IsType<Resource>(fixture.Endpoints[0].Resource).Disposed);
    }

    [Fact]
    public void ReleasesAnIdleLeaversResource_AtOnce()
    {
        var fixture = new DestinationFixture(WithResources(), (1, 1), (2, 1));
        var resource = (Resource)fixture.Endpoints[0].Resource!;

        fixture.Become(DestinationFixture.Set((2, 1)));

        Assert.Equal(1, resource.Disposed);
    }

    [Fact]
    public void LatePicker_WithAnOldSnapshot_IsTurnedAwayFromALeaver()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 1);
        DestinationSnapshot old = fixture.Destination.Current;
        fixture.Become(DestinationFixture.Set((2, 1)));

        bool picked = old.TryPick(new PickRequest(fixture.Now), ref fixture.Random, fixture.Destination.Counters, out _);

        Assert.False(picked);
        Assert.Equal(0, old.Endpoints[0].InFlight);
        Assert.Equal(2, fixture.Pick().Endpoint.Address.Port);
    }

    [Fact]
    public void AddressThatComesBack_IsStillDead()
    {
        var fixture = new DestinationFixture(WithResources(), (1, 1), (2, 1));
        fixture.Kill(fixture.Endpoints[0]);
        fixture.Become(DestinationFixture.Set((2, 1)));

        fixture.Now += 299 * DestinationFixture.Second;
        fixture.Become(DestinationFixture.Set((1, 1), (2, 1)));

        Assert.Equal(BreakerPhase.Dead, fixture.Endpoints[0].Phase);
        Assert.Equal([1, 0], _resources[fixture.Endpoints[0].Address].Select(resource => resource.Disposed));
    }

    [Fact]
    public void AddressThatComesBack_AfterFiveMinutes_StartsAnew()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 2);
        fixture.Kill(fixture.Endpoints[0]);
        fixture.Become(DestinationFixture.Set((2, 1)));

        fixture.Now += 301 * DestinationFixture.Second;
        fixture.Become(DestinationFixture.Set((1, 1), (2, 1)));

        Assert.Equal(BreakerPhase.Alive, fixture.Endpoints[0].Phase);
    }

    [Fact]
    public void ProbeThatWasOut_WhenItsAddressLeft_IsDueAgain_WhenItReturns()
    {
        DestinationFixture fixture = DestinationFixture.Of(BalancerKind.PeakEwma, 1);
        fixture.Kill(fixture.Endpoints[0]);
        fixture.Now += 5 * DestinationFixture.Second;
        EndpointLease probe = fixture.Pick();
        fixture.Become(DestinationFixture.Set());
        fixture.Become(DestinationFixture.Set((1, 1)));

        probe.Complete(Outcome.Success, fixture.Now);
        EndpointLease next = fixture.Pick();

        Assert.NotSame(probe.Endpoint, next.Endpoint);
        Assert.True(next.IsProbe);
    }

    [Fact]
    public void RemembersAThousandLeavers_AndForgetsTheOldestFirst()
    {
        (int, double)[] many = [.. Enumerable.Range(1, EndpointTable.MaximumRemembered + 10).Select(port => (port, 1.0))];
        var fixture = new DestinationFixture(new DestinationOptions(), many);
        foreach (Endpoint endpoint in fixture.Endpoints) fixture.Kill(endpoint);

        fixture.Become(DestinationFixture.Set());
        int remembered = fixture.Destination.Endpoints.Remembered;
        fixture.Become(DestinationFixture.Set(many));

        Assert.Equal(EndpointTable.MaximumRemembered, remembered);
        Assert.Equal(10, fixture.Endpoints.Count(endpoint => endpoint.Phase == BreakerPhase.Alive));
    }

    [Fact]
    public void StaysAsItWas_WhenAResourceCannotBeMade()
    {
        var fixture = new DestinationFixture(WithResources(refuse: 9), (1, 1));
        fixture.Kill(fixture.Endpoints[0]);
        DestinationSnapshot before = fixture.Destination.Current;

        Assert.Throws<InvalidOperationException>(() => fixture.Become(DestinationFixture.Set((1, 1), (2, 1), (9, 1))));
        fixture.Become(DestinationFixture.Set((1, 1), (2, 1)));

        Assert.Same(before.Endpoints[0], fixture.Endpoints[0]);
        Assert.Equal([1, 0], _resources[new IPEndPoint(IPAddress.Loopback, 2)].Select(resource => resource.Disposed));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ManyThreads_AndAFlappingSet_LeaveNothingBehind(ulong seed)
    {
        var fixture = new DestinationFixture(WithResources(), (1, 1), (2, 1), (3, 1), (4, 1));
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<Endpoint, bool>();
        long clock = fixture.Now;
        Task[] workers = [.. Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var random = new SplitMix64(seed * 100 + (ulong)worker);
            for (int request = 0; request < 40_000; request++)
            {
                long now = Interlocked.Add(ref clock, 20_000);
                if (!fixture.Destination.TryPick(new PickRequest(now), ref random, out EndpointLease lease)) continue;
                if (lease.Endpoint.InFlight < 1 || lease.Endpoint.Resource is not Resource { Disposed: 0 })
                    throw new InvalidOperationException($"seed {seed}: a lease without cover");
                seen.TryAdd(lease.Endpoint, true);
                lease.Complete((Outcome)random.Next(5), now + random.Next(1_000_000));
            }
        }))];

        var flapping = new SplitMix64(seed);
        while (!Task.WhenAll(workers).IsCompleted)
        {
            (int, double)[] some = [.. Enumerable.Range(1, 6).Where(_ => flapping.Next(3) > 0).Select(port => (port, 1.0))];
            fixture.Addresses.Set(DestinationFixture.Set(some));
            fixture.Destination.Refresh(Volatile.Read(ref clock));
        }

        await Task.WhenAll(workers).WaitAsync(TimeSpan.FromSeconds(30));
        fixture.Destination.Close(clock);

        Assert.All(seen.Keys, endpoint => Assert.Equal(0, endpoint.InFlight));
        Assert.All(_resources.Values.SelectMany(resource => resource), resource => Assert.Equal(1, resource.Disposed));
    }

    private DestinationOptions WithResources(int refuse = -1) => new()
    {
        Accrual = new AccrualConfig.ConsecutiveFailures { Failures = 3 },
        Resources = endpoint =>
        {
            IPEndPoint address = endpoint.Address;
            if (address.Port == refuse) throw new InvalidOperationException("no resource for you");
            var resource = new Resource();
            if (!_resources.TryGetValue(address, out List<Resource>? made)) _resources.Add(address, made = []);
            made.Add(resource);
            return resource;
        },
    };

    private sealed class Resource : IEndpointResource
    {
        public int Disposed;

        public void Dispose() => Interlocked.Increment(ref Disposed);
    }
}
