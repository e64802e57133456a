using System.Collections.Immutable;
using System.Net;
using Mesh.Routing.Accrual;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Routing.Destinations;

/// <summary>What happened to an endpoint.</summary>
public enum EndpointMove
{
    /// <summary>Its failures took it out.</summary>
    Died,

    /// <summary>A probe, or a request in panic, came back well.</summary>
    Revived,

    /// <summary>A probe failed: it rests on.</summary>
    ProbeFailed,

    /// <summary>A probe proved nothing: the next request may be one.</summary>
    ProbeReleased,

    /// <summary>Active checks took it out.</summary>
    Sickened,

    /// <summary>Active checks let it in again.</summary>
    Recovered,
}

/// <summary>An endpoint changed. Told once a move by whoever caused it, a request or a check, and published on the event stream.</summary>
/// <param name="Destination">Whose endpoint.</param>
/// <param name="Endpoint">Its address.</param>
/// <param name="Move">What happened.</param>
/// <param name="Evidence">The outcome that caused it; of checks <see cref="Outcome.Ignored"/>.</param>
/// <param name="AtNs">When, monotonic nanoseconds.</param>
/// <param name="Why">With the numbers; null for what is good.</param>
public sealed record EndpointTransition(
    Path Destination, IPEndPoint Endpoint, EndpointMove Move, Outcome Evidence, long AtNs, Evidence? Why = null)
{
    /// <summary>Which of several instances behind the address; null: whoever listens there.</summary>
    public string? Instance { get; init; }
}

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
/// <param name="IsPanicking">Most endpoints are out, and those that failed are used as if they had not.</param>
/// <param name="Usable">Endpoints neither dead, nor sick, nor doubted.</param>
/// <param name="Options">How it treats its endpoints.</param>
/// <param name="AtNs">When this was so, on the clock of <see cref="EndpointTransition.AtNs"/>.</param>
public sealed record DestinationStatus(
    Path Id,
    DestinationState State,
    string? Reason,
    ImmutableArray<EndpointStatus> Endpoints,
    int Remembered,
    ImmutableArray<EndpointTransition> Recent,
    bool IsPanicking,
    int Usable,
    DestinationOptions Options,
    long AtNs);

/// <summary>How an endpoint stands, in one word; of several that hold, the first in this order.</summary>
public enum EndpointCondition
{
    /// <summary>Rests after failures.</summary>
    Dead,

    /// <summary>A probe is out.</summary>
    Probing,

    /// <summary>Active checks fail.</summary>
    Sick,

    /// <summary>Discovery would rather see it used last.</summary>
    Doubted,

    /// <summary>Works, and asked to be spared for a while.</summary>
    Pushback,

    /// <summary>Works, though discovery dropped it.</summary>
    Probation,

    /// <summary>Takes its share.</summary>
    Alive,
}

/// <summary>How an endpoint stands.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="Weight">Relative to its siblings.</param>
/// <param name="Condition">How it stands.</param>
/// <param name="Phase">Of its breaker.</param>
/// <param name="ConsecutiveFailures">In a row: of this life; of a dead endpoint those that killed it and all since.</param>
/// <param name="InFlight">Requests out.</param>
/// <param name="Latency">Peak-EWMA cost; zero when never measured.</param>
/// <param name="FailureShare">Of the last few answers, 0 to 1; what makes it dearer than its latency under Peak-EWMA.</param>
/// <param name="StandsFor">How long it has been in its condition; null where that is not known.</param>
/// <param name="DeadFor">Since it died; null while alive.</param>
/// <param name="NextProbeIn">Zero when a probe is due; while one is out, another beside it; null while alive.</param>
/// <param name="Evidence">The outcome that killed it or failed its last probe; null while alive.</param>
/// <param name="Why">Why it is in its condition, with the numbers; null where there is nothing to explain.</param>
public sealed record EndpointStatus(
    IPEndPoint Address,
    double Weight,
    EndpointCondition Condition,
    BreakerPhase Phase,
    int ConsecutiveFailures,
    int InFlight,
    TimeSpan Latency,
    double FailureShare,
    TimeSpan? StandsFor,
    TimeSpan? DeadFor,
    TimeSpan? NextProbeIn,
    Outcome? Evidence,
    Evidence? Why)
{
    /// <summary>Which of several instances behind the address; null: whoever listens there.</summary>
    public string? Instance { get; init; }
}

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
