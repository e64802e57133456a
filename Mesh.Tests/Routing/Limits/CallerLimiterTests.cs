using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Limits;
using Mesh.Tests.Kit;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Routing.Limits;

public sealed class CallerLimiterTests
{
    private const long Second = 1_000_000_000;
    private const ulong Secret = 42;

    private static readonly Gen<RateLimitConfig> s_configs =
        from rate in Gen.Choose(1, 5000)
        from burst in Gen.Choose(1, 50)
        select new RateLimitConfig(rate / 10.0, burst);

    private static readonly Gen<int[]> s_pauses = Gen.Frequency((3, Gen.Choose(0, 50)), (1, Gen.Choose(0, 5000))).ArrayOf().Resize(300);

    [Fact]
    public void NoCaller_GetsMoreThanItsBurstAndWhatFlowsIn_WhileOthersCome() =>
        Prop.ForAll(s_configs.ToArbitrary(), s_pauses.ToArbitrary(), (config, pauses) =>
        {
            CallerLimiter limiter = new(config, Secret);
            SplitMix64 others = new((ulong)pauses.Length);
            return RateLaws.NeverExceeds(config, pauses, now =>
            {
                for (int i = 0; i < 5; i++) limiter.TryTake(others.Next(), now, out _);
                return limiter.TryTake(7, now, out _);
            });
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void WhoStaysBelowTheRate_IsNeverRefused_WhileTheTableHasRoom() =>
        Prop.ForAll(s_configs.ToArbitrary(), Gen.Choose(0, 300).ArrayOf().ToArbitrary(), (config, more) =>
        {
            CallerLimiter limiter = new(config, Secret);
            for (ulong other = 1; other <= 1000; other++) limiter.TryTake(other << 20, Second, out _);
            return RateLaws.NeverRefuses(config, more, now => limiter.TryTake(7, now, out _));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void EachCaller_HasItsOwnBucket_AndTheUnknownShareOne()
    {
        CallerLimiter limiter = new(new RateLimitConfig(1, 2), Secret);

        foreach (ulong caller in (ulong[])[1, 2, 3, 0])
        {
            Assert.True(limiter.TryTake(caller, Second, out _));
            Assert.True(limiter.TryTake(caller, Second, out _));
            Assert.False(limiter.TryTake(caller, Second, out long retryAfter));
            Assert.InRange(retryAfter, Second * 99 / 100, Second * 101 / 100);
        }

        Assert.True(limiter.TryTake(2, 3 * Second, out _));
    }

    [Fact]
    public void AFloodOfStrangers_DoesNotMakeTheTableForgetAHeavyCaller()
    {
        RateLimitConfig config = new(1, 10);
        CallerLimiter limiter = new(config, Secret);
        SplitMix64 strangers = new(1);
        int heavy = 0;

        for (int i = 0; i < 200_000; i++)
        {
            long now = Second + i * (Second / 20_000);
            limiter.TryTake(strangers.Next(), now, out _);
            if (i % 10 == 0 && limiter.TryTake(7, now, out _)) heavy++;
        }

        // Ten at first, and one in each of ten seconds.
        Assert.InRange(heavy, 1, 20);
    }

    [Fact]
    public void StrangersThatGoAway_LeaveTheirPlacesToOthers()
    {
        CallerLimiter limiter = new(new RateLimitConfig(10, 1), Secret);
        SplitMix64 strangers = new(1);
        for (int i = 0; i < 100_000; i++) limiter.TryTake(strangers.Next(), Second, out _);
        int refused = 0;

        for (int i = 0; i < 2000; i++) refused += limiter.TryTake(strangers.Next(), 2 * Second, out _) ? 0 : 1;

        Assert.Equal(0, refused);
    }

    [Fact]
    public void InAnOverfullTable_StrangersOfARowShareOneBucket()
    {
        CallerLimiter limiter = new(new RateLimitConfig(0.01, 1), Secret);
        SplitMix64 strangers = new(1);
        int taken = 0;

        for (int i = 0; i < 200_000; i++) taken += limiter.TryTake(strangers.Next(), Second, out _) ? 1 : 0;

        Assert.InRange(taken, CallerLimiter.MaxCallers, CallerLimiter.MaxCallers * 9 / 8);
    }

    [Fact]
    public void ALongPause_IsNoPast()
    {
        CallerLimiter limiter = new(new RateLimitConfig(1000, 5), Secret);
        long now = Second;
        foreach (long pause in (long[])[0, 1, Second, 3600 * Second, 86_400 * Second, 40 * 86_400 * Second])
        {
            now += pause + 10 * Second;
            for (int i = 0; i < 5; i++) Assert.True(limiter.TryTake(7, now, out _), $"after {pause / Second} s");
            Assert.False(limiter.TryTake(7, now, out _));
        }
    }

    [Fact]
    public void AClockThatIsALittleBehind_FillsNoBucket()
    {
        CallerLimiter limiter = new(new RateLimitConfig(1000, 5), Secret);
        for (int i = 0; i < 5; i++) limiter.TryTake(7, Second, out _);

        Assert.False(limiter.TryTake(7, Second - 5_000_000, out _));
        Assert.False(limiter.TryTake(7, Second - 500_000_000, out _));
    }

    [Fact]
    public void WhatIsGivenBack_CanBeTakenAgain()
    {
        CallerLimiter limiter = new(new RateLimitConfig(1, 1), Secret);
        foreach (ulong caller in (ulong[])[7, 0])
        {
            Assert.True(limiter.TryTake(caller, Second, out _));
            limiter.GiveBack(caller);
            Assert.True(limiter.TryTake(caller, Second, out _));
            Assert.False(limiter.TryTake(caller, Second, out _));
        }
    }

    [Fact]
    public void ManyThreads_TakeNotOneTooMany_WhileStrangersComeAndGo()
    {
        RateLimitConfig config = new(200, 100);
        CallerLimiter limiter = new(config, Secret);
        long[] taken = new long[8];
        long clock = Second;

        Parallel.For(0, 4, thread =>
        {
            SplitMix64 random = new((ulong)thread);
            for (int i = 0; i < 20_000; i++)
            {
                long now = Interlocked.Add(ref clock, 5_000);
                limiter.TryTake(random.Next() | 1UL << 63, now, out _);
                ulong caller = (ulong)random.Next(taken.Length);
                if (limiter.TryTake(caller + 1, now, out _)) Interlocked.Increment(ref taken[caller]);
            }
        });

        // 80 000 steps of 5 us: 0.4 s, in which 80 flow in; each caller comes 10 000 times.
        Assert.All(taken, static count => Assert.InRange(count, 175, 181));
    }

    [Fact]
    public void AllocatesNothing_OnceItHasItsTable()
    {
        CallerLimiter limiter = new(new RateLimitConfig(1000, 10), Secret);
        SplitMix64 callers = new(1);
        long now = 0;

        Assert.Equal(0, Allocated.Least(() =>
        {
            for (int i = 0; i < 1000; i++) limiter.TryTake(callers.Next(), now += 100_000, out _);
        }));
    }
}
