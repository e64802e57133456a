using Mesh.Wire;

namespace Mesh.Tests.Simulation.Faults;

/// <summary>Draws the faults of a run. Swarm testing: each seed takes only some kinds, for what hides behind one fault shows without it.</summary>
internal static class FaultPlan
{
    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();

    /// <param name="seed">Of the plan alone: the world's own chance is another.</param>
    /// <param name="machines">Core machines first.</param>
    /// <param name="core">How many are core.</param>
    /// <param name="duration">Of the chaos.</param>
    public static List<Fault> Draw(ulong seed, int machines, int core, TimeSpan duration)
    {
        var random = new SplitMix64(seed);
        FaultKind[] allowed = [.. Kinds.Where(_ => random.Next(100) < 35)];
        var plan = new List<Fault>();
        if (allowed.Length == 0) return plan;
        double meanGap = 5 + (random.NextDouble() * 40);
        TimeSpan at = TimeSpan.Zero;
        while (true)
        {
            at += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) * meanGap);
            if (at >= duration) return plan;
            FaultKind kind = allowed[random.Next(allowed.Length)];
            plan.Add(Draw(ref random, kind, at, Shorter(Length(ref random, kind), duration - at), machines, core));
        }
    }

    private static Fault Draw(ref SplitMix64 random, FaultKind kind, TimeSpan at, TimeSpan length, int machines, int core)
    {
        int[] order = Shuffled(ref random, random.Next(2) == 0 ? core : machines);
        int minority = 1 + random.Next(Math.Max(1, order.Length / 2));
        int[] some = [.. order.Take(minority).Order()];
        int[] rest = [.. Enumerable.Range(0, machines).Where(index => !order.Take(minority).Contains(index))];
        int[] one = [order[0]];
        return kind switch
        {
            FaultKind.Partition or FaultKind.OneWay or FaultKind.Bridge => new(at, length, kind, some, rest, 0),
            FaultKind.Flapping => new(at, length, kind, some, rest, 0.5 + (random.NextDouble() * 9.5)),
            FaultKind.Ring => new(at, length, kind, Shuffled(ref random, machines), [], 0),
            FaultKind.Loss => new(at, length, kind, some, rest, 0.01 + (random.NextDouble() * random.NextDouble() * 0.5)),
            FaultKind.Delay => new(at, length, kind, some, rest, 0.02 + (random.NextDouble() * random.NextDouble() * 3)),
            FaultKind.Narrow => new(at, length, kind, some, rest, Math.Pow(10, -1 - (3 * random.NextDouble()))),
            FaultKind.Slow => new(at, length, kind, one, [], Math.Pow(10, 1 + random.NextDouble())),
            FaultKind.ClockJump => new(at, length, kind, one, [], (random.NextDouble() - 0.5) * 1200),
            FaultKind.DiskErrors => new(at, length, kind, some, [], random.NextDouble() * 0.5),
            // Who loses what most of the core knew has lost the cluster: of three seeds only the first is struck.
            FaultKind.DiskLoss when one[0] < core && one[0] >= (Math.Min(core, 3) - 1) / 2 => new(at, length, FaultKind.PowerCut, one, [], 0),
            FaultKind.DiskLoss => new(at, length, kind, one, [], 0),
            FaultKind.Reset => new(at, length, kind, some, [], 0),
            _ => new(at, length, kind, random.Next(4) == 0 ? some : one, [], 0),
        };
    }

    private static TimeSpan Length(ref SplitMix64 random, FaultKind kind) => kind switch
    {
        FaultKind.Pause => TimeSpan.FromSeconds(1 + (59 * random.NextDouble() * random.NextDouble())),
        FaultKind.Reset or FaultKind.ClockJump => TimeSpan.Zero,
        FaultKind.Kill => TimeSpan.FromSeconds(0.2 + (20 * random.NextDouble() * random.NextDouble())),
        _ => TimeSpan.FromSeconds(1 + (60 * random.NextDouble() * random.NextDouble())),
    };

    private static int[] Shuffled(ref SplitMix64 random, int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int other = random.Next(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    private static TimeSpan Shorter(TimeSpan first, TimeSpan second) => first < second ? first : second;
}
