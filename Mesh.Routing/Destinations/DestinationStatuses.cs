using Mesh.Routing.Accrual;

namespace Mesh.Routing.Destinations;

/// <summary>How destinations and their endpoints stand, read from what requests go by. Any thread; each value is of its own moment.</summary>
public static class DestinationStatuses
{
    /// <summary>All but the history, which the actor keeps.</summary>
    /// <param name="destination">Whose status.</param>
    /// <param name="nowNs">Monotonic nanoseconds of the clock of requests.</param>
    public static DestinationStatus Status(this Destination destination, long nowNs)
    {
        ArgumentNullException.ThrowIfNull(destination);
        DestinationSnapshot snapshot = destination.Current;
        int usable = snapshot.Endpoints.Count(static endpoint => endpoint.IsUsable);
        return new DestinationStatus(
            destination.Id,
            snapshot.State,
            snapshot.Reason,
            [.. snapshot.Endpoints.Select(endpoint => StatusOf(endpoint, nowNs))],
            destination.Endpoints.Remembered,
            [],
            destination.IsPanicking,
            usable,
            destination.Options,
            nowNs);
    }

    /// <summary>How many endpoints stand so now.</summary>
    public static int CountOf(this Destination destination, EndpointCondition condition)
    {
        ArgumentNullException.ThrowIfNull(destination);
        long nowNs = destination.Clock.Nanoseconds();
        return destination.Current.Endpoints.Count(endpoint => Condition(endpoint, endpoint.Phase, nowNs) == condition);
    }

    private static EndpointCondition Condition(Endpoint endpoint, BreakerPhase phase, long nowNs)
    {
        if (phase == BreakerPhase.Dead) return EndpointCondition.Dead;
        if (phase == BreakerPhase.Probing) return EndpointCondition.Probing;
        if (endpoint.IsSick) return EndpointCondition.Sick;
        if (endpoint.Doubt is not null) return EndpointCondition.Doubted;
        if (nowNs < endpoint.SparedUntilNs) return EndpointCondition.Pushback;
        return endpoint.IsUnlisted ? EndpointCondition.Probation : EndpointCondition.Alive;
    }

    private static EndpointStatus StatusOf(Endpoint endpoint, long nowNs)
    {
        BreakerState state = endpoint.Breaker.State;
        Sickness? sickness = endpoint.Sickness;
        Doubt? doubt = endpoint.Doubt;
        bool alive = state.Phase == BreakerPhase.Alive;
        EndpointCondition condition = Condition(endpoint, state.Phase, nowNs);
        Evidence? why = condition switch
        {
            EndpointCondition.Dead or EndpointCondition.Probing => state.Evidence,
            EndpointCondition.Sick => sickness?.Evidence,
            EndpointCondition.Doubted => doubt?.Evidence,
            EndpointCondition.Pushback => new Evidence.RetryAfter(endpoint.SparedUntilNs - nowNs),
            _ => null,
        };
        return new EndpointStatus(
            endpoint.Address,
            endpoint.Weight,
            condition,
            state.Phase,
            Volatile.Read(ref state.Failures),
            endpoint.InFlight,
            MonotonicTime.Span((long)endpoint.Load.Cost(nowNs)),
            endpoint.Failing.Share,
            MonotonicTime.Span(nowNs - SinceNs(endpoint, state, sickness, condition, nowNs)),
            alive ? null : MonotonicTime.Span(nowNs - state.DiedAtNs),
            alive ? null : MonotonicTime.Span(state.UntilNs - nowNs),
            alive ? null : state.LastOutcome,
            why)
        { Instance = endpoint.Key.Instance };
    }

    private static long SinceNs(
        Endpoint endpoint, BreakerState state, Sickness? sickness, EndpointCondition condition, long nowNs) => condition switch
    {
        EndpointCondition.Dead or EndpointCondition.Probing => state.DiedAtNs,
        EndpointCondition.Sick when sickness is not null => sickness.SinceNs,
        EndpointCondition.Doubted when endpoint.Doubt is { } doubt => doubt.SinceNs,
        EndpointCondition.Pushback => endpoint.SparedSinceNs,
        EndpointCondition.Probation => endpoint.Probation.AtNs,
        _ => Math.Max(endpoint.WarmSinceNs, Math.Min(nowNs, endpoint.SparedUntilNs)),
    };
}
