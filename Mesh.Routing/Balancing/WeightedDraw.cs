using Mesh.Wire;

namespace Mesh.Routing.Balancing;

/// <summary>Draws an index with a probability in proportion to its weight, in constant time: Vose's alias method (1991).</summary>
/// <remarks>Hot path; immutable. Every cell of the table holds a part of its own index and fills up with one other.</remarks>
internal sealed class WeightedDraw
{
    private readonly double[] _own;
    private readonly int[] _alias;

    /// <param name="relative">Weights of average 1 (<see cref="Weights.Relative"/>).</param>
    internal WeightedDraw(double[] relative)
    {
        _own = new double[relative.Length];
        _alias = new int[relative.Length];
        double[] left = [.. relative];
        var small = new Stack<int>();
        var large = new Stack<int>();
        for (int index = 0; index < left.Length; index++) (left[index] < 1 ? small : large).Push(index);
        while (small.Count > 0 && large.Count > 0)
        {
            int under = small.Pop();
            int over = large.Pop();
            _own[under] = left[under];
            _alias[under] = over;
            left[over] -= 1 - left[under];
            (left[over] < 1 ? small : large).Push(over);
        }

        // What remains differs from 1 only by rounding; except that an index without weight must never be drawn.
        foreach (int index in large.Concat(small))
        {
            _own[index] = 1;
            _alias[index] = index;
        }

        int heaviest = Array.IndexOf(relative, relative.Max());
        for (int index = 0; index < relative.Length; index++)
            if (relative[index] == 0 && _own[index] > 0)
                (_own[index], _alias[index]) = (0, heaviest);
    }

    internal int Next(ref SplitMix64 random)
    {
        int cell = random.Next(_own.Length);
        return random.NextDouble() < _own[cell] ? cell : _alias[cell];
    }
}
