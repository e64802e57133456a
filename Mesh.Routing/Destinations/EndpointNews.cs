using Mesh.Routing.Accrual;

namespace Mesh.Routing.Destinations;

/// <summary>What happened to a destination's endpoints: each move is counted and told to the actor, once, by whoever made it.</summary>
/// <remarks>What an endpoint that left does is no news. Rare; allocates.</remarks>
internal sealed class EndpointNews(Destination owner)
{
    /// <summary>A breaker moved, or would have.</summary>
    internal void Tell(Endpoint endpoint, in BreakerChange change, in Observation seen)
    {
        if (change.Move == BreakerMove.Spared)
        {
            owner.Counters.CountEjectionRefused();
            return;
        }

        if (change.Move is BreakerMove.Died or BreakerMove.Revived) endpoint.Settle(reserved: change.Move == BreakerMove.Died ? 1 : 0);
        if (endpoint.IsRetired) return;
        EndpointMove move = Count(change, seen);
        Tell(endpoint, new EndpointTransition(owner.Id, endpoint.Address, move, seen.Outcome, seen.NowNs, change.State?.Evidence));
    }

    /// <summary>What active checks say changed.</summary>
    /// <param name="endpoint">Of whom.</param>
    /// <param name="sickness">Null: well again.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    internal void Tell(Endpoint endpoint, Sickness? sickness, long nowNs)
    {
        endpoint.Settle();
        if (endpoint.IsRetired) return;
        owner.Counters.CountHealth(sickness is not null);
        EndpointMove move = sickness is null ? EndpointMove.Recovered : EndpointMove.Sickened;
        Tell(endpoint, new EndpointTransition(owner.Id, endpoint.Address, move, Outcome.Ignored, nowNs, sickness?.Evidence));
    }

    private EndpointMove Count(in BreakerChange change, in Observation seen)
    {
        switch (change.Move)
        {
            case BreakerMove.Died:
                owner.Counters.CountDeath();
                owner.Counters.CountRest(change.State!.UntilNs - seen.NowNs);
                return EndpointMove.Died;
            case BreakerMove.ProbeFailed:
                owner.Counters.CountRest(change.State!.UntilNs - seen.NowNs);
                return EndpointMove.ProbeFailed;
            case BreakerMove.Revived:
                owner.Counters.CountRevival();
                return EndpointMove.Revived;
            default:
                return EndpointMove.ProbeReleased;
        }
    }

    /// <summary>One on probation that dies or falls ill is let go at the next look.</summary>
    private void Tell(Endpoint endpoint, EndpointTransition transition)
    {
        owner.Actor?.Tell(endpoint.Key.Instance is { } instance ? transition with { Instance = instance } : transition, null);
        if (endpoint.IsUnlisted && transition.Move is EndpointMove.Died or EndpointMove.Sickened) owner.Nudge();
    }
}
