using Mesh.Routing.Destinations;

namespace Mesh.Routing.Balancing;

/// <summary>
/// How many requests an endpoint may have out while keys tie requests to it: c times its part, by weight, of all that would be out with one
/// more, rounded up (Mirrokni, Thorup, Zadimoghaddam 2016). All open endpoints together then always have room for the next one.
/// </summary>
/// <remarks>
/// Hot path, any thread. The sum over the set is taken anew each n/16 questions for n endpoints, always for up to 16: on average 16 looks a
/// question. Between, it is wrong by what came and went, n/16 picks or c/16 of one request a bound; an idle endpoint needs no sum. Who is
/// closed counts neither with its requests nor with its weight.
/// </remarks>
internal sealed class BoundedLoad(double factor, double[] relativeWeights)
{
    /// <summary>Endpoints that are counted for one question, on average.</summary>
    private const int LooksEach = 16;

    private double _perWeight = double.PositiveInfinity;
    private int _questions;

    /// <summary>Whether one that has so many requests out may take another.</summary>
    internal bool HasRoom(Endpoint[] endpoints, int index, int inFlight, long nowNs)
        => inFlight == 0 || inFlight < Math.Ceiling(PerWeight(endpoints, nowNs) * relativeWeights[index]);

    private double PerWeight(Endpoint[] endpoints, long nowNs)
    {
        if (endpoints.Length <= LooksEach) return Measure(endpoints, nowNs);
        if (Interlocked.Decrement(ref _questions) >= 0) return Volatile.Read(ref _perWeight);
        Volatile.Write(ref _questions, endpoints.Length / LooksEach);
        double measured = Measure(endpoints, nowNs);
        Volatile.Write(ref _perWeight, measured);
        return measured;
    }

    /// <summary>Requests that an endpoint of weight 1 may have out, unrounded.</summary>
    private double Measure(Endpoint[] endpoints, long nowNs)
    {
        long total = 1;
        double weight = 0;
        for (int index = 0; index < endpoints.Length; index++)
        {
            if (relativeWeights[index] <= 0 || !endpoints[index].IsOpen(nowNs)) continue;
            total += endpoints[index].InFlight;
            weight += relativeWeights[index];
        }

        // The last bits of a quotient must not round up what is whole.
        return weight > 0 ? factor * total / weight * (1 - 1e-12) : double.PositiveInfinity;
    }
}
