using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Limits;
using Xunit;
using Outcome = Mesh.Routing.Accrual.Outcome;

namespace Mesh.Tests.Routing.Limits;

/// <summary>Laws of the limit on any history; what it does to a backend is in <see cref="OverloadTests"/>.</summary>
public sealed class AdaptiveLimitTests
{
    private const long Millisecond = 1_000_000;
    private const int Few = 10;
    private static readonly ConcurrencyConfig s_config = new() { IsAdaptive = true, MinRequests = 3, MaxRequests = 200 };

    /// <summary>Ends of requests: so long after the one before, so many milliseconds under way, so full was the limit (percent), outcome.</summary>
    private static readonly Gen<(int StepMs, int LatencyMs, int Percent, Outcome Outcome)[]> s_histories =
        (from step in Gen.Choose(0, 40)
         from latency in Gen.Choose(-5, 3000)
         from percent in Gen.Choose(0, 150)
         from outcome in Gen.Frequency((5, Gen.Constant(0)), (1, Gen.Choose(0, 4)))
         select (step, latency, percent, (Outcome)outcome)).ArrayOf().Resize(400);

    [Fact]
    public void StaysWithinItsBounds_WhateverHappens() => Prop.ForAll(s_histories.ToArbitrary(), history =>
    {
        AdaptiveLimit limit = new(s_config, 0);
        long now = 0;
        foreach ((int step, int latency, int percent, Outcome outcome) in history)
        {
            now += step * Millisecond;
            int told = limit.Observe(now, latency * Millisecond, limit.Limit * percent / 100, outcome);
            if (told != limit.Limit || told < s_config.MinRequests || told > s_config.MaxRequests || limit.BaseNs < 0) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void SlowerAnswers_NeverRaiseItMore() => Prop.ForAll(
        Gen.Choose(1, 250).ToArbitrary(), Gen.Choose(0, 8).ToArbitrary(), Gen.Choose(1, 250).Two().ToArbitrary(), (usualMs, windows, latencies) =>
        {
            int quick = AfterOneMore(usualMs, windows, Math.Min(latencies.Item1, latencies.Item2), 0);
            int slow = AfterOneMore(usualMs, windows, Math.Max(latencies.Item1, latencies.Item2), 0);
            return slow <= quick;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void MoreFailures_NeverRaiseItMore() => Prop.ForAll(
        Gen.Choose(1, 250).ToArbitrary(), Gen.Choose(0, 8).ToArbitrary(), Gen.Choose(0, Few / 2).Two().ToArbitrary(), (usualMs, windows, failures) =>
        {
            int fewer = AfterOneMore(usualMs, windows, usualMs, Math.Min(failures.Item1, failures.Item2));
            int more = AfterOneMore(usualMs, windows, usualMs, Math.Max(failures.Item1, failures.Item2));
            return more <= fewer;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void UnlessItIsReached_ItDoesNotRise() => Prop.ForAll(s_histories.ToArbitrary(), history =>
    {
        AdaptiveLimit limit = new(s_config, 0);
        long now = 0;
        foreach ((int step, int latency, int percent, Outcome outcome) in history)
        {
            now += step * Millisecond;
            int before = limit.Limit;
            if (limit.Observe(now, latency * Millisecond, before * percent / 300, outcome) > before) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(Outcome.Failure)]
    [InlineData(Outcome.ConnectFailure)]
    [InlineData(Outcome.Pushback)]
    public void AStormOfFailures_TakesThreeTenthsAWindow_AndNoMore(Outcome outcome)
    {
        AdaptiveLimit limit = new(s_config with { InitialRequests = 100 }, 0);

        for (int i = 1; i <= 100_000; i++) limit.Observe(i * Millisecond / 1000, Millisecond, limit.Limit, outcome);

        Assert.Equal(70, limit.Limit);
    }

    [Fact]
    public void IgnoredRequests_TeachNothing()
    {
        AdaptiveLimit limit = new(s_config, 0);

        for (int i = 1; i <= 100; i++) limit.Observe(i * 100 * Millisecond, i * Millisecond, 20, Outcome.Ignored);

        Assert.Equal((20, 0L), (limit.Limit, limit.BaseNs));
    }

    [Fact]
    public void ToLook_ItHalvesTheLimit_NeverLess_AndReturns()
    {
        AdaptiveLimit limit = new(s_config with { InitialRequests = 100 }, 0);
        long now = 0;
        int before = 100;
        while (!limit.IsLooking)
        {
            before = limit.Limit;
            limit.Observe(now += 10 * Millisecond, 20 * Millisecond, limit.Limit, Outcome.Success);
        }

        int during = limit.Limit;
        long begun = now;
        while (limit.IsLooking) limit.Observe(now += 10 * Millisecond, 20 * Millisecond, limit.Limit, Outcome.Success);

        Assert.Equal((before / 2, before), (during, limit.Limit));
        Assert.InRange(begun, AdaptiveLimit.LookEveryNs, AdaptiveLimit.LookEveryNs + 20 * Millisecond);
        Assert.InRange(now - begun, 0, 300 * Millisecond);
    }

    [Fact]
    public void NodesWithTheSameWallClock_LookTogether()
    {
        long[] looks = [.. new long[] { 3, 700, 9_000 }.Select(bootedMs =>
        {
            long offset = 1_800_000_000_000 * Millisecond - bootedMs * Millisecond;
            long now = bootedMs * Millisecond;
            AdaptiveLimit limit = new(s_config, now, offset);
            while (!limit.IsLooking) limit.Observe(now += 10 * Millisecond, 20 * Millisecond, limit.Limit, Outcome.Success);
            return (now + offset) / (100 * Millisecond);
        })];

        Assert.Equal([looks[0]], looks.Distinct());
    }

    [Fact]
    public void NewBounds_HoldAtOnce()
    {
        AdaptiveLimit limit = new(s_config with { InitialRequests = 100 }, 0);

        Assert.Equal(40, limit.Reconfigure(s_config with { MaxRequests = 40 }));
        Assert.Equal(60, limit.Reconfigure(s_config with { MinRequests = 60, MaxRequests = 50 }));
    }

    /// <summary>The limit after windows of the same latency, and one that differs.</summary>
    private static int AfterOneMore(int usualMs, int windows, int lastMs, int failures)
    {
        AdaptiveLimit limit = new(s_config with { InitialRequests = 50 }, 0);
        long now = 0;
        for (int i = 0; i < Few * (windows + 1); i++)
        {
            bool isLast = i >= Few * windows;
            Outcome outcome = isLast && i % Few < failures ? Outcome.Failure : Outcome.Success;
            limit.Observe(now += 60 * Millisecond, (isLast ? lastMs : usualMs) * Millisecond, limit.Limit, outcome);
        }

        return limit.Limit;
    }
}
