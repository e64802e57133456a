using Mesh.Routing.Destinations;

namespace Mesh.Routing.Balancing;

/// <summary>What the weights of a set mean for shares of traffic.</summary>
internal static class Weights
{
    /// <summary>
    /// Weights scaled so that the average of a set is 1. A weight that is negative or no number counts as 0, and 0 takes no
    /// traffic; a set in which nobody has a weight is a set of equals. To the last bit the same whatever the order of the endpoints.
    /// </summary>
    internal static double[] Relative(Endpoint[] endpoints)
    {
        double[] weights = Array.ConvertAll(endpoints, static endpoint => endpoint.Weight is > 0 and < double.PositiveInfinity ? endpoint.Weight : 0);
        double total = Sum(weights);
        for (int index = 0; index < weights.Length; index++)
            weights[index] = total > 0 && double.IsFinite(total) ? weights[index] / total * weights.Length : 1;
        return weights;
    }

    /// <summary>From the least on: a sum of fractions depends on their order, and tables of keys would differ between nodes by it.</summary>
    private static double Sum(double[] weights)
    {
        double[] sorted = [.. weights];
        Array.Sort(sorted);
        double total = 0;
        foreach (double weight in sorted) total += weight;
        return total;
    }

    /// <summary>What one request out counts at each endpoint: 1 / relative weight. Who has no weight is never drawn.</summary>
    internal static double[] Shares(double[] relative) => Array.ConvertAll(relative, static weight => weight > 0 ? 1 / weight : 1);

    /// <summary>Whether all shares are the same; then the weighted paths are not needed.</summary>
    internal static bool AreEqual(double[] relative) => Array.TrueForAll(relative, static weight => Math.Abs(weight - 1) < 1e-9);
}
