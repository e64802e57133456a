using Mesh.Wire;

namespace Mesh.Routing.Accrual;

/// <summary>Where an endpoint's breaker stands.</summary>
public enum BreakerPhase
{
    /// <summary>Takes requests.</summary>
    Alive,

    /// <summary>Rests; once the rest is over, one request is let through as a probe.</summary>
    Dead,

    /// <summary>A probe is out; nobody else is let in until it is back, or has been out for as long as the rest was.</summary>
    Probing,
}

/// <summary>
/// One stretch of a breaker's life. Each stretch is its own object, so that identity tells two lives apart: whoever holds an
/// old stretch cannot move the present one.
/// </summary>
/// <remarks>Immutable except <see cref="Failures"/> and <see cref="Average"/>, which requests of this very stretch keep together.</remarks>
internal sealed class BreakerState
{
    /// <summary>
    /// For so long at least a probe is waited for before another goes beside it, nanoseconds: 5 s, the first rest of the default back-off.
    /// </summary>
    internal const long LeastProbeNs = 5_000_000_000;

    /// <summary>Failures in a row: of this life; of a dead endpoint those that killed it and all since.</summary>
    internal int Failures;

    /// <summary>Of this life, where the accrual goes by a rate; null elsewhere, and after a reload to one until the first request.</summary>
    internal SuccessAverage? Average;

    private BreakerState(BreakerPhase phase) => Phase = phase;

    internal BreakerPhase Phase { get; }

    /// <summary>When the present life began, or the one that ended, monotonic nanoseconds.</summary>
    internal long LifeSinceNs { get; private init; }

    /// <summary>When the endpoint died, monotonic nanoseconds; probes that fail do not change it.</summary>
    internal long DiedAtNs { get; private init; }

    /// <summary>When a probe is due, or while one is out another beside it; monotonic nanoseconds.</summary>
    internal long UntilNs { get; private init; }

    /// <summary>The present rest in nanoseconds by the back-off alone; the next one may grow from it.</summary>
    internal long RestNs { get; private init; }

    /// <summary>How many rests there were since the endpoint last lived, this one included.</summary>
    internal int Rests { get; private init; }

    /// <summary>What killed the endpoint or failed its last probe.</summary>
    internal Outcome LastOutcome { get; private init; }

    /// <summary>The same with its numbers; null while alive.</summary>
    internal Evidence? Evidence { get; private init; }

    /// <summary>The rest that a probe interrupts, to return to when the probe proves nothing.</summary>
    internal BreakerState? Interrupted { get; private init; }

    /// <summary>Dead, and by the last that is known nothing listens there.</summary>
    internal bool IsRefusing => Phase != BreakerPhase.Alive && LastOutcome == Outcome.ConnectFailure;

    /// <summary>Of a probe: whether this stretch is the rest that it interrupted, or another probe's of that rest.</summary>
    internal bool TestsSameDeath(BreakerState state) => Interrupted is not null && ReferenceEquals(state.Interrupted ?? state, Interrupted);

    /// <param name="accrual">What will judge it.</param>
    /// <param name="nowNs">When it begins, monotonic nanoseconds.</param>
    internal static BreakerState NewLife(AccrualConfig accrual, long nowNs) =>
        new(BreakerPhase.Alive) { LifeSinceNs = nowNs, Average = SuccessAverage.For(accrual, nowNs) };

    /// <summary>The life that begins with a success.</summary>
    internal static BreakerState Revived(AccrualConfig accrual, long nowNs)
    {
        BreakerState life = NewLife(accrual, nowNs);
        life.Average?.Take(isSuccess: true, nowNs);
        return life;
    }

    /// <summary>The rest that follows a life's last failure, or a failed probe.</summary>
    internal static BreakerState Rest(BreakerState before, Evidence evidence, in Observation seen, BackoffConfig backoff, ref SplitMix64 random)
    {
        bool died = before.Phase == BreakerPhase.Alive;
        int attempt = died ? 0 : before.Rests;
        long rest = backoff.NextNs(before.RestNs, attempt, ref random);
        long atLeast = Math.Max(rest, seen.GrantedRestNs);
        return new BreakerState(BreakerPhase.Dead)
        {
            Failures = Volatile.Read(ref before.Failures) + (died || seen.Outcome == Outcome.Pushback ? 0 : 1),
            LifeSinceNs = before.LifeSinceNs,
            DiedAtNs = died ? seen.NowNs : before.DiedAtNs,
            UntilNs = After(seen.NowNs, atLeast),
            RestNs = rest,
            Rests = attempt + 1,
            LastOutcome = seen.Outcome,
            Evidence = evidence,
        };
    }

    /// <summary>The stretch that begins with a probe.</summary>
    /// <param name="before">A rest that is over, or another probe that has been out for long.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    internal static BreakerState Probe(BreakerState before, long nowNs) => new(BreakerPhase.Probing)
    {
        Failures = Volatile.Read(ref before.Failures),
        LifeSinceNs = before.LifeSinceNs,
        DiedAtNs = before.DiedAtNs,
        UntilNs = After(nowNs, Math.Max(LeastProbeNs, before.RestNs)),
        RestNs = before.RestNs,
        Rests = before.Rests,
        LastOutcome = before.LastOutcome,
        Evidence = before.Evidence,
        Interrupted = before.Interrupted ?? before,
    };

    /// <summary>The same rest of an endpoint that refuses connections by now.</summary>
    internal static BreakerState Refusing(BreakerState dead, int failures) => new(BreakerPhase.Dead)
    {
        Failures = failures,
        LifeSinceNs = dead.LifeSinceNs,
        DiedAtNs = dead.DiedAtNs,
        UntilNs = dead.UntilNs,
        RestNs = dead.RestNs,
        Rests = dead.Rests,
        LastOutcome = Outcome.ConnectFailure,
        Evidence = new Evidence.InARow(Outcome.ConnectFailure, failures),
    };

    private static long After(long nowNs, long restNs) => restNs > long.MaxValue - nowNs ? long.MaxValue : nowNs + restNs;
}
