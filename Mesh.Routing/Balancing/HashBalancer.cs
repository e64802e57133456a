using System.Runtime.CompilerServices;
using Mesh.Routing.Destinations;
using Mesh.Wire;

namespace Mesh.Routing.Balancing;

/// <summary>
/// Requests of one key go to one endpoint, as long as it is open and has room; else to the next one on the key's own walk through the table,
/// so that a dead endpoint's keys spread over all others and come back with it. Requests without a key are spread at random.
/// </summary>
/// <remarks>
/// Hot path. An endpoint that warms up takes the part of its keys that it is ready for, always the same ones. If nobody has room (an excluded
/// endpoint's room does not count), the one with the fewest requests out per weight of those that were looked at gets it.
/// </remarks>
internal sealed class HashBalancer<TTable> : IBalancer
    where TTable : class, IHashTable<TTable>
{
    /// <summary>Steps of a walk; with a bound of 1.25 and all open, 16 are rarely needed.</summary>
    internal const int MaximumSteps = 64;

    /// <summary>Endpoints that are looked at one by one when the walk has found nobody.</summary>
    internal const int MaximumSweep = 1024;

    private readonly TTable? _table;
    private readonly ulong[] _identities;
    private readonly double[] _weights;
    private readonly BoundedLoad? _bound;

    private HashBalancer(TTable? table, ulong[] identities, double[] relativeWeights, BoundedLoad? bound, SlowStart? slowStart)
    {
        _table = table;
        _identities = identities;
        _weights = relativeWeights;
        _bound = bound;
        SlowStart = slowStart;
    }

    public SlowStart? SlowStart { get; }

    /// <summary>Null for one endpoint, which needs none.</summary>
    internal TTable? Table => _table;

    /// <summary>Goes on with the table before if it says the same.</summary>
    internal static HashBalancer<TTable> For(
        HashConfig config, Endpoint[] endpoints, double[] relativeWeights, SlowStart? slowStart, in BalancerContext context)
    {
        ulong[] identities = Array.ConvertAll(endpoints, static endpoint => StableHash.Of(endpoint.Key));
        TTable? table = endpoints.Length == 1 ? null
            : context.Previous is HashBalancer<TTable> before && before.Fits(identities, relativeWeights) ? before._table
            : TTable.Build(identities, relativeWeights);
        BoundedLoad? bound = config.BoundedLoad > 0 ? new BoundedLoad(Math.Max(1, config.BoundedLoad), relativeWeights) : null;
        return new HashBalancer<TTable>(table, identities, relativeWeights, bound, slowStart);
    }

    public int Choose(Endpoint[] endpoints, in PickRequest request, ref SplitMix64 random)
    {
        if (endpoints.Length == 1) return 0;
        ulong key = request.Affinity != 0 ? StableHash.Mix(request.Affinity) : random.Next();
        HashWalk walk = _table!.Begin(key);
        int own = _table.Next(ref walk);
        Endpoint endpoint = endpoints[own];
        return IsOpen(endpoint, request) && Takes(endpoints, own, endpoint.InFlight, key, request.NowNs)
            ? own
            : StandIn(endpoints, request, key, walk, own);
    }

    private bool Fits(ulong[] identities, double[] relativeWeights)
        => _identities.AsSpan().SequenceEqual(identities) && _weights.AsSpan().SequenceEqual(relativeWeights);

    private static bool IsOpen(Endpoint endpoint, in PickRequest request)
        => endpoint.IsOpen(request.NowNs) && !ReferenceEquals(endpoint, request.Excluded);

    private bool Takes(Endpoint[] endpoints, int index, int inFlight, ulong key, long nowNs)
        => (SlowStart is null || SlowStart.Takes(endpoints[index], nowNs, key))
            && (_bound is null || _bound.HasRoom(endpoints, index, inFlight, nowNs));

    /// <summary>Cold: the key's own endpoint is closed or full.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int StandIn(Endpoint[] endpoints, in PickRequest request, ulong key, HashWalk walk, int own)
    {
        int least = -1;
        double load = double.PositiveInfinity;
        int sweep = Math.Min(endpoints.Length, MaximumSweep);
        int start = (int)(key % (ulong)endpoints.Length);
        int last = own;
        for (int step = 0; step < MaximumSteps + sweep; step++)
        {
            int index = step < MaximumSteps ? _table!.Next(ref walk) : (start + step - MaximumSteps) % endpoints.Length;
            Endpoint endpoint = endpoints[index];
            if ((index == last && least >= 0) || _weights[index] <= 0 || !IsOpen(endpoint, request)) continue;
            last = index;
            int inFlight = endpoint.InFlight;
            if (Takes(endpoints, index, inFlight, key, request.NowNs)) return index;
            double perWeight = (inFlight + 1) / _weights[index];
            if (perWeight < load) (least, load) = (index, perWeight);
        }

        return least < 0 ? own : least;
    }
}
