using Mesh.Wire;

namespace Mesh.Routing.Accrual;

/// <summary>
/// The breaker of one endpoint. Think of a door with a paper on it: each change of mind is a new paper, pinned up by whoever still finds
/// the paper on which the change is based (compare-and-set). A request notes the paper it came in under, its *ticket*, and its outcome
/// counts only while that paper still hangs. So a straggler from before a death cannot revive, a failure from an earlier life cannot
/// kill, and of two requests that see the rest end, one becomes the probe and the other finds the door changed. A probe may stay out for hours (a
/// WebSocket, a backend that hangs): once it has for as long as the rest was, another may go beside it, and the first that proves something decides.
/// </summary>
/// <remarks>
/// Hot path: admission reads one reference, a success one more integer; by a rate it moves an average (<see cref="SuccessAverage"/>). Any thread.
/// A mutable struct, kept in a field and never copied. Source: Finagle's FailureAccrualFactory (Alive, Dead, ProbeOpen, ProbeClosed); ProbeOpen is
/// "Dead, and the rest is over" here, so no timer is needed. In panic the dead paper itself is a ticket: a success under it revives, a failure is
/// counted, and the rest stays as it is. So it is where a refusing endpoint was the last resort: a success proves that it does not refuse. Rejected:
/// packing it into 64 bits, which has no room for the back-off and reuses generations.
/// </remarks>
internal struct Breaker(BreakerState state)
{
    private BreakerState _state = state;

    internal readonly BreakerState State => Volatile.Read(in _state);

    /// <summary>Whether a request may come in at <paramref name="nowNs"/>: alive, or a probe is due.</summary>
    internal readonly bool IsOpen(long nowNs)
    {
        BreakerState state = State;
        return state.Phase == BreakerPhase.Alive || nowNs >= state.UntilNs;
    }

    /// <summary>Lets one request in, as a probe if the rest is over; false when the endpoint rests or is being probed.</summary>
    internal bool TryAdmit(long nowNs, out BreakerState? ticket)
    {
        BreakerState state = State;
        if (state.Phase == BreakerPhase.Alive)
        {
            ticket = state;
            return true;
        }

        return TryProbe(state, nowNs, out ticket);
    }

    /// <summary>
    /// The most frequent of all reports: a success under a life that goes on. False when it is not that, and <see cref="Report"/> should take it.
    /// </summary>
    internal readonly bool TryTakeSuccess(BreakerState ticket, AccrualConfig accrual, long nowNs)
    {
        if (ticket.Phase != BreakerPhase.Alive || !ReferenceEquals(State, ticket)) return false;
        if (Volatile.Read(ref ticket.Failures) != 0) Volatile.Write(ref ticket.Failures, 0);
        if (accrual.IsByRate) AverageOf(ticket, accrual, nowNs).Take(isSuccess: true, nowNs);
        return true;
    }

    /// <summary>Takes in what became of the request that holds <paramref name="ticket"/>; null: it was let in despite a closed door.</summary>
    /// <param name="ticket">The stretch under which it came in.</param>
    /// <param name="seen">What became of it.</param>
    /// <param name="accrual">What judges by now.</param>
    /// <param name="tally">Says whether one more may die; whoever gets <see cref="BreakerMove.Died"/> holds a place there.</param>
    /// <param name="random">Advanced where a rest is jittered.</param>
    internal BreakerChange Report(BreakerState? ticket, in Observation seen, AccrualConfig accrual, EndpointTally tally, ref SplitMix64 random)
    {
        if (ticket is null) return BreakerChange.None;
        if (ticket.Phase == BreakerPhase.Probing) return ReportProbe(ticket, seen, accrual, ref random);
        if (!ReferenceEquals(State, ticket)) return BreakerChange.None;
        if (ticket.Phase == BreakerPhase.Dead) return ReportOfDead(ticket, seen, accrual);
        if (seen.Outcome is Outcome.Failure or Outcome.ConnectFailure) return ReportFailure(ticket, seen, accrual, tally, ref random);
        if (seen.Outcome == Outcome.Success) TryTakeSuccess(ticket, accrual, seen.NowNs);
        return BreakerChange.None;
    }

    /// <summary>Ends a death without a probe: nothing kills any more.</summary>
    internal BreakerChange Pardon(AccrualConfig accrual, long nowNs)
    {
        BreakerState state = State;
        while (state.Phase != BreakerPhase.Alive)
        {
            BreakerState life = BreakerState.NewLife(accrual, nowNs);
            BreakerState found = Interlocked.CompareExchange(ref _state, life, state);
            if (ReferenceEquals(found, state)) return new BreakerChange(BreakerMove.Revived, life);
            state = found;
        }

        return BreakerChange.None;
    }

    private static SuccessAverage AverageOf(BreakerState life, AccrualConfig accrual, long nowNs)
    {
        SuccessAverage? average = Volatile.Read(ref life.Average);
        return average is not null && average.Serves(accrual) ? average : Renew(life, average, accrual, nowNs);
    }

    /// <summary>A reload has changed what judges: the life is judged anew, by what comes from here on.</summary>
    private static SuccessAverage Renew(BreakerState life, SuccessAverage? before, AccrualConfig accrual, long nowNs)
    {
        SuccessAverage fresh = SuccessAverage.For(accrual, nowNs)!;
        SuccessAverage? found = Interlocked.CompareExchange(ref life.Average, fresh, before);
        return ReferenceEquals(found, before) || !found!.Serves(accrual) ? fresh : found;
    }

    private bool TryProbe(BreakerState state, long nowNs, out BreakerState? ticket)
    {
        ticket = null;
        if (nowNs < state.UntilNs) return false;
        BreakerState probe = BreakerState.Probe(state, nowNs);
        if (!TryMove(state, probe)) return false;
        ticket = probe;
        return true;
    }

    private BreakerChange ReportFailure(BreakerState life, in Observation seen, AccrualConfig accrual, EndpointTally tally, ref SplitMix64 random)
    {
        int failures = Interlocked.Increment(ref life.Failures);
        if (Verdict(life, failures, seen, accrual) is not { } evidence) return BreakerChange.None;
        if (!tally.TryReserveDeath()) return new BreakerChange(BreakerMove.Spared, null);
        BreakerState rest = BreakerState.Rest(life, evidence, seen, accrual.Backoff, ref random);
        if (TryMove(life, rest)) return new BreakerChange(BreakerMove.Died, rest);
        tally.ReleaseDeath();
        return BreakerChange.None;
    }

    /// <summary>What condemns the endpoint; null when nothing does.</summary>
    private static Evidence? Verdict(BreakerState life, int failures, in Observation seen, AccrualConfig accrual)
    {
        if (seen.Outcome == Outcome.ConnectFailure && failures >= accrual.RefusalThreshold) return new Evidence.InARow(seen.Outcome, failures);
        if (!accrual.IsByRate) return failures >= accrual.Threshold ? new Evidence.InARow(seen.Outcome, failures) : null;
        (double rate, bool isRipe) = AverageOf(life, accrual, seen.NowNs).Take(isSuccess: false, seen.NowNs);
        double required = accrual is AccrualConfig.SuccessRate rule ? rule.Rate : ((AccrualConfig.SuccessRateWindowed)accrual).Rate;
        return isRipe && rate < required ? new Evidence.LowRate(seen.Outcome, rate, accrual) : null;
    }

    /// <summary>
    /// Of several probes of one death the first that proves something decides. One that proves nothing lets the next go, if none has gone yet.
    /// </summary>
    private BreakerChange ReportProbe(BreakerState probe, in Observation seen, AccrualConfig accrual, ref SplitMix64 random)
    {
        BreakerState state = State;
        while (probe.TestsSameDeath(state) && (seen.Outcome != Outcome.Ignored || ReferenceEquals(state, probe)))
        {
            BreakerChange change = JudgeProbe(state, seen, accrual, ref random);
            BreakerState found = Interlocked.CompareExchange(ref _state, change.State!, state);
            if (ReferenceEquals(found, state)) return change;
            state = found;
        }

        return BreakerChange.None;
    }

    /// <summary>An endpoint that answers a probe with a wish to be spared gets its wish: it rests at least as long as it asks.</summary>
    private static BreakerChange JudgeProbe(BreakerState state, in Observation seen, AccrualConfig accrual, ref SplitMix64 random)
    {
        if (seen.Outcome == Outcome.Success) return new BreakerChange(BreakerMove.Revived, BreakerState.Revived(accrual, seen.NowNs));
        if (seen.Outcome == Outcome.Ignored) return new BreakerChange(BreakerMove.ProbeReleased, state.Interrupted);
        Evidence evidence = seen.Outcome == Outcome.Pushback
            ? new Evidence.RetryAfter(seen.GrantedRestNs)
            : new Evidence.FailedProbe(seen.Outcome, Volatile.Read(ref state.Failures) + 1);
        return new BreakerChange(BreakerMove.ProbeFailed, BreakerState.Rest(state, evidence, seen, accrual.Backoff, ref random));
    }

    /// <summary>Came in while most siblings were out, or all: proves that the endpoint works, or changes nothing but what is known of it.</summary>
    private BreakerChange ReportOfDead(BreakerState dead, in Observation seen, AccrualConfig accrual)
    {
        switch (seen.Outcome)
        {
            case Outcome.Success:
                BreakerState life = BreakerState.Revived(accrual, seen.NowNs);
                return TryMove(dead, life) ? new BreakerChange(BreakerMove.Revived, life) : BreakerChange.None;
            case Outcome.Failure:
                Interlocked.Increment(ref dead.Failures);
                return BreakerChange.None;
            case Outcome.ConnectFailure:
                int failures = Interlocked.Increment(ref dead.Failures);
                if (!dead.IsRefusing) TryMove(dead, BreakerState.Refusing(dead, failures));
                return BreakerChange.None;
            default:
                return BreakerChange.None;
        }
    }

    private bool TryMove(BreakerState from, BreakerState to) => ReferenceEquals(Interlocked.CompareExchange(ref _state, to, from), from);
}
