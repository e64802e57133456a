using Mesh.Routing.Destinations;
using Mesh.Wire;

namespace Mesh.Routing.Balancing;

/// <summary>
/// Of all endpoints the one with the fewest requests out, ties at random; Finagle's and Linkerd's <c>heap</c>. Smoothest where one node sends all
/// the traffic of a few endpoints; many nodes that each take their least loaded herd less with two choices.
/// </summary>
/// <remarks>
/// Hot path. Not a heap: a random draw that is idle is a least loaded one, so a few draws end most picks; else a look at all, 2 to 4 ns each.
/// That needs no lock and no second account of what is out: a heap is put right at each dispatch and each completion, under one lock. Picks at
/// one and the same instant may name the same endpoint, so the least is exact up to the number of threads that pick. Beyond
/// <see cref="MaximumLooks"/> endpoints it is the least of that many neighbours, from a random one on. With weights a first draw that is idle
/// holds, so that idle endpoints share by weight; else the least is the one with the fewest requests out per weight, half the next one counted
/// (Webster's rounding).
/// </remarks>
internal sealed class HeapBalancer : IBalancer
{
    /// <summary>Endpoints that one pick looks at: 2 to 4 us if all are busy; the least of so many is among the best 0.1 % of any set.</summary>
    internal const int MaximumLooks = 1024;

    /// <summary>Draws for an idle one: as good as a look at all while more than a third are idle.</summary>
    private const int MaximumDraws = 8;

    private readonly WeightedDraw? _draw;
    private readonly double[]? _shares;

    internal HeapBalancer(double[] relativeWeights, SlowStart? slowStart)
    {
        SlowStart = slowStart;
        if (Weights.AreEqual(relativeWeights)) return;
        _draw = new WeightedDraw(relativeWeights);
        _shares = Weights.Shares(relativeWeights);
        for (int index = 0; index < _shares.Length; index++)
            if (relativeWeights[index] <= 0)
                _shares[index] = double.PositiveInfinity;
    }

    public SlowStart? SlowStart { get; }

    public int Choose(Endpoint[] endpoints, in PickRequest request, ref SplitMix64 random)
    {
        if (endpoints.Length == 1) return 0;
        if (_draw is not null || SlowStart is not null) return ChooseByShare(endpoints, request, ref random);
        for (int draw = Math.Min(endpoints.Length, MaximumDraws); draw > 0; draw--)
        {
            int index = random.Next(endpoints.Length);
            if (endpoints[index].InFlight == 0 && IsOpen(endpoints[index], request)) return index;
        }

        return Least(endpoints, request, ref random);
    }

    private static bool IsOpen(Endpoint endpoint, in PickRequest request)
        => endpoint.IsOpen(request.NowNs) && !ReferenceEquals(endpoint, request.Excluded);

    private static int Least(Endpoint[] endpoints, in PickRequest request, ref SplitMix64 random)
    {
        int at = random.Next(endpoints.Length);
        int chosen = at;
        int least = int.MaxValue;
        int ties = 0;
        for (int looks = Math.Min(endpoints.Length, MaximumLooks); looks > 0; looks--)
        {
            if (++at == endpoints.Length) at = 0;
            int inFlight = endpoints[at].InFlight;
            if (inFlight > least || !IsOpen(endpoints[at], request)) continue;
            if (inFlight < least) (least, ties) = (inFlight, 1);
            else if (random.Next(++ties) != 0) continue;
            chosen = at;
        }

        return chosen;
    }

    private int ChooseByShare(Endpoint[] endpoints, in PickRequest request, ref SplitMix64 random)
    {
        int first = Draw(endpoints, request.NowNs, ref random);
        bool isOpen = IsOpen(endpoints[first], request);
        int inFlight = endpoints[first].InFlight;
        if (isOpen && inFlight == 0) return first;
        int at = random.Next(endpoints.Length);
        int least = first;
        double load = isOpen ? (2 * inFlight + 1) * Share(endpoints[first], first, request.NowNs) : double.PositiveInfinity;
        for (int looks = Math.Min(endpoints.Length, MaximumLooks); looks > 0; looks--)
        {
            if (++at == endpoints.Length) at = 0;
            Endpoint endpoint = endpoints[at];
            double next = (2 * endpoint.InFlight + 1) * Share(endpoint, at, request.NowNs);
            if (next < load && IsOpen(endpoint, request)) (least, load) = (at, next);
        }

        return least;
    }

    private int Draw(Endpoint[] endpoints, long nowNs, ref SplitMix64 random)
    {
        for (int draw = 0; ; draw++)
        {
            int index = _draw?.Next(ref random) ?? random.Next(endpoints.Length);
            if (SlowStart is null || SlowStart.Stands(endpoints[index], nowNs, draw, ref random)) return index;
        }
    }

    private double Share(Endpoint endpoint, int index, long nowNs) => (_shares?[index] ?? 1) / (SlowStart?.Part(endpoint, nowNs) ?? 1);
}
