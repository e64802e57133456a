using Mesh.Routing.Destinations;
using Mesh.Wire;

namespace Mesh.Routing.Balancing;

/// <summary>
/// The power of two choices: draw two endpoints at random, take the open one, or of two open ones the less loaded. Nearly as even as
/// knowing all loads, and no two clients herd to the same best one (Mitzenmacher 2001; Finagle's P2C).
/// </summary>
/// <remarks>
/// Hot path. Sets of equals draw two distinct endpoints. With weights, both draws follow the weights and may meet, and what the second must
/// be better by to overtake the first depends on the weights (<see cref="ILoadMeasure"/>): endpoints of like latency share by weight, while a slow
/// endpoint still loses traffic. Rejected: Finagle's weight classes, whose shares are as exact, but an endpoint alone in its class keeps
/// its share however slow or dead it is.
/// </remarks>
internal sealed class PowerOfTwoBalancer<TMeasure> : IBalancer
    where TMeasure : struct, ILoadMeasure
{
    private readonly WeightedDraw? _draw;
    private readonly double[]? _shares;

    internal PowerOfTwoBalancer(double[] relativeWeights, SlowStart? slowStart)
    {
        SlowStart = slowStart;
        if (Weights.AreEqual(relativeWeights)) return;
        _draw = new WeightedDraw(relativeWeights);
        _shares = Weights.Shares(relativeWeights);
    }

    public SlowStart? SlowStart { get; }

    public int Choose(Endpoint[] endpoints, in PickRequest request, ref SplitMix64 random)
    {
        if (endpoints.Length == 1) return 0;
        if (SlowStart is not null) return ChooseWarming(SlowStart, endpoints, request, ref random);
        if (_draw is not null) return ChooseWeighted(endpoints, request, ref random);
        ulong bits = random.Next();
        int first = (int)(((bits >> 32) * (ulong)endpoints.Length) >> 32);
        int second = endpoints.Length == 2 ? 1 - first : (int)(((uint)bits * (ulong)(endpoints.Length - 1)) >> 32);
        if (endpoints.Length != 2 && second >= first) second++;
        return Better(endpoints, first, second, 1, 1, request);
    }

    private int ChooseWeighted(Endpoint[] endpoints, in PickRequest request, ref SplitMix64 random)
    {
        int first = _draw!.Next(ref random);
        int second = _draw.Next(ref random);
        return first == second ? first : Better(endpoints, first, second, _shares![first], _shares[second], request);
    }

    private int ChooseWarming(SlowStart slowStart, Endpoint[] endpoints, in PickRequest request, ref SplitMix64 random)
    {
        int first = Draw(slowStart, endpoints, request.NowNs, ref random);
        int second = Draw(slowStart, endpoints, request.NowNs, ref random);
        if (first == second) return first;
        double firstShare = (_shares?[first] ?? 1) / slowStart.Part(endpoints[first], request.NowNs);
        double secondShare = (_shares?[second] ?? 1) / slowStart.Part(endpoints[second], request.NowNs);
        return Better(endpoints, first, second, firstShare, secondShare, request);
    }

    private int Draw(SlowStart slowStart, Endpoint[] endpoints, long nowNs, ref SplitMix64 random)
    {
        for (int draw = 0; ; draw++)
        {
            int index = _draw?.Next(ref random) ?? random.Next(endpoints.Length);
            if (slowStart.Stands(endpoints[index], nowNs, draw, ref random)) return index;
        }
    }

    private static int Better(Endpoint[] endpoints, int first, int second, double firstShare, double secondShare, in PickRequest request)
    {
        Endpoint one = endpoints[first];
        Endpoint other = endpoints[second];
        bool oneOpen = one.IsOpen(request.NowNs) && !ReferenceEquals(one, request.Excluded);
        bool otherOpen = other.IsOpen(request.NowNs) && !ReferenceEquals(other, request.Excluded);
        if (oneOpen != otherOpen) return oneOpen ? first : second;
        return TMeasure.Keeps(one, firstShare, other, secondShare, request.NowNs) ? first : second;
    }
}
