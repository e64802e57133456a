using Mesh.Routing.Destinations;
using Mesh.Wire;

namespace Mesh.Routing.Balancing;

/// <summary>One endpoint after the other, whatever their load.</summary>
/// <remarks>
/// Hot path: one interlocked increment. With weights it walks a prepared schedule in which each endpoint appears as often as its weight
/// says, spread evenly: always the one whose next turn is due first (earliest deadline first, as Envoy does per pick).
/// </remarks>
internal sealed class RoundRobinBalancer : IBalancer
{
    /// <summary>Longest schedule, in turns, for weights: 16 KiB a snapshot, and shares to 1 in 4096.</summary>
    internal const int MaximumTurns = 4096;

    /// <summary>Weights that are whole numbers after one of these factors (0.5, 1/3, 0.2 ...) get exact turns.</summary>
    private const int MaximumFactor = 12;

    private readonly int[] _schedule;
    private uint _turn = uint.MaxValue;

    internal RoundRobinBalancer(double[] relativeWeights, SlowStart? slowStart)
    {
        SlowStart = slowStart;
        _schedule = Weights.AreEqual(relativeWeights) ? [.. Enumerable.Range(0, relativeWeights.Length)] : Schedule(Turns(relativeWeights));
    }

    public SlowStart? SlowStart { get; }

    public int Choose(Endpoint[] endpoints, in PickRequest request, ref SplitMix64 random)
        => SlowStart is null ? Next() : ChooseWarming(SlowStart, endpoints, request.NowNs, ref random);

    private int Next() => _schedule[Interlocked.Increment(ref _turn) % (uint)_schedule.Length];

    private int ChooseWarming(SlowStart slowStart, Endpoint[] endpoints, long nowNs, ref SplitMix64 random)
    {
        for (int draw = 0; ; draw++)
        {
            int index = Next();
            if (slowStart.Stands(endpoints[index], nowNs, draw, ref random)) return index;
        }
    }

    private static int[] Turns(double[] weights)
    {
        double least = weights.Where(weight => weight > 0).Min();
        for (int factor = 1; factor <= MaximumFactor; factor++)
        {
            double[] turns = Array.ConvertAll(weights, weight => weight / least * factor);
            if (turns.Sum() > MaximumTurns) break;
            bool whole = Array.TrueForAll(turns, turn => Math.Abs(turn - Math.Round(turn)) < 1e-6);
            if (whole) return Array.ConvertAll(turns, turn => (int)Math.Round(turn));
        }

        double perTurn = Math.Max(1, (MaximumTurns - weights.Length) / (double)weights.Length);
        return Array.ConvertAll(weights, weight => weight > 0 ? Math.Max(1, (int)Math.Round(weight * perTurn)) : 0);
    }

    private static int[] Schedule(int[] turns)
    {
        var due = new PriorityQueue<int, (double Deadline, int Index)>();
        for (int index = 0; index < turns.Length; index++)
            if (turns[index] > 0)
                due.Enqueue(index, (0.5 / turns[index], index));
        var taken = new int[turns.Length];
        var schedule = new int[turns.Sum()];
        for (int turn = 0; turn < schedule.Length; turn++)
        {
            int index = schedule[turn] = due.Dequeue();
            if (++taken[index] < turns[index]) due.Enqueue(index, ((taken[index] + 0.5) / turns[index], index));
        }

        return schedule;
    }
}
