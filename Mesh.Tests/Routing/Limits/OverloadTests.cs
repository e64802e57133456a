using Mesh.Routing.Limits;
using Xunit;

namespace Mesh.Tests.Routing.Limits;

/// <summary>
/// The adaptive limit with its queue before a backend of a bounded number of workers, in virtual time. Peak is what the workers can do at all.
/// </summary>
public sealed class OverloadTests
{
    private const double Overload = 3;
    private static readonly ConcurrencyConfig s_adaptive = new() { IsAdaptive = true };

    public static TheoryData<string, int, ulong> Backends()
    {
        TheoryData<string, int, ulong> all = [];
        foreach (ulong seed in (ulong[])[1, 2, 3])
        {
            all.Add("steady", 20, seed);
            all.Add("steady", 4, seed);
            all.Add("exponential", 20, seed);
            all.Add("exponential", 100, seed);
            all.Add("bimodal", 20, seed);
            all.Add("halves", 20, seed);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Backends))]
    public void AtThreeTimesItsCapacity_ABackendDoesWhatItCan_AndEverythingIsAsBeforeWithinTwoSeconds(string kind, int workers, ulong seed)
    {
        (Func<double, double> work, double meanMs) = WorkOf(kind);
        double peak = workers * 1000 / meanMs;
        OverloadWorld world = new(seed) { Workers = workers, Work = work };
        SimulatedNode node = world.AddNode(s_adaptive, 0.7 * peak);
        world.At(10, () => (node.PerSecond, node.LowestLimit) = (Overload * peak, int.MaxValue));
        world.At(30, () => node.PerSecond = 0.7 * peak);

        world.RunUntil(38);

        double during = node.Goodput(12, 30) / peak;
        Assert.True(during >= 0.9, $"goodput {during:P1} of the peak");
        double slowest = node.QuantileMs(0.99, 12, 30);
        Assert.True(slowest <= QuantileOf(kind) * meanMs + 100, $"p99 {slowest} ms");
        Assert.True(node.LowestLimit >= Math.Min(workers / 3, 5), $"pinned to {node.LowestLimit}");
        Assert.True(node.SlowestRefusalNs <= 300 * OverloadWorld.Millisecond, $"told after {node.SlowestRefusalNs / 1e6} ms");
        double after = node.Goodput(32, 38) / (0.7 * peak);
        Assert.True(after >= 0.93, $"{after:P1} of what came after the overload");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void WhenWorkersHalveAndThenDouble_TheLimitFollowsWithinSeconds(ulong seed)
    {
        OverloadWorld world = new(seed) { Work = OverloadWorld.Exponential(20) };
        SimulatedNode node = world.AddNode(s_adaptive, 3000);
        world.At(15, () => world.Workers = 10);
        world.At(30, () => world.Workers = 20);

        world.RunUntil(45);

        Assert.True(node.Goodput(18, 30) >= 0.85 * 500, $"half: {node.Goodput(18, 30)}/s");
        Assert.True(node.QuantileMs(0.5, 18, 30) <= 60, $"half: median {node.QuantileMs(0.5, 18, 30)} ms");
        Assert.True(node.Goodput(34, 45) >= 0.85 * 1000, $"again whole: {node.Goodput(34, 45)}/s");
    }

    [Theory]
    [InlineData(60, 1)]
    [InlineData(60, 2)]
    [InlineData(28, 1)]
    [InlineData(10, 1)]
    [InlineData(7, 2)]
    public void WhenTheWorkItselfTakesAnotherTime_ThatIsLearnt_UnderLastingOverload(double newMs, ulong seed)
    {
        OverloadWorld world = new(seed);
        SimulatedNode node = world.AddNode(s_adaptive, 6000);
        world.At(15, () => world.Work = OverloadWorld.Steady(newMs));

        world.RunUntil(45);

        double peak = 20 * 1000 / newMs;
        Assert.True(node.Goodput(18, 45) >= 0.9 * peak, $"{node.Goodput(18, 45) / peak:P1} of the new peak");
        Assert.True(node.QuantileMs(0.99, 25, 45) <= 4 * newMs + 20, $"p99 {node.QuantileMs(0.99, 25, 45)} ms");
        Assert.InRange(node.Adaptive!.BaseNs / 1e6, 0.7 * newMs, 1.6 * newMs);
    }

    [Theory]
    [InlineData("steady")]
    [InlineData("exponential")]
    public void UnderMinutesOfOverload_TheQueueIsNotTakenForTheBase(string kind)
    {
        (Func<double, double> work, double meanMs) = WorkOf(kind);
        OverloadWorld world = new(5) { Work = work };
        SimulatedNode node = world.AddNode(s_adaptive, 3000);

        world.RunUntil(300);

        Assert.InRange(node.Adaptive!.BaseNs / 1e6, 0.35 * meanMs, 1.3 * meanMs);
        Assert.InRange(node.Limit, 10, 60);
        Assert.True(node.Goodput(240, 300) >= 0.9 * 1000, $"{node.Goodput(240, 300)}/s");
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(2, 3.3)]
    [InlineData(4, 0)]
    public void NodesThatShareABackend_ShareItFairly_WhoeverCameFirst(int nodes, double clocksApart)
    {
        OverloadWorld world = new(5) { Work = OverloadWorld.Exponential(20), Workers = 40 };
        for (int i = 0; i < nodes; i++)
        {
            world.AddNode(s_adaptive, 6000.0 / nodes, wallOffsetNs: (long)(i * clocksApart * OverloadWorld.Second), from: 3 * i);
        }

        world.RunUntil(100);

        double[] shares = [.. world.Nodes.Select(static node => node.Served(40, 100))];
        double jain = Math.Pow(shares.Sum(), 2) / (nodes * shares.Sum(static share => share * share));
        Assert.True(jain >= 0.85, $"Jain's index {jain:F3}: {string.Join(", ", shares.Select(static share => share.ToString("F0")))}");
        double goodput = world.Nodes.Sum(static node => node.Goodput(40, 100));
        Assert.True(goodput >= 0.9 * 2000, $"{goodput}/s");
        Assert.All(world.Nodes, static node => Assert.True(node.QuantileMs(0.99, 40, 100) <= 200, $"p99 {node.QuantileMs(0.99, 40, 100)} ms"));
    }

    [Theory]
    [InlineData(500, 1)]
    [InlineData(500, 2)]
    [InlineData(1000, 1)]
    [InlineData(1000, 2)]
    public void AStartInTheMidstOfOverload_WithALimitFarTooHigh_IsOvercome(int initial, ulong seed)
    {
        OverloadWorld world = new(seed) { Work = OverloadWorld.Exponential(20) };
        SimulatedNode node = world.AddNode(s_adaptive with { InitialRequests = initial }, 3000);

        world.RunUntil(60);

        Assert.True(node.Goodput(6, 60) >= 0.9 * 1000, $"{node.Goodput(6, 60)}/s");
        Assert.InRange(node.Limit, 15, 40);
    }

    [Fact]
    public void LittleTraffic_DoesNotMoveTheLimitUp()
    {
        OverloadWorld world = new(5);
        SimulatedNode node = world.AddNode(s_adaptive, 100);

        world.RunUntil(120);

        Assert.Equal(ConcurrencyConfig.DefaultInitialRequests, node.Limit);
    }

    [Fact]
    public void FailuresLowerTheLimit_AndItIsBackSoonAfterThem()
    {
        OverloadWorld world = new(5);
        SimulatedNode node = world.AddNode(s_adaptive, 800);
        world.At(10, () => world.FailureShare = 1);
        world.At(15, () => world.FailureShare = 0);
        int lowest = 0;
        world.At(14.9, () => lowest = node.Limit);

        world.RunUntil(25);

        Assert.InRange(lowest, ConcurrencyConfig.DefaultMinRequests, 5);
        Assert.True(node.Goodput(17, 25) >= 0.93 * 800, $"{node.Goodput(17, 25)}/s");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AFixedLimitWithTheQueue_ServesTheFreshUnderOverload_AndThoseAreInTime(ulong seed)
    {
        ConcurrencyConfig config = new() { MaxRequests = 20, MaxQueued = 1000 };
        OverloadWorld world = new(seed);
        SimulatedNode node = world.AddNode(config, 800, 150 * OverloadWorld.Millisecond);
        world.At(5, () => node.PerSecond = 3000);
        world.At(15, () => node.PerSecond = 800);

        world.RunUntil(20);

        Assert.True(node.Goodput(6, 15) >= 0.97 * 1000, $"{node.Goodput(6, 15)}/s in time");
        Assert.True(node.QuantileMs(0.5, 6, 15) <= 40, $"median {node.QuantileMs(0.5, 6, 15)} ms");
        Assert.True(node.Goodput(15.5, 20) >= 0.93 * 800, $"after: {node.Goodput(15.5, 20)}/s");
    }

    private static (Func<double, double> Work, double MeanMs) WorkOf(string kind) => kind switch
    {
        "steady" => (OverloadWorld.Steady(20), 20),
        "exponential" => (OverloadWorld.Exponential(20), 20),
        "halves" => (OverloadWorld.Bimodal(5, 50, 0.5), 27.5),
        _ => (OverloadWorld.Bimodal(5, 200, 0.1), 24.5),
    };

    /// <summary>How often its mean the slowest hundredth takes unqueued.</summary>
    private static double QuantileOf(string kind) => kind switch
    {
        "steady" => 1.2,
        "exponential" => 4.6,
        "halves" => 2.2,
        _ => 9.8,
    };
}
