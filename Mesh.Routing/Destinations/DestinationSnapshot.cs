using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Wire;

namespace Mesh.Routing.Destinations;

/// <summary>Whether a destination can take requests.</summary>
public enum DestinationState
{
    /// <summary>The first address set is not here yet: wait for the next snapshot.</summary>
    Pending,

    /// <summary>There are endpoints.</summary>
    Available,

    /// <summary>The address set is known, and nobody in it.</summary>
    NoAddress,

    /// <summary>The addresses were never known, because asking failed.</summary>
    Failed,
}

/// <summary>What a destination's requests go by until the next one: endpoints and how to choose among them.</summary>
/// <remarks>Immutable; the endpoints in it are live objects. Hot path: a request reads it once.</remarks>
public sealed class DestinationSnapshot
{
    /// <summary>Most endpoints that are looked at one by one when draws find none open; bounds a pick in a large set.</summary>
    internal const int MaximumSweep = 64;

    internal static readonly DestinationSnapshot Pending = new(DestinationState.Pending, null, [], BalancerConfig.Default, new EndpointTally());

    private readonly Endpoint[] _endpoints;
    private readonly IBalancer? _balancer;
    private readonly Refuge? _refuge;
    private readonly int _maxEffort;
    private readonly bool _isWeighted;

    /// <param name="state">Whether requests can be taken.</param>
    /// <param name="reason">Why not, in words for an operator.</param>
    /// <param name="endpoints">The set.</param>
    /// <param name="config">How to choose among them.</param>
    /// <param name="tally">Of the destination.</param>
    /// <param name="context">What the balancer goes on from.</param>
    internal DestinationSnapshot(
        DestinationState state, string? reason, Endpoint[] endpoints, BalancerConfig config, EndpointTally tally, BalancerContext context = default)
    {
        State = state;
        Reason = reason;
        _endpoints = endpoints;
        _balancer = endpoints.Length > 0 ? Balancers.For(config, endpoints, context) : null;
        _isWeighted = Array.Exists(endpoints, static endpoint => endpoint.Weight > 0);
        _refuge = endpoints.Length > MaximumSweep ? new Refuge(endpoints, _isWeighted, tally) : null;
        _maxEffort = Math.Max(1, config.MaxEffort);
    }

    public DestinationState State { get; }

    /// <summary>Why <see cref="DestinationState.Failed"/>, in words for an operator.</summary>
    public string? Reason { get; }

    public ImmutableArray<Endpoint> Endpoints => ImmutableCollectionsMarshal.AsImmutableArray(_endpoints);

    /// <summary>Null without endpoints. The next snapshot's goes on from it.</summary>
    internal IBalancer? Balancer => _balancer;

    /// <summary>Whether it was made of this very array.</summary>
    internal bool Holds(Endpoint[] endpoints) => ReferenceEquals(_endpoints, endpoints);

    /// <summary>
    /// Where a balancer that hashes sends a key's requests just now, if all goes well. Only of such a balancer: another one would draw. Cold.
    /// </summary>
    public Endpoint? HomeOf(in PickRequest request)
    {
        SplitMix64 random = new(request.Affinity);
        return _balancer is null ? null : _endpoints[_balancer.Choose(_endpoints, request, ref random)];
    }

    /// <summary>
    /// Draws up to maxEffort times; then looks for any open endpoint; then goes back to the excluded one if that is open; then to those that asked to
    /// be spared; then fails open: one more draw gets the request however closed, a refusing one last of all. False only if there are no endpoints,
    /// or all drawn ones have left since.
    /// </summary>
    internal bool TryPick(in PickRequest request, ref SplitMix64 random, DestinationCounters counters, out EndpointLease lease)
    {
        if (_balancer is null)
        {
            lease = default;
            return false;
        }

        int effort = _endpoints.Length == 1 ? 1 : _maxEffort;
        for (int draw = 0; draw < effort; draw++)
        {
            Endpoint endpoint = _endpoints[_balancer.Choose(_endpoints, request, ref random)];
            if (!ReferenceEquals(endpoint, request.Excluded) && endpoint.TryAdmit(request.NowNs, out lease)) return true;
        }

        return TryPickHard(request, ref random, counters, out lease);
    }

    private bool TryPickHard(in PickRequest request, ref SplitMix64 random, DestinationCounters counters, out EndpointLease lease)
    {
        Endpoint? excluded = request.Excluded;
        if (excluded is null || _endpoints.Length > 1) counters.CountEffortExhausted();
        if (excluded is not null && Array.IndexOf(_endpoints, excluded) < 0) excluded = null;
        if (TryAnybody(request, excluded, despitePushback: false, ref random, out lease)) return true;
        Endpoint spared = _endpoints[_balancer!.Choose(_endpoints, request, ref random)];
        if (!ReferenceEquals(spared, request.Excluded) && spared.TryAdmit(request.NowNs, out lease, despitePushback: true)) return true;
        if (TryAnybody(request, excluded, despitePushback: true, ref random, out lease)) return true;
        if (!TryFailOpen(request, ref random, out lease)) return false;
        counters.CountFailOpen();
        return true;
    }

    private bool TryAnybody(in PickRequest request, Endpoint? excluded, bool despitePushback, ref SplitMix64 random, out EndpointLease lease) =>
        TrySweep(request, despitePushback, ref random, out lease)
        || (_refuge is not null && _refuge.TryAdmit(request, despitePushback, ref random, out lease))
        || (excluded is not null && excluded.TryAdmit(request.NowNs, out lease, despitePushback));

    private bool TrySweep(in PickRequest request, bool despitePushback, ref SplitMix64 random, out EndpointLease lease)
    {
        int start = random.Next(_endpoints.Length);
        int sweep = Math.Min(_endpoints.Length, MaximumSweep);
        for (int step = 0; step < sweep; step++)
        {
            Endpoint endpoint = At(start + step);
            if (ReferenceEquals(endpoint, request.Excluded) || !TakesTraffic(endpoint)) continue;
            if (endpoint.TryAdmit(request.NowNs, out lease, despitePushback)) return true;
        }

        lease = default;
        return false;
    }

    /// <summary>
    /// Nobody is usable. By the balancer among those that answer; then any that answers; then whoever is drawn. Of a large set so many are looked at.
    /// </summary>
    private bool TryFailOpen(in PickRequest request, ref SplitMix64 random, out EndpointLease lease)
    {
        Endpoint last = _endpoints[_balancer!.Choose(_endpoints, request, ref random)];
        for (int draw = 1; draw < _maxEffort && last.IsRefusing; draw++) last = _endpoints[_balancer.Choose(_endpoints, request, ref random)];
        int start = random.Next(_endpoints.Length);
        int sweep = Math.Min(_endpoints.Length, MaximumSweep);
        for (int step = 0; step < sweep && last.IsRefusing; step++)
        {
            Endpoint other = At(start + step);
            if (TakesTraffic(other) && !other.IsRefusing) last = other;
        }

        return last.TryForce(request.NowNs, out lease);
    }

    private Endpoint At(int place) => _endpoints[place % _endpoints.Length];

    /// <summary>Where nobody has a weight, all are equals.</summary>
    private bool TakesTraffic(Endpoint endpoint) => endpoint.Weight > 0 || !_isWeighted;
}
