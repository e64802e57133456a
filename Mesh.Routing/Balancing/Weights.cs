using Mesh.Routing.Destinations;

namespace Mesh.Routing.Balancing;

/// <summary>What the weights of a set mean for shares of traffic.</summary>
internal static class Weights
{
    /// <summary>
    /// Weights scaled so that the average of a set is 1. A weight that is negative or no number counts as 0, and 0 takes no
    /// traffic; a set in which nobody has a weight is a set of equals.
    /// </summary>
    internal static double[] Relative(Endpoint[] endpoints)
    {
        var weights = new double[endpoints.Length];
        double total = 0;
        for (int index = 0; index < endpoints.Length; index++)
        {
            double weight = endpoints[index].Weight;
            weights[index] = double.IsFinite(weight) && weight > 0 ? weight : 0;
            total += weights[index];
        }

        for (int index = 0; index < weights.Length; index++)
            weights[index] = total > 0 && double.IsFinite(total) ? weights[index] / total * weights.Length : 1;
        return weights;
    }

    /// <summary>What one request out counts at each endpoint: 1 / relative weight. Who has no weight is never drawn.</summary>
    internal static double[] Shares(double[] relative) => Array.ConvertAll(relative, static weight => weight > 0 ? 1 / weight : 1);

    /// <summary>Whether all shares are the same; then the weighted paths are not needed.</summary>
    internal static bool AreEqual(double[] relative) => Array.TrueForAll(relative, static weight => Math.Abs(weight - 1) < 1e-9);
}
