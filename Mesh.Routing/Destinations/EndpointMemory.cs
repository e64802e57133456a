using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;

namespace Mesh.Routing.Destinations;

/// <summary>
/// What stays known of an address between leaving the set and coming back: failures, rest, latency. Not what active checks said, they begin anew;
/// nor a wish to be spared, which is over within a minute.
/// </summary>
/// <param name="Breaker">Alive or resting; an interrupted probe became the rest before it.</param>
/// <param name="Load">A copy of the latency.</param>
/// <param name="LeftAtNs">When the address left, monotonic nanoseconds.</param>
internal sealed record EndpointMemory(BreakerState Breaker, PeakEwmaLoad Load, long LeftAtNs)
{
    internal static EndpointMemory Blank(DestinationOptions options, long nowNs) =>
        new(BreakerState.NewLife(options.Accrual, nowNs), new PeakEwmaLoad(options.Balancer.Decay, nowNs), nowNs);

    /// <summary>The same under other options: another time constant of the latency average, an accrual that kills nobody.</summary>
    internal EndpointMemory Under(DestinationOptions options, long nowNs) => this with
    {
        Load = Load.Under(options.Balancer.Decay, nowNs),
        Breaker = options.Accrual.SparesAll && Breaker.Phase != BreakerPhase.Alive ? BreakerState.NewLife(options.Accrual, nowNs) : Breaker,
    };

    internal static EndpointMemory Of(Endpoint endpoint, long nowNs)
    {
        BreakerState state = endpoint.Breaker.State;
        return new EndpointMemory(state.Interrupted ?? state, endpoint.Load, nowNs);
    }
}
