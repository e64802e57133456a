using Mesh.Routing.Accrual;
using Mesh.Routing.Limits;
using Mesh.Tests.Kit;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.Routing.Limits;

public sealed class ConcurrencyLimitTests
{
    private const long Second = 1_000_000_000;
    private static readonly ConcurrencyConfig s_one = new() { MaxRequests = 1 };

    /// <summary>One instant for a whole test, however slow the machine: a queue that stands for long serves in another order.</summary>
    private long _now = EventLoop.NowNs;

    [Fact]
    public void LetsInAsManyAsTheLimit_AndAgainWhenOneLeaves()
    {
        ConcurrencyLimit limit = new(new ConcurrencyConfig { MaxRequests = 2 }, 0);

        Assert.True(limit.TryEnter());
        Assert.True(limit.TryEnter());
        Assert.False(limit.TryEnter());
        limit.Leave(0, 1, Outcome.Success);
        Assert.True(limit.TryEnter());
        Assert.Equal((2, 2, 0), (limit.Limit, limit.InFlight, limit.Queued));
    }

    [Fact]
    public void EnteringAndLeaving_AllocateNothing()
    {
        ConcurrencyLimit limit = new(new ConcurrencyConfig { IsAdaptive = true }, 0);
        long now = 0;

        long bytes = Allocated.Least(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                now += 1_000_000;
                limit.TryEnter();
                limit.Leave(now - 500_000, now, i % 10 == 0 ? Outcome.Failure : Outcome.Success);
            }
        });

        Assert.Equal(0, bytes);
    }

    [Fact]
    public async Task WhoWaits_GetsThePlaceOfWhoLeaves_AndNobodyOvertakes()
    {
        await using LoopRunner runner = new();
        ConcurrencyLimit limit = new(s_one, 0);
        Assert.True(limit.TryEnter());
        (Task<Admission> first, _) = await WaitAsync(limit, runner.First);
        (Task<Admission> second, _) = await WaitAsync(limit, runner.First);

        limit.Leave(_now, _now, Outcome.Success);

        Assert.Equal(Admission.Admitted, await first.WaitAsync(LoopRunner.Patience));
        Assert.Equal((1, 1), (limit.InFlight, limit.Queued));
        Assert.False(limit.TryEnter());
        limit.Leave(_now, _now, Outcome.Ignored);
        Assert.Equal(Admission.Admitted, await second.WaitAsync(LoopRunner.Patience));
        limit.Leave(_now, _now, Outcome.Success);
        Assert.Equal((0, 0, 2L), (limit.InFlight, limit.Queued, limit.Counters.AdmittedAfterWait));
    }

    [Fact]
    public async Task APlaceThatCameFreeMeanwhile_IsTakenWithoutAWait()
    {
        await using LoopRunner runner = new();
        ConcurrencyLimit limit = new(s_one, 0);

        (Task<Admission> wait, AdmissionWaiter? waiter) = await WaitAsync(limit, runner.First);

        Assert.Equal(Admission.Admitted, await wait);
        Assert.Null(waiter);
        Assert.Equal((1, 0, 0L), (limit.InFlight, limit.Queued, limit.Counters.AdmittedAfterWait));
    }

    [Fact]
    public async Task AFullQueue_RefusesAtOnce()
    {
        await using LoopRunner runner = new();
        ConcurrencyLimit limit = new(s_one with { MaxQueued = 0 }, 0);
        limit.TryEnter();

        (Task<Admission> wait, AdmissionWaiter? waiter) = await WaitAsync(limit, runner.First);

        Assert.Equal(Admission.QueueFull, await wait);
        Assert.Null(waiter);
        Assert.Equal((0, 1L, 1), (limit.Queued, limit.Counters.QueueFull, limit.RetryAfterSeconds));
    }

    [Fact]
    public async Task WithoutADeadline_TheWaitIsBounded_AndThePlaceIsNotLost()
    {
        await using LoopRunner runner = new();
        ConcurrencyLimit limit = new(s_one, 0);
        limit.TryEnter();
        Task<Admission> wait = await LoopRunner.RunAsync(
            runner.First, () => new ValueTask<Task<Admission>>(limit.WaitAsync(runner.First, LoopTimer.Never, EventLoop.NowNs).AsTask()));

        await runner.PassAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(Admission.TimedOut, await wait.WaitAsync(LoopRunner.Patience));
        Assert.Equal((1, 0, 1L), (limit.InFlight, limit.Queued, limit.Counters.TimedOut));
        limit.Leave(_now, _now, Outcome.Success);
        Assert.True(limit.TryEnter());
    }

    [Fact]
    public async Task AClientThatGoesAway_EndsTheWaitAtOnce()
    {
        await using LoopRunner runner = new();
        ConcurrencyLimit limit = new(s_one, 0);
        limit.TryEnter();
        (Task<Admission> wait, AdmissionWaiter? waiter) = await WaitAsync(limit, runner.First);

        await runner.RunAsync(() =>
        {
            waiter!.GiveUp();
            Assert.True(wait.IsCompleted);
            waiter.GiveUp();
        });

        Assert.Equal(Admission.GivenUp, await wait);
        Assert.Equal((1, 0, 1L), (limit.InFlight, limit.Queued, limit.Counters.GivenUp));
    }

    [Fact]
    public async Task AClientThatGoesAway_WhileThePlaceIsOnItsWay_IsStillGivenIt()
    {
        await using LoopRunner runner = new();
        ConcurrencyLimit limit = new(s_one, 0);
        limit.TryEnter();
        (Task<Admission> wait, AdmissionWaiter? waiter) = await WaitAsync(limit, runner.First);

        await runner.RunAsync(() =>
        {
            limit.Leave(_now, _now, Outcome.Success);
            waiter!.GiveUp();
            Assert.False(wait.IsCompleted);
        });

        Assert.Equal(Admission.Admitted, await wait.WaitAsync(LoopRunner.Patience));
        Assert.Equal((1, 0, 0L), (limit.InFlight, limit.Queued, limit.Counters.GivenUp));
    }

    [Fact]
    public async Task AHigherLimit_LetsThoseInWhoWait_AndALowerOneNobodyUntilEnoughHaveLeft()
    {
        await using LoopRunner runner = new();
        ConcurrencyLimit limit = new(s_one, 0);
        limit.TryEnter();
        (Task<Admission> first, _) = await WaitAsync(limit, runner.First);
        (Task<Admission> second, _) = await WaitAsync(limit, runner.First);

        limit.Config = s_one with { MaxRequests = 3 };

        Assert.Equal(Admission.Admitted, await first.WaitAsync(LoopRunner.Patience));
        Assert.Equal(Admission.Admitted, await second.WaitAsync(LoopRunner.Patience));
        limit.Config = s_one;
        limit.Leave(_now, _now, Outcome.Success);
        limit.Leave(_now, _now, Outcome.Success);
        Assert.False(limit.TryEnter());
        limit.Leave(_now, _now, Outcome.Success);
        Assert.True(limit.TryEnter());
    }

    [Fact]
    public async Task AHigherLimit_LetsEverybodyIn_HoweverLongTheyHaveWaited()
    {
        await using LoopRunner runner = new();
        ConcurrencyLimit limit = new(s_one, 0);
        limit.TryEnter();
        _now -= 10 * Second;
        var waits = new Task<Admission>[3];
        for (int i = 0; i < waits.Length; i++) (waits[i], _) = await WaitAsync(limit, runner.First);

        limit.Config = s_one with { MaxRequests = 4 };

        Assert.All(await Task.WhenAll(waits).WaitAsync(LoopRunner.Patience), static end => Assert.Equal(Admission.Admitted, end));
    }

    [Fact]
    public async Task AnOutageThatMadeWaitingFutile_IsForgotten_OnceRequestsAreQuickAgain()
    {
        await using LoopRunner runner = new();
        ConcurrencyLimit limit = new(s_one, 0);
        limit.TryEnter();
        for (int slow = 0; slow < 20; slow++)
        {
            (Task<Admission> wait, _) = await WaitAsync(limit, runner.First);
            limit.Leave(_now - 300 * Second, _now, Outcome.Failure);
            if (await wait.WaitAsync(LoopRunner.Patience) != Admission.Admitted) Assert.True(limit.TryEnter());
        }

        (Task<Admission> futile, _) = await WaitAsync(limit, runner.First);
        for (int quick = 0; quick < 100; quick++)
        {
            limit.Leave(_now - Second / 100, _now, Outcome.Success);
            Assert.True(limit.TryEnter());
        }

        (Task<Admission> again, _) = await WaitAsync(limit, runner.First);
        limit.Leave(_now - Second / 100, _now, Outcome.Success);

        Assert.Equal(Admission.TooLate, await futile);
        Assert.Equal(Admission.Admitted, await again.WaitAsync(LoopRunner.Patience));
    }

    [Fact]
    public void OfConfigsThatComeTogether_OneHoldsAltogether()
    {
        ConcurrencyLimit limit = new(s_one, 0);

        Parallel.For(0, 4, worker =>
        {
            for (int i = 0; i < 5000; i++) limit.Config = s_one with { MaxRequests = 1 + worker };
        });

        Assert.Equal(limit.Config.MaxRequests, limit.Limit);
    }

    [Fact]
    public void FixedAndAdaptive_ReplaceEachOtherLive()
    {
        ConcurrencyLimit limit = new(new ConcurrencyConfig { IsAdaptive = true }, EventLoop.NowNs);
        Assert.Equal(ConcurrencyConfig.DefaultInitialRequests, limit.Limit);

        limit.Config = new ConcurrencyConfig { MaxRequests = 7 };
        Assert.Equal(7, limit.Limit);

        limit.Config = new ConcurrencyConfig { IsAdaptive = true, MaxRequests = 10 };
        Assert.Equal(10, limit.Limit);
    }

    [Fact]
    public void AnAdaptiveLimit_MovesWithWhatLeaves()
    {
        ConcurrencyLimit limit = new(new ConcurrencyConfig { IsAdaptive = true }, 0);
        long now = 0;

        Rounds(Outcome.Success);
        Assert.InRange(limit.Limit, ConcurrencyConfig.DefaultInitialRequests + 1, ConcurrencyConfig.DefaultMaxRequests);
        Assert.InRange(limit.BaseLatencyNs, 19_000_000, 21_000_000);

        Rounds(Outcome.Failure);
        Assert.InRange(limit.Limit, ConcurrencyConfig.DefaultMinRequests, ConcurrencyConfig.DefaultInitialRequests);
        Assert.Equal(0, limit.InFlight);

        void Rounds(Outcome outcome)
        {
            for (int round = 0; round < 100; round++)
            {
                now += 20_000_000;
                while (limit.TryEnter())
                {
                }

                for (int left = limit.InFlight; left > 0; left--) limit.Leave(now - 20_000_000, now, outcome);
            }
        }
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task ManyFlowsOnSeveralLoops_NeverExceedTheLimit_AndLoseNoPlaceAndNoWakeUp(bool changes, ulong seed)
    {
        const int Loops = 3;
        const int Flows = 24;
        const int Rounds = 200;
        await using LoopRunner runner = new(loops: Loops);
        ConcurrencyLimit limit = new(new ConcurrencyConfig { MaxRequests = 4, MaxQueued = 1000 }, EventLoop.NowNs);
        int most = 0, admitted = 0, ended = 0;

        async ValueTask<bool> FlowAsync(int flow)
        {
            EventLoop loop = runner.Group.Loops[flow % Loops];
            SplitMix64 random = new(seed * 1000 + (ulong)flow);
            for (int i = 0; i < Rounds; i++)
            {
                Admission end = Admission.Admitted;
                if (!limit.TryEnter())
                {
                    long now = EventLoop.NowNs;
                    long deadline = now + (random.Next(20) == 0 ? 1 : 60) * Second;
                    ValueTask<Admission> wait = limit.WaitAsync(loop, deadline, now, out AdmissionWaiter? waiter);
                    if (waiter is not null && random.Next(10) == 0) loop.Defer(static (self, _) => ((AdmissionWaiter)self!).GiveUp(), waiter);
                    end = await wait;
                }

                Assert.Same(loop, EventLoop.Current);
                Interlocked.Increment(ref ended);
                if (end != Admission.Admitted) continue;
                Interlocked.Increment(ref admitted);
                InterlockedMax(ref most, limit.InFlight);
                long start = EventLoop.NowNs;
                for (int turns = random.Next(3); turns > 0; turns--) await YieldAsync(loop);
                limit.Leave(start, EventLoop.NowNs, Outcome.Success);
            }

            return true;
        }

        Task[] flows =
            [.. Enumerable.Range(0, Flows).Select(flow => LoopRunner.RunAsync(runner.Group.Loops[flow % Loops], () => FlowAsync(flow)))];
        for (int i = 0; changes && !flows.All(static flow => flow.IsCompleted); i++)
        {
            limit.Config = limit.Config with { MaxRequests = 1 + i % 4 };
            await Task.Yield();
        }

        await Task.WhenAll(flows).WaitAsync(LoopRunner.Patience);

        Assert.InRange(most, 1, 4);
        Assert.Equal((Flows * Rounds, 0, 0), (ended, limit.InFlight, limit.Queued));
        ConcurrencyCounters counters = limit.Counters;
        Assert.Equal(Flows * Rounds - admitted, counters.QueueFull + counters.TooLate + counters.TimedOut + counters.GivenUp);
        Assert.True(limit.TryEnter());
    }

    private async Task<(Task<Admission> Wait, AdmissionWaiter? Waiter)> WaitAsync(ConcurrencyLimit limit, EventLoop loop) =>
        await LoopRunner.RunAsync(loop, () =>
        {
            Task<Admission> wait = limit.WaitAsync(loop, _now + 60 * Second, _now, out AdmissionWaiter? waiter).AsTask();
            return (wait, waiter);
        });

    private static ValueTask<bool> YieldAsync(EventLoop loop)
    {
        LoopSource<bool> source = new();
        ValueTask<bool> wait = source.Arm();
        loop.Defer(static (self, _) => ((LoopSource<bool>)self!).Complete(true), source);
        return wait;
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; value > seen; seen = most) Interlocked.CompareExchange(ref most, value, seen);
    }
}
