using Mesh.Wire;

namespace Mesh.Routing.Accrual;

/// <summary>Where an endpoint's breaker stands.</summary>
public enum BreakerPhase
{
    /// <summary>Takes requests.</summary>
    Alive,

    /// <summary>Rests; once the rest is over, one request is let through as a probe.</summary>
    Dead,

    /// <summary>One probe is out; nobody else is let in until it is back.</summary>
    Probing,
}

/// <summary>
/// One stretch of a breaker's life. Each stretch is its own object, so that identity tells two lives apart: whoever holds an
/// old stretch cannot move the present one.
/// </summary>
/// <remarks>Immutable except <see cref="Failures"/>, which requests of this very stretch count together.</remarks>
internal sealed class BreakerState
{
    /// <summary>Failures in a row during this life; only moves while <see cref="BreakerPhase.Alive"/>.</summary>
    internal int Failures;

    private BreakerState(BreakerPhase phase) => Phase = phase;

    internal BreakerPhase Phase { get; }

    /// <summary>When the endpoint died, monotonic nanoseconds; probes that fail do not change it.</summary>
    internal long DiedAtNs { get; private init; }

    /// <summary>When a probe is due, monotonic nanoseconds.</summary>
    internal long UntilNs { get; private init; }

    /// <summary>The present rest in nanoseconds; the next one may grow from it.</summary>
    internal long RestNs { get; private init; }

    /// <summary>How many rests there were since the endpoint last lived, this one included.</summary>
    internal int Rests { get; private init; }

    /// <summary>What killed the endpoint or failed its last probe.</summary>
    internal Outcome Evidence { get; private init; }

    /// <summary>The rest that a probe interrupts, to return to when the probe proves nothing.</summary>
    internal BreakerState? Interrupted { get; private init; }

    internal static BreakerState NewLife() => new(BreakerPhase.Alive);

    /// <summary>The rest that follows a life's last failure, or a failed probe.</summary>
    internal static BreakerState Rest(BreakerState before, Outcome evidence, BackoffConfig backoff, long nowNs, ref SplitMix64 random)
    {
        int attempt = before.Phase == BreakerPhase.Alive ? 0 : before.Rests;
        long rest = backoff.NextNs(before.RestNs, attempt, ref random);
        return new BreakerState(BreakerPhase.Dead)
        {
            DiedAtNs = before.Phase == BreakerPhase.Alive ? nowNs : before.DiedAtNs,
            UntilNs = rest > long.MaxValue - nowNs ? long.MaxValue : nowNs + rest,
            RestNs = rest,
            Rests = attempt + 1,
            Evidence = evidence,
        };
    }

    /// <summary>The stretch in which one probe is out.</summary>
    internal static BreakerState Probe(BreakerState dead) => new(BreakerPhase.Probing)
    {
        DiedAtNs = dead.DiedAtNs,
        UntilNs = dead.UntilNs,
        RestNs = dead.RestNs,
        Rests = dead.Rests,
        Evidence = dead.Evidence,
        Interrupted = dead,
    };
}
