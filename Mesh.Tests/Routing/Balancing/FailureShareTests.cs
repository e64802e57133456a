using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Mesh.Tests.Kit;
using Mesh.Tests.Routing.Destinations;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Routing.Balancing;

/// <summary>What failures make an endpoint cost under Peak-EWMA, where no breaker takes it out.</summary>
public sealed class FailureShareTests
{
    private const long Millisecond = DestinationFixture.Millisecond;
    private const long Second = 1000 * Millisecond;
    private static readonly TimeSpan s_decay = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(0.1, 0.07)]
    [InlineData(1, 0.03)]
    [InlineData(20, 0.03)]
    public void EndpointThatFailsFast_DrawsLittle(double latencyMs, double most)
    {
        var traffic = new Traffic(Five(), port => port == 1 ? (long)(latencyMs * Millisecond) : 20 * Millisecond, port => port == 1);

        Dictionary<int, double> shares = traffic.Run(30_000, 2 * Millisecond);

        Assert.InRange(shares.GetValueOrDefault(1), 0, most);
    }

    [Fact]
    public void EndpointOfWhichHalfFails_DrawsLess()
    {
        var dice = new SplitMix64(3);
        var traffic = new Traffic(Five(), port => port == 1 ? Millisecond : 20 * Millisecond, port => port == 1 && dice.NextDouble() < 0.5);

        Dictionary<int, double> shares = traffic.Run(30_000, 2 * Millisecond);

        Assert.InRange(shares[1], 0, 0.1);
    }

    [Fact]
    public void FewFailuresEverywhere_LeaveSharesAlone()
    {
        var dice = new SplitMix64(4);
        var traffic = new Traffic(Five(), _ => 20 * Millisecond, _ => dice.NextDouble() < 0.02);

        Dictionary<int, double> shares = traffic.Run(30_000, 2 * Millisecond);

        Assert.All(shares.Values, share => Assert.InRange(share, 0.17, 0.23));
    }

    [Fact]
    public void EndpointThatWorksAgain_IsTakenBack()
    {
        DestinationFixture fixture = Five();
        bool broken = true;
        var traffic = new Traffic(fixture, _ => 20 * Millisecond, port => port == 1 && broken);
        traffic.Run(5_000, 2 * Millisecond);

        broken = false;
        traffic.Run(40_000, 2 * Millisecond);
        Dictionary<int, double> later = traffic.Run(10_000, 2 * Millisecond);

        Assert.InRange(later[1], 0.15, 0.25);
    }

    [Fact]
    public void Share_RisesWithFailures_FallsWithSuccesses_AndFadesWithTime()
    {
        FailureShare failing = default;

        for (int i = 0; i < 10; i++) failing.Take(failed: true, Second, s_decay);
        double high = failing.Share;
        failing.Take(failed: false, Second, s_decay);
        double lower = failing.Share;
        failing.Take(failed: false, 61 * Second, s_decay);

        Assert.InRange(high, 0.85, 0.95);
        Assert.Equal(high * (1 - FailureShare.Step), lower, 6);
        Assert.Equal((0, 0), (failing.Share, failing.Surcharge));
    }

    [Fact]
    public void Surcharge_IsBounded_WhateverFails()
    {
        FailureShare failing = default;

        for (int i = 0; i < 1000; i++) failing.Take(failed: true, i, s_decay);

        Assert.Equal(Math.Log(1000), failing.Surcharge, 6);
    }

    [Fact]
    public void Take_AllocatesNothing()
    {
        FailureShare failing = default;

        long bytes = Allocated.Least(() =>
        {
            for (int i = 0; i < 1000; i++) failing.Take((i & 1) == 0, i, s_decay);
        });

        Assert.Equal(0, bytes);
    }

    private static DestinationFixture Five()
    {
        BalancerConfig balancer = BalancerLab.Config(BalancerKind.PeakEwma);
        return new DestinationFixture(
            BalancerLab.Options(balancer) with { Accrual = new AccrualConfig.None() }, (1, 1), (2, 1), (3, 1), (4, 1), (5, 1));
    }
}
