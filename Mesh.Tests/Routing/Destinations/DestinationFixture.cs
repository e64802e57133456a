using System.Collections.Immutable;
using System.Net;
using Mesh.Discovery.Names;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Wire;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Routing.Destinations;

/// <summary>A destination without its actor: the test is the only writer, and time stands still unless moved.</summary>
internal sealed class DestinationFixture
{
    internal const long Second = 1_000_000_000;
    internal const long Millisecond = 1_000_000;

    internal SplitMix64 Random = new(42);

    internal DestinationFixture(DestinationOptions options, params (int Port, double Weight)[] endpoints)
    {
        Addresses = new LiveValue<AddressState>(endpoints.Length == 0 ? AddressState.Pending.Instance : Set(endpoints));
        Destination = new Destination(new BoundName(Path.Parse("/#/io.l5d.fs/users"), Addresses), options) { Clock = new Clock(this) };
        Destination.Refresh(Now);
    }

    internal long Now { get; set; } = 1000 * Second;

    internal LiveValue<AddressState> Addresses { get; }

    internal Destination Destination { get; }

    internal ImmutableArray<Endpoint> Endpoints => Destination.Current.Endpoints;

    internal static DestinationFixture Of(BalancerKind kind, int endpoints) =>
        new(Options(kind), [.. Enumerable.Range(1, endpoints).Select(port => (port, 1.0))]);

    /// <summary>Without panic, which has its own tests.</summary>
    internal static DestinationOptions Options(BalancerKind kind, int failures = 3) => new()
    {
        Balancer = new BalancerConfig { Kind = kind, PanicThreshold = 0 },
        Accrual = new AccrualConfig.ConsecutiveFailures { Failures = failures },
    };

    internal static AddressState Set(params (int Port, double Weight)[] endpoints) => new AddressState.Known(
        [.. endpoints.Select(endpoint => new WeightedAddress(new IPEndPoint(IPAddress.Loopback, endpoint.Port), endpoint.Weight))]);

    /// <summary>Makes the namer say this, and the destination hear it.</summary>
    internal void Become(AddressState state)
    {
        Addresses.Set(state);
        Destination.Refresh(Now);
    }

    internal EndpointLease Pick(Endpoint? excluded = null)
    {
        Assert.True(Destination.TryPick(new PickRequest(Now, excluded), ref Random, out EndpointLease lease));
        return lease;
    }

    /// <summary>A lease on this endpoint, whatever the balancer would say.</summary>
    internal EndpointLease PickAt(Endpoint wanted)
    {
        Assert.True(wanted.TryAdmit(Now, out EndpointLease lease));
        return lease;
    }

    internal void Kill(Endpoint endpoint)
    {
        while (endpoint.Phase == BreakerPhase.Alive)
        {
            Assert.True(endpoint.TryAdmit(Now, out EndpointLease lease));
            lease.Complete(Outcome.Failure, Now);
        }
    }

    /// <summary>Share of picks by port; each request ends at once and says nothing.</summary>
    internal Dictionary<int, double> Shares(int picks)
    {
        var counts = new SortedDictionary<int, int>();
        for (int pick = 0; pick < picks; pick++)
        {
            EndpointLease lease = Pick();
            counts[lease.Endpoint.Address.Port] = counts.GetValueOrDefault(lease.Endpoint.Address.Port) + 1;
            lease.Complete(Outcome.Ignored, Now);
        }

        return counts.ToDictionary(pair => pair.Key, pair => pair.Value / (double)picks);
    }

    private sealed class Clock(DestinationFixture fixture) : TimeProvider
    {
        public override long TimestampFrequency => Second;

        public override long GetTimestamp() => fixture.Now;
    }
}
