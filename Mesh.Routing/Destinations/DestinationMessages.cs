using System.Collections.Immutable;
using System.Net;
using Mesh.Routing.Accrual;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Destinations;

/// <summary>An endpoint's breaker moved. Told once a move by the request that caused it, and published on the event stream.</summary>
/// <param name="Destination">Whose endpoint.</param>
/// <param name="Endpoint">Its address.</param>
/// <param name="Move">What happened.</param>
/// <param name="Evidence">The outcome that caused it.</param>
/// <param name="AtNs">When, monotonic nanoseconds.</param>
public sealed record EndpointTransition(Path Destination, IPEndPoint Endpoint, BreakerMove Move, Outcome Evidence, long AtNs);

/// <summary>Asks a destination's actor how it stands; the answer is a <see cref="DestinationStatus"/>.</summary>
public sealed record GetDestinationStatus
{
    public static readonly GetDestinationStatus Instance = new();

    private GetDestinationStatus() { }
}

/// <summary>How a destination stands.</summary>
/// <param name="Id">The bound name.</param>
/// <param name="State">Of the present snapshot.</param>
/// <param name="Reason">Why it failed, if it did.</param>
/// <param name="Endpoints">In the order of the address set.</param>
/// <param name="Remembered">Addresses that left and are not forgotten.</param>
/// <param name="Recent">The last transitions, oldest first; an actor that restarted begins anew.</param>
public sealed record DestinationStatus(
    Path Id,
    DestinationState State,
    string? Reason,
    ImmutableArray<EndpointStatus> Endpoints,
    int Remembered,
    ImmutableArray<EndpointTransition> Recent);

/// <summary>How an endpoint stands.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Weight">Relative to its siblings.</param>
/// <param name="Phase">Of its breaker.</param>
/// <param name="ConsecutiveFailures">In a row, while alive.</param>
/// <param name="InFlight">Requests out.</param>
/// <param name="Latency">Peak-EWMA cost; zero when never measured.</param>
/// <param name="DeadFor">Since its last good moment; null while alive.</param>
/// <param name="NextProbeIn">Zero when a probe is due; null while alive.</param>
/// <param name="Evidence">What killed it or failed its last probe; null while alive.</param>
public sealed record EndpointStatus(
    IPEndPoint Address,
    double Weight,
    BreakerPhase Phase,
    int ConsecutiveFailures,
    int InFlight,
    TimeSpan Latency,
    TimeSpan? DeadFor,
    TimeSpan? NextProbeIn,
    Outcome? Evidence);

/// <summary>Addresses, name object or options changed; may stand for several changes, and for none.</summary>
internal sealed record Look
{
    internal static readonly Look Instance = new();

    private Look() { }
}

/// <summary>Destinations came to the table or left it; may stand for many.</summary>
internal sealed record Reconcile
{
    internal static readonly Reconcile Instance = new();

    private Reconcile() { }
}
