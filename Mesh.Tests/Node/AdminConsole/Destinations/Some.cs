using System.Net;
using Mesh.Node.AdminConsole.Destinations;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Routing.Destinations;

namespace Mesh.Tests.Node.AdminConsole.Destinations;

/// <summary>Destinations and endpoints as a node might tell of them.</summary>
internal static class Some
{
    public static EndpointStatus Endpoint(
        int port, EndpointCondition condition = EndpointCondition.Alive, Evidence? why = null, TimeSpan? probeIn = null) => new(
        new IPEndPoint(IPAddress.Loopback, port),
        Weight: 1,
        condition,
        BreakerPhase.Alive,
        ConsecutiveFailures: 0,
        InFlight: 0,
        Latency: TimeSpan.FromMilliseconds(2),
        FailureShare: 0,
        StandsFor: TimeSpan.FromSeconds(4),
        DeadFor: null,
        probeIn,
        Evidence: null,
        why);

    public static DestinationStatus Status(params EndpointStatus[] endpoints) => Status(BalancerKind.PeakEwma, endpoints);

    public static DestinationStatus Status(BalancerKind balancer, params EndpointStatus[] endpoints) => new(
        global::Mesh.Discovery.Names.Path.Parse("/#/io.l5d.fs/users"),
        endpoints.Length == 0 ? DestinationState.NoAddress : DestinationState.Available,
        Reason: null,
        [.. endpoints],
        Remembered: 0,
        Recent: [],
        IsPanicking: false,
        endpoints.Count(static endpoint => endpoint.Condition == EndpointCondition.Alive),
        new DestinationOptions { Balancer = new BalancerConfig { Kind = balancer } },
        AtNs: 0);

    public static DestinationFacts Facts(DestinationStatus status, RequestRates rates, LimitFacts? limit = null) => new(
        "http", status, FromActor: true, rates, limit, [.. status.Endpoints.Select(static _ => (PoolFacts?)new PoolFacts(1, 2, 0, 10))]);
}
