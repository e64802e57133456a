using System.Diagnostics;
using Mesh.Routing.Destinations;
using Mesh.Wire;

namespace Mesh.Routing.Balancing;

/// <summary>
/// A ring of hashes: each endpoint owns many points on it, as many as its weight says, and a key belongs to the first point at or after it (Karger
/// 1997; ketama). An endpoint that leaves leaves its keys to many others, and those of others stay.
/// </summary>
/// <remarks>
/// Hot path: a lookup is two reads. Points lie sorted in buckets by their upper bits, one or two in each, so that nothing is searched. The
/// points of an endpoint are the first of one sequence that depends on its address alone. An endpoint's share of keys scatters around its weight
/// with one part in the square root of its points: 6 % for 256, 14 % where 10 000 endpoints leave each 52.
/// </remarks>
internal sealed class HashRing : IHashTable<HashRing>
{
    /// <summary>Points of an endpoint of average weight, in sets of up to 2048.</summary>
    internal const int PointsEach = 256;

    /// <summary>Points of a ring: 5 MiB with its buckets, built in some 20 ms.</summary>
    internal const int MaximumPoints = 1 << 19;

    /// <summary>Low bits of a point that say whose it is; a set has at most 10 000 endpoints.</summary>
    private const int IndexBits = 14;

    private const ulong IndexMask = (1UL << IndexBits) - 1;

    private readonly ulong[] _points;
    private readonly int[] _starts;
    private readonly int _shift;

    private HashRing(ulong[] points, int[] starts, int shift)
    {
        _points = points;
        _starts = starts;
        _shift = shift;
    }

    internal int Points => _points.Length;

    public static HashRing Build(ReadOnlySpan<ulong> identities, ReadOnlySpan<double> relativeWeights)
    {
        Debug.Assert(identities.Length <= EndpointTable.MaximumEndpoints, "an index must fit into its bits");
        ulong[] points = Scatter(identities, relativeWeights);
        int shift = 64 - Math.Max(1, 31 - int.LeadingZeroCount(points.Length));
        int[] starts = Starts(points, shift);
        var sorted = new ulong[points.Length];
        foreach (ulong point in points) Insert(sorted, starts, point, shift);
        return new HashRing(sorted, starts, shift);
    }

    public HashWalk Begin(ulong key)
    {
        int bucket = (int)(key >> _shift);
        int at = bucket == 0 ? 0 : _starts[bucket - 1];
        int end = _starts[bucket];
        while (at < end && _points[at] < key) at++;
        return new HashWalk(at, 1);
    }

    public int Next(ref HashWalk walk)
    {
        if (walk.At >= _points.Length) walk.At = 0;
        return (int)(_points[walk.At++] & IndexMask);
    }

    private static ulong[] Scatter(ReadOnlySpan<ulong> identities, ReadOnlySpan<double> relativeWeights)
    {
        double each = Math.Min(PointsEach, MaximumPoints / identities.Length);
        var points = new List<ulong>((int)each * identities.Length + identities.Length);
        for (int index = 0; index < identities.Length; index++)
        {
            var sequence = new SplitMix64(identities[index]);
            int count = relativeWeights[index] > 0 ? Math.Max(1, (int)Math.Round(relativeWeights[index] * each)) : 0;
            for (int point = 0; point < count; point++) points.Add((sequence.Next() & ~IndexMask) | (uint)index);
        }

        return [.. points];
    }

    /// <summary>Where each bucket begins; while points are put in, how far it is filled; then where it ends.</summary>
    private static int[] Starts(ulong[] points, int shift)
    {
        var starts = new int[1 << (64 - shift)];
        foreach (ulong point in points) starts[point >> shift]++;
        int sum = 0;
        foreach (ref int start in starts.AsSpan()) (start, sum) = (sum, sum + start);
        return starts;
    }

    /// <summary>Puts a point into its bucket, in order.</summary>
    private static void Insert(ulong[] sorted, int[] starts, ulong point, int shift)
    {
        ulong bucket = point >> shift;
        int at = starts[bucket]++;
        while (at > 0 && sorted[at - 1] > point && sorted[at - 1] >> shift == bucket) sorted[at] = sorted[--at];
        sorted[at] = point;
    }
}
