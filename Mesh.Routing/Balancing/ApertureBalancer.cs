using System.Runtime.CompilerServices;
using Mesh.Routing.Destinations;
using Mesh.Wire;

namespace Mesh.Routing.Balancing;

/// <summary>
/// Two choices by requests out, among the first few endpoints of an order that is this node's own: as few as the load asks for
/// (<see cref="ApertureWidth"/>). So a node with little traffic to a large set keeps few connections, and these stay warm (Finagle's Aperture,
/// with its random order; its coordinated one needs to know all peers).
/// </summary>
/// <remarks>
/// Hot path. The order is that of a hash of address and node seed: other nodes have others, and an endpoint that joins or leaves moves nobody
/// else. The window reaches over closed endpoints until it holds as many open ones as the width says; that is looked up when the width is,
/// and when both draws were closed, at most each millisecond. Weights draw within the window, and count as in <see cref="LeastLoadedMeasure"/>.
/// </remarks>
internal sealed class ApertureBalancer : IBalancer
{
    private const long ReachAgainNs = 1_000_000;

    private readonly ApertureWidth _width;
    private readonly int[] _order;
    private readonly double[]? _shares;
    private readonly double[]? _sums;
    private int _reach;
    private long _reachedAtNs;

    private ApertureBalancer(ApertureWidth width, int[] order, double[] relativeWeights, SlowStart? slowStart, long nowNs)
    {
        _width = width;
        _order = order;
        SlowStart = slowStart;
        _reachedAtNs = nowNs - ReachAgainNs;
        if (Weights.AreEqual(relativeWeights)) return;
        _shares = Weights.Shares(relativeWeights);
        _sums = new double[order.Length];
        double sum = 0;
        for (int place = 0; place < order.Length; place++) _sums[place] = sum += relativeWeights[order[place]];
    }

    public SlowStart? SlowStart { get; }

    internal ApertureWidth Width => _width;

    internal ReadOnlySpan<int> Order => _order;

    /// <summary>Keeps the width of the balancer before. Who has no weight stands behind all others.</summary>
    internal static ApertureBalancer For(
        ApertureConfig config, Endpoint[] endpoints, double[] relativeWeights, SlowStart? slowStart, in BalancerContext context)
    {
        ApertureWidth width = context.Previous is not ApertureBalancer before ? new ApertureWidth(config, context.NowNs)
            : before._width.Config == config ? before._width
            : before._width.Under(config);
        int[] order = [.. Enumerable.Range(0, endpoints.Length)];
        ulong seed = context.Seed;
        (bool, ulong)[] places = [.. endpoints.Select(
            (endpoint, index) => (relativeWeights[index] <= 0, StableHash.Mix(StableHash.Of(endpoint.Key) ^ seed)))];
        Array.Sort(places, order);
        return new ApertureBalancer(width, order, relativeWeights, slowStart, context.NowNs);
    }

    public int Choose(Endpoint[] endpoints, in PickRequest request, ref SplitMix64 random)
    {
        if (endpoints.Length == 1) return 0;
        if (_width.TryBeginLook(request.NowNs, out long sinceNs)) Look(endpoints, request.NowNs, sinceNs);
        else if (Volatile.Read(ref _reach) == 0) Reach(endpoints, request.NowNs);
        int chosen = ChooseWithin(endpoints, request, ref random);
        if (IsOpen(endpoints[chosen], request) || request.NowNs - Volatile.Read(ref _reachedAtNs) < ReachAgainNs) return chosen;
        Reach(endpoints, request.NowNs);
        return ChooseWithin(endpoints, request, ref random);
    }

    private int ChooseWithin(Endpoint[] endpoints, in PickRequest request, ref SplitMix64 random)
    {
        // Another attempt needs somebody beside the one before.
        int reach = Math.Min(endpoints.Length, Volatile.Read(ref _reach) + (request.Excluded is null ? 0 : 1));
        if (reach == 1) return _order[0];
        bool plain = _sums is null && SlowStart is null;
        int first = plain ? random.Next(reach) : Draw(endpoints, reach, request.NowNs, ref random);
        int second = plain ? random.Next(reach - 1) : Draw(endpoints, reach, request.NowNs, ref random);
        if (plain && second >= first) second++;
        return first == second ? _order[first] : Better(endpoints, _order[first], _order[second], request);
    }

    /// <summary>A place in the window, by weight.</summary>
    private int Draw(Endpoint[] endpoints, int reach, long nowNs, ref SplitMix64 random)
    {
        for (int draw = 0; ; draw++)
        {
            int place = _sums is null ? random.Next(reach) : Find(_sums.AsSpan(0, reach), random.NextDouble());
            if (SlowStart is null || SlowStart.Stands(endpoints[_order[place]], nowNs, draw, ref random)) return place;
        }
    }

    private static int Find(ReadOnlySpan<double> sums, double part)
    {
        int found = sums.BinarySearch(part * sums[^1]);
        return Math.Min(found < 0 ? ~found : found + 1, sums.Length - 1);
    }

    private int Better(Endpoint[] endpoints, int first, int second, in PickRequest request)
    {
        (Endpoint one, Endpoint other) = (endpoints[first], endpoints[second]);
        bool open = IsOpen(one, request);
        if (open != IsOpen(other, request)) return open ? first : second;
        (double oneShare, double otherShare) = (Share(one, first, request.NowNs), Share(other, second, request.NowNs));
        return LeastLoadedMeasure.Keeps(one, oneShare, other, otherShare, request.NowNs) ? first : second;
    }

    private double Share(Endpoint endpoint, int index, long nowNs) => (_shares?[index] ?? 1) / (SlowStart?.Part(endpoint, nowNs) ?? 1);

    private static bool IsOpen(Endpoint endpoint, in PickRequest request)
        => endpoint.IsOpen(request.NowNs) && !ReferenceEquals(endpoint, request.Excluded);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Look(Endpoint[] endpoints, long nowNs, long sinceNs)
    {
        int requestsOut = 1;
        foreach (Endpoint endpoint in endpoints) requestsOut += endpoint.InFlight;
        _width.Observe(sinceNs, requestsOut, endpoints.Length);
        Reach(endpoints, nowNs);
    }

    /// <summary>Finds how far the window must reach to hold as many open endpoints as it is wide.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Reach(Endpoint[] endpoints, long nowNs)
    {
        Volatile.Write(ref _reachedAtNs, nowNs);
        int missing = _width.Width;
        int reach = 0;
        while (reach < endpoints.Length && missing > 0)
            if (endpoints[_order[reach++]].IsOpen(nowNs))
                missing--;
        Volatile.Write(ref _reach, reach);
    }
}
