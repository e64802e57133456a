using Mesh.Tests.Simulation.Faults;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Runs;
using Mesh.Wire;
using Xunit;
using Xunit.Abstractions;

namespace Mesh.Tests.Simulation;

/// <summary>
/// Half-connected cores: everybody reaches somebody, nobody reaches all. Whatever they decide, no two of them may call each other dead and both go
/// on, and after the healing there is one cluster again.
/// </summary>
public sealed class RingTests(ITestOutputHelper output)
{
    private const ulong FewSeeds = 2;
    private const ulong CiSeeds = 60;

    private static readonly TimeSpan Chaos = TimeSpan.FromSeconds(110);

    /// <summary>Cores in a ring, while edge members reach everybody.</summary>
    [Theory]
    [InlineData(5, 0)]
    [InlineData(5, 7)]
    [InlineData(7, 0)]
    [InlineData(7, 5)]
    public void GoesOnOnce_WhenTheCoreIsARing(int core, int edge) => Live(core, edge, (ref SplitMix64 random) =>
        [Ring(Shuffled(ref random, core), from: 10 + (10 * random.NextDouble()), length: 25 + (50 * random.NextDouble()))]);

    /// <summary>Each machine talks to its two neighbours only, edges as well.</summary>
    [Theory]
    [InlineData(3, 3)]
    [InlineData(5, 7)]
    [InlineData(7, 9)]
    public void GoesOnOnce_WhenEverybodyIsInARing(int core, int edge) => Live(core, edge, (ref SplitMix64 random) =>
        [Ring(Shuffled(ref random, core + edge), from: 10 + (10 * random.NextDouble()), length: 25 + (50 * random.NextDouble()))]);

    /// <summary>Rounds of loss, in which some are suspected, and then a ring.</summary>
    [Theory]
    [InlineData(5, 7)]
    [InlineData(7, 9)]
    public void GoesOnOnce_WhenARingFollowsRoundsOfLoss(int core, int edge) => Live(core, edge, (ref SplitMix64 random) =>
    {
        int[] all = Shuffled(ref random, core + edge);
        List<Fault> plan = [Ring(all, 20 + (15 * random.NextDouble()), 30 + (40 * random.NextDouble()))];
        for (int at = 2; at < 40; at += 8)
        {
            int[] order = Shuffled(ref random, core + edge);
            int some = 1 + random.Next(order.Length / 2);
            plan.Add(new Fault(
                TimeSpan.FromSeconds(at), TimeSpan.FromSeconds(3 + (8 * random.NextDouble())), FaultKind.Loss, order[..some], order[some..],
                0.2 + (0.4 * random.NextDouble())));
        }

        return plan;
    });

    /// <summary>Each machine is heard by the next one only.</summary>
    [Theory]
    [InlineData(3, 0)]
    [InlineData(5, 0)]
    [InlineData(5, 6)]
    [InlineData(7, 0)]
    public void GoesOnOnce_WhenTheRingGoesOneWay(int core, int edge) => Live(core, edge, (ref SplitMix64 random) =>
    {
        double from = 10 + (10 * random.NextDouble()), length = 25 + (50 * random.NextDouble());
        int[] order = Shuffled(ref random, core);
        return
        [
            .. order.Select((node, index) => new Fault(
                TimeSpan.FromSeconds(from), TimeSpan.FromSeconds(length), FaultKind.OneWay, [node],
                [.. order.Where(other => other != node && other != order[(index + 1) % core])], 0)),
        ];
    });

    /// <summary>One core member, or one edge member, talks to both sides.</summary>
    [Theory]
    [InlineData(3, 0, false)]
    [InlineData(5, 0, false)]
    [InlineData(5, 6, false)]
    [InlineData(5, 6, true)]
    [InlineData(7, 4, true)]
    public void GoesOnOnce_WhenABridgeJoinsTwoSides(int core, int edge, bool edgeIsBridge) => Live(core, edge, (ref SplitMix64 random) =>
    {
        int[] order = Shuffled(ref random, core + edge);
        int bridge = order.First(node => node >= core == edgeIsBridge);
        int[] rest = [.. order.Where(node => node != bridge)];
        int some = 1 + random.Next(rest.Length - 1);
        return
        [
            new Fault(
                TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(25 + (50 * random.NextDouble())), FaultKind.Bridge, rest[..some],
                [bridge, .. rest[some..]], 0),
        ];
    });

    /// <summary>While the machines of one cut find each other again, a ring forms.</summary>
    [Theory]
    [InlineData(5, 0)]
    [InlineData(5, 7)]
    [InlineData(7, 5)]
    public void GoesOnOnce_WhenARingFormsWhileAPartitionHeals(int core, int edge) => Live(core, edge, (ref SplitMix64 random) =>
    {
        int[] order = Shuffled(ref random, core + edge);
        int some = 1 + random.Next(order.Length - 1);
        double healed = 12 + (25 * random.NextDouble());
        return
        [
            new Fault(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(healed), FaultKind.Partition, order[..some], order[some..], 0),
            Ring(
                Shuffled(ref random, random.Next(2) == 0 ? core : core + edge), 3 + healed + (6 * random.NextDouble()),
                25 + (30 * random.NextDouble())),
        ];
    });

    private delegate IReadOnlyList<Fault> Plan(ref SplitMix64 random);

    private void Live(int core, int edge, Plan plan)
    {
        (ulong from, ulong to) = Choice.Seeds ?? (1, Choice.IsCi ? CiSeeds : FewSeeds);
        List<string> broken = [];
        string? story = null;
        for (ulong seed = from; seed <= to; seed++)
        {
            var random = new SplitMix64(seed);
            var scenario = new Scenario(seed, core, edge, Chaos, new NetworkSettings(), plan(ref random)) { Exact = random.Next(2) == 0 };

            Outcome outcome = Run.Live(scenario, new ClusterSubject());

            if (outcome.Failure is null) continue;
            broken.Add($"seed {seed}: {outcome.Failure}");
            story ??= $"{string.Join('\n', scenario.Plan)}\n{outcome.Story}";
        }

        output.WriteLine($"{broken.Count} of {to - from + 1} seeds broke");
        Assert.True(broken.Count == 0, $"{string.Join('\n', broken)}\n{story}");
    }

    private static Fault Ring(int[] order, double from, double length) =>
        new(TimeSpan.FromSeconds(from), TimeSpan.FromSeconds(length), FaultKind.Ring, order, [], 0);

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
}
