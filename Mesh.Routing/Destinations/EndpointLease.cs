using Mesh.Routing.Accrual;

namespace Mesh.Routing.Destinations;

/// <summary>
/// The right to send one request to one endpoint: picking and counting it as out are one act. Whoever holds it completes it, once, whatever
/// happens; copies are the same lease.
/// </summary>
/// <remarks>Hot path: 24 bytes, no allocation. A debug build asserts that the count of requests out never falls below zero.</remarks>
public readonly struct EndpointLease
{
    internal EndpointLease(Endpoint endpoint, BreakerState? ticket, long startNs)
    {
        Endpoint = endpoint;
        Ticket = ticket;
        StartNs = startNs;
    }

    public Endpoint Endpoint { get; }

    /// <summary>The stretch of the endpoint's life that its outcome counts in; null: none.</summary>
    internal BreakerState? Ticket { get; }

    /// <summary>When the pick was made, monotonic nanoseconds.</summary>
    public long StartNs { get; }

    /// <summary>Whether this request is the one that tests a resting endpoint.</summary>
    public bool IsProbe => Ticket?.Phase == BreakerPhase.Probing;

    /// <summary>
    /// The endpoint has not answered by now, whenever it would have: what it costs is at least the time since the pick. To be called before the lease
    /// of a request that is given up is completed as ignored, or an endpoint that is always too slow would never be known as slow.
    /// </summary>
    public void ObserveAtLeast(long nowNs) => Endpoint.ObserveAtLeast(nowNs, nowNs - StartNs);

    /// <summary>
    /// Says early what became of it, while the lease is held on, such as of a connection that lives for hours: the breaker need not wait. To be
    /// completed as ignored then.
    /// </summary>
    public void Tell(Outcome outcome, long nowNs) => Endpoint.Owner.Report(Endpoint, Ticket, outcome, nowNs, 0);

    /// <summary>Gives the lease back with what became of the request; latency counts to here, so call it when the response body ended.</summary>
    /// <param name="outcome">What became of it.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="restNs">With <see cref="Outcome.Pushback"/>: how long the endpoint asks to be spared, nanoseconds.</param>
    /// <param name="tellsLatency">False: how long it took says nothing of the endpoint, such as the life of a tunnel.</param>
    public void Complete(Outcome outcome, long nowNs, long restNs = 0, bool tellsLatency = true) =>
        Endpoint.Complete(Ticket, tellsLatency ? nowNs - StartNs : -1, outcome, nowNs, restNs);
}
