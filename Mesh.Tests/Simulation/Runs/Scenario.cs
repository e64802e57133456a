using System.Globalization;
using Mesh.Tests.Simulation.Faults;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>One run, whole: everything else follows from it.</summary>
/// <param name="Seed">Of all chance.</param>
/// <param name="Core">Core machines.</param>
/// <param name="Edge">Edge machines.</param>
/// <param name="Chaos">How long things go wrong.</param>
/// <param name="Network">What it is like when nothing is wrong.</param>
/// <param name="Plan">What goes wrong.</param>
internal sealed record Scenario(ulong Seed, int Core, int Edge, TimeSpan Chaos, NetworkSettings Network, IReadOnlyList<Fault> Plan)
{
    private static readonly int[] CoreSizes = [1, 2, 3, 3, 3, 5, 5, 7, 9];

    /// <summary>Whether clocks drift and at most how much; 0.05 is 5 %.</summary>
    public double Drift { get; init; }

    /// <summary>Timers have their usual values.</summary>
    public bool Exact { get; init; }

    /// <summary>A swarm's scenario: size, faults, network and clocks as the seed draws them.</summary>
    /// <param name="seed">Of everything.</param>
    /// <param name="mostEdges">Edge machines at most.</param>
    /// <param name="longest">Chaos at most.</param>
    public static Scenario Draw(ulong seed, int mostEdges = 30, TimeSpan? longest = null)
    {
        var random = new SplitMix64(Hashes.Of(seed, 0x5CE));
        int core = CoreSizes[random.Next(CoreSizes.Length)];
        int edge = Math.Min(mostEdges, random.Next(3) == 0 ? 0 : random.Next(random.Next(31) + 1));
        TimeSpan chaos = TimeSpan.FromMinutes(2 + (18 * random.NextDouble() * random.NextDouble() * random.NextDouble()));
        if (chaos > longest) chaos = longest.Value;
        var network = new NetworkSettings
        {
            Latency = TimeSpan.FromMilliseconds(Math.Pow(10, -0.5 + (2 * random.NextDouble()))),
            TailShare = random.Next(2) == 0 ? 0.001 : 0.02,
            TailMax = TimeSpan.FromMilliseconds(500 * random.NextDouble()),
            Loss = random.Next(3) == 0 ? 0.03 * random.NextDouble() : 0,
            PlainDrop = random.Next(4) == 0,
            Passing = (Passing)random.Next(3),
            UserTimeout = TimeSpan.FromSeconds(5 + (25 * random.NextDouble())),
            QueueLimit = random.Next(4) == 0 ? 50 : 2000,
        };
        List<Fault> plan = FaultPlan.Draw(Hashes.Of(seed, 0xBAD), core + edge, core, chaos);
        return new Scenario(seed, core, edge, chaos, network, plan) { Drift = random.Next(2) == 0 ? 0 : 0.05 };
    }

    /// <summary>A timer's value in this run: half to one and a half of the usual, each name its own.</summary>
    public TimeSpan Vary(string name, TimeSpan usual) => Exact ? usual : usual * (0.5 + Fraction(name));

    private double Fraction(string name) => new SplitMix64(Hashes.Of(Seed, Hashes.Of(name))).NextDouble();

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"seed 0x{Seed:X}: {Core} core + {Edge} edge, {Chaos.TotalMinutes:0.0} min, {Plan.Count} faults, drift {Drift:0.##}, "
        + $"latency {Network.Latency.TotalMilliseconds:0.0} ms, tail {Network.TailMax.TotalMilliseconds:0} ms x {Network.TailShare:0.###}, "
        + $"loss {Network.Loss:0.####}"
        + $"{(Network.PlainDrop ? " dropped" : "")}, queue {Network.QueueLimit}, passing {Network.Passing}");
}
