using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;
using Mesh.Tests.Routing.Destinations;

namespace Mesh.Tests.Routing.Balancing;

/// <summary>Destinations under any balancer, and what comes of picks with keys.</summary>
internal static class BalancerLab
{
    internal static readonly BalancerKind[] Kinds = Enum.GetValues<BalancerKind>();

    internal static DestinationFixture Of(BalancerConfig config, params double[] weights)
        => new(Options(config), [.. weights.Select((weight, index) => (index + 1, weight))]);

    internal static DestinationFixture Of(BalancerKind kind, params double[] weights) => Of(Config(kind), weights);

    internal static DestinationFixture Equals(BalancerConfig config, int endpoints) => Of(config, [.. Enumerable.Repeat(1.0, endpoints)]);

    /// <summary>Without panic; an aperture that is wide open, so that what holds for all balancers holds for it.</summary>
    internal static BalancerConfig Config(BalancerKind kind)
        => new() { Kind = kind, PanicThreshold = 0, Aperture = ApertureConfig.Default with { MinAperture = int.MaxValue } };

    internal static DestinationOptions Options(BalancerConfig config)
        => new() { Balancer = config, Accrual = new AccrualConfig.ConsecutiveFailures { Failures = 3 }, Seed = 7 };

    /// <summary>The endpoints' ports: 1, 2 ... in the order of the weights.</summary>
    internal static int Port(this EndpointLease lease) => lease.Endpoint.Address.Port;

    internal static EndpointLease Pick(this DestinationFixture fixture, ulong key, Endpoint? excluded = null)
    {
        if (!fixture.Destination.TryPick(new PickRequest(fixture.Now, excluded, key), ref fixture.Random, out EndpointLease lease))
            throw new InvalidOperationException("nobody was there");
        return lease;
    }

    /// <summary>Whose each of these keys is while all are idle, by port.</summary>
    internal static int[] Owners(this DestinationFixture fixture, int keys)
    {
        var owners = new int[keys];
        for (int key = 0; key < keys; key++)
        {
            EndpointLease lease = fixture.Pick((ulong)key + 1);
            owners[key] = lease.Port();
            lease.Complete(Outcome.Ignored, fixture.Now);
        }

        return owners;
    }

    internal static double Share(this IReadOnlyCollection<int> owners, int port) => owners.Count(owner => owner == port) / (double)owners.Count;
}
