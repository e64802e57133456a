namespace Mesh.Routing.Balancing;

/// <summary>
/// How much of what an endpoint answered lately were failures, and what that makes it cost. A backend that is broken often answers faster than one
/// that works: by latency alone it is the best of all, and draws the traffic that it cannot serve. So its cost is multiplied by
/// 1 / (1 - share)^4, at most 1000: one failure in a while changes nothing (2.4, and forgotten after a few successes), half of the answers
/// failing makes it 16 times as dear.
/// </summary>
/// <remarks>
/// Hot path: an endpoint that does not fail pays one read for each request and one for each pick. Any thread, no lock: of two outcomes that race
/// one may be lost, which a moving average bears. The share fades with time too, so that an endpoint that was given nothing for a while is
/// believed again as soon as it answers well. Rejected: linkerd2's way, a latency of 5 s for each failure, after which a service of which 1 % fail
/// everywhere is balanced by noise. A mutable struct, kept in a field and never copied.
/// </remarks>
internal struct FailureShare
{
    /// <summary>How far one outcome moves the share: the last five or so count.</summary>
    internal const double Step = 0.2;

    /// <summary>Below it, there were no failures.</summary>
    private const double Forgotten = 0.01;

    private const double Exponent = 4;

    /// <summary>ln 1000: 69 s of the default decay until an endpoint that only fails is tried again.</summary>
    private const double MaximumSurcharge = 6.907755278982137;

    private double _share;
    private double _surcharge;
    private long _stamp;

    /// <summary>0 to 1.</summary>
    internal readonly double Share => Volatile.Read(in _share);

    /// <summary>The natural logarithm of what the cost is multiplied by; 0 without failures.</summary>
    internal readonly double Surcharge => Volatile.Read(in _surcharge);

    /// <summary>Takes in one outcome.</summary>
    /// <param name="failed">A failure, or no connection.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    /// <param name="decay">Time constant with which the share fades by itself: the latency's.</param>
    internal void Take(bool failed, long nowNs, TimeSpan decay)
    {
        double share = Share;
        if (!failed && share == 0) return;
        double idleNs = Math.Max(0, nowNs - Volatile.Read(ref _stamp));
        double faded = share * Math.Exp(-idleNs / (decay.Ticks * (double)TimeSpan.NanosecondsPerTick));
        double next = faded + ((failed ? 1 : 0) - faded) * Step;
        if (next < Forgotten) next = 0;
        Volatile.Write(ref _stamp, nowNs);
        Volatile.Write(ref _share, next);
        Volatile.Write(ref _surcharge, Math.Min(MaximumSurcharge, -Exponent * Math.Log(1 - next)));
    }
}
