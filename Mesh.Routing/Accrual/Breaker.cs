using Mesh.Wire;

namespace Mesh.Routing.Accrual;

/// <summary>
/// The breaker of one endpoint. Think of a door with a paper on it: each change of mind is a new paper, pinned up by whoever still finds
/// the paper on which the change is based (compare-and-set). A request notes the paper it came in under, its *ticket*, and its outcome
/// counts only while that paper still hangs. So a straggler from before a death cannot revive, a failure from an earlier life cannot
/// kill, and of two requests that see the rest end, one becomes the probe and the other finds the door changed.
/// </summary>
/// <remarks>
/// Hot path: admission reads one reference, a success one more integer. Any thread. A mutable struct, kept in a field and never copied.
/// Source: Finagle's FailureAccrualFactory (Alive, Dead, ProbeOpen, ProbeClosed); ProbeOpen is "Dead, and the rest is over" here, so no
/// timer is needed. Rejected: packing it into 64 bits, which has no room for the back-off and reuses generations.
/// </remarks>
internal struct Breaker(BreakerState state)
{
    private BreakerState _state = state;

    internal readonly BreakerState State => Volatile.Read(in _state);

    /// <summary>Whether a request may come in at <paramref name="nowNs"/>: alive, or a probe is due.</summary>
    internal readonly bool IsOpen(long nowNs)
    {
        BreakerState state = State;
        return state.Phase == BreakerPhase.Alive || (state.Phase == BreakerPhase.Dead && nowNs >= state.UntilNs);
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

    /// <summary>Takes in what became of the request that holds <paramref name="ticket"/>; null: it was let in despite a closed door.</summary>
    internal BreakerMove Report(BreakerState? ticket, Outcome outcome, AccrualConfig accrual, long nowNs, ref SplitMix64 random)
    {
        if (ticket is null || !ReferenceEquals(State, ticket)) return BreakerMove.None;
        if (ticket.Phase == BreakerPhase.Probing) return ReportProbe(ticket, outcome, accrual, nowNs, ref random);
        switch (outcome)
        {
            case Outcome.Success:
                if (Volatile.Read(ref ticket.Failures) != 0) Volatile.Write(ref ticket.Failures, 0);
                return BreakerMove.None;
            case Outcome.Failure or Outcome.ConnectFailure:
                return ReportFailure(ticket, outcome, accrual, nowNs, ref random);
            default:
                return BreakerMove.None;
        }
    }

    private bool TryProbe(BreakerState state, long nowNs, out BreakerState? ticket)
    {
        ticket = null;
        if (state.Phase != BreakerPhase.Dead || nowNs < state.UntilNs) return false;
        BreakerState probe = BreakerState.Probe(state);
        if (!TryMove(state, probe)) return false;
        ticket = probe;
        return true;
    }

    private BreakerMove ReportFailure(BreakerState life, Outcome outcome, AccrualConfig accrual, long nowNs, ref SplitMix64 random)
    {
        int threshold = accrual.Threshold;
        if (threshold == int.MaxValue || Interlocked.Increment(ref life.Failures) < threshold) return BreakerMove.None;
        BreakerState rest = BreakerState.Rest(life, outcome, accrual.Backoff, nowNs, ref random);
        return TryMove(life, rest) ? BreakerMove.Died : BreakerMove.None;
    }

    private BreakerMove ReportProbe(BreakerState probe, Outcome outcome, AccrualConfig accrual, long nowNs, ref SplitMix64 random)
    {
        (BreakerState next, BreakerMove move) = outcome switch
        {
            Outcome.Success => (BreakerState.NewLife(), BreakerMove.Revived),
            Outcome.Ignored => (probe.Interrupted!, BreakerMove.ProbeReleased),
            _ => (BreakerState.Rest(probe, outcome, accrual.Backoff, nowNs, ref random), BreakerMove.ProbeFailed),
        };
        return TryMove(probe, next) ? move : BreakerMove.None;
    }

    private bool TryMove(BreakerState from, BreakerState to) => ReferenceEquals(Interlocked.CompareExchange(ref _state, to, from), from);
}
