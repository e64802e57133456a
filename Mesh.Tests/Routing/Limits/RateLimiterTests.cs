using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Limits;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Routing.Limits;

public sealed class RateLimiterTests
{
    private const long Second = 1_000_000_000;

    private static readonly Gen<RateLimitConfig> s_configs =
        from rate in Gen.Choose(1, 5000)
        from burst in Gen.Choose(1, 50)
        select new RateLimitConfig(rate / 10.0, burst);

    /// <summary>Pauses between requests, in hundredths of what a token takes to flow in.</summary>
    private static readonly Gen<int[]> s_pauses = Gen.Frequency((3, Gen.Choose(0, 50)), (1, Gen.Choose(0, 5000))).ArrayOf().Resize(300);

    [Fact]
    public void InNoWindow_MoreThanTheBurstAndWhatFlowsIn() => Prop.ForAll(s_configs.ToArbitrary(), s_pauses.ToArbitrary(), (config, pauses) =>
    {
        RateLimiter limiter = new(config);
        return RateLaws.NeverExceeds(config, pauses, now => limiter.TryTake(now, out _));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void WhoStaysBelowTheRate_IsNeverRefused() =>
        Prop.ForAll(s_configs.ToArbitrary(), Gen.Choose(0, 300).ArrayOf().ToArbitrary(), (config, more) =>
        {
            RateLimiter limiter = new(config);
            return RateLaws.NeverRefuses(config, more, now => limiter.TryTake(now, out _));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void ARefusal_TellsExactlyWhenTheNextMayCome() => Prop.ForAll(s_configs.ToArbitrary(), s_pauses.ToArbitrary(), (config, pauses) =>
    {
        RateLimiter limiter = new(config);
        long now = Second;
        foreach (int pause in pauses)
        {
            now += RateLaws.Of(config, pause);
            if (limiter.TryTake(now, out long retryAfter) ? retryAfter != 0 : retryAfter <= 0) return false;
            if (retryAfter == 0) continue;
            if (limiter.TryTake(now + retryAfter - 1, out _)) return false;
            now += retryAfter;
            if (!limiter.TryTake(now, out _)) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void WhatIsGivenBack_CanBeTakenAgain()
    {
        RateLimiter limiter = new(new RateLimitConfig(1, 2));
        limiter.TryTake(0, out _);
        limiter.TryTake(0, out _);

        limiter.GiveBack();

        Assert.True(limiter.TryTake(0, out _));
        Assert.False(limiter.TryTake(0, out _));
    }

    [Fact]
    public void ManyThreads_TakeNotOneTooMany()
    {
        RateLimiter limiter = new(new RateLimitConfig(0.001, 1000));
        int taken = 0;

        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 5000; i++)
            {
                if (limiter.TryTake(Second, out long _)) Interlocked.Increment(ref taken);
            }
        });

        Assert.Equal(1000, taken);
    }

    [Fact]
    public void AllocatesNothing()
    {
        RateLimiter limiter = new(new RateLimitConfig(1000, 10));
        long now = 0;

        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int i = 0; i < 1000; i++) limiter.TryTake(now += 100_000, out _);
        }));
    }

    [Theory]
    [InlineData(0.001, 1_000_000)]
    [InlineData(1_000_000, 1_000_000)]
    [InlineData(1, int.MaxValue)]
    public void ExtremeConfigs_Work(double rate, int burst)
    {
        RateLimiter limiter = new(new RateLimitConfig(rate, burst));
        CallerLimiter callers = new(new RateLimitConfig(rate, burst));

        for (int i = 0; i < 100; i++) Assert.True(limiter.TryTake(i, out _) && callers.TryTake(5, i, out _));
    }
}

/// <summary>Laws that every bucket obeys.</summary>
internal static class RateLaws
{
    private const long Second = 1_000_000_000;

    /// <summary>Hundredths of what a token takes to flow in.</summary>
    public static long Of(RateLimitConfig config, int hundredths) => (long)(hundredths * (Second / 100.0) / config.RequestsPerSecond);

    public static bool NeverExceeds(RateLimitConfig config, int[] pauses, Func<long, bool> take)
    {
        List<long> admitted = [];
        long now = Second;
        foreach (int pause in pauses)
        {
            now += Of(config, pause);
            if (take(now)) admitted.Add(now);
        }

        for (int first = 0; first < admitted.Count; first++)
        {
            for (int last = first; last < admitted.Count; last++)
            {
                double most = config.Burst + config.RequestsPerSecond * (admitted[last] - admitted[first]) / Second;
                if (last - first + 1 > most + 0.01) return false;
            }
        }

        return true;
    }

    /// <summary>A thousandth slower than the rate, which covers the rounding, and slower by more.</summary>
    public static bool NeverRefuses(RateLimitConfig config, int[] more, Func<long, bool> take)
    {
        long now = Second;
        foreach (int hundredths in more)
        {
            if (!take(now)) return false;
            now += Of(config, 100 + hundredths) + Of(config, 1) / 5 + 1;
        }

        return true;
    }
}
