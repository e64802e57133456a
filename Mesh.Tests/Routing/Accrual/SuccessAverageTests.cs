using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Accrual;
using Mesh.Wire;
using Xunit;
using Outcome = Mesh.Routing.Accrual.Outcome;

namespace Mesh.Tests.Routing.Accrual;

/// <summary>Accrual by rates against the formulas of the book, on any history of outcomes.</summary>
public sealed class SuccessAverageTests
{
    private const long Millisecond = 1_000_000;
    private const long Start = 77_000_000_000;

    /// <summary>Steps of 0 to 400 ms, each with an outcome; three of four are good.</summary>
    private static readonly Gen<(int StepMs, bool IsSuccess)[]> Histories =
        Gen.Choose(0, 400).SelectMany(step => Gen.Choose(0, 3).Select(outcome => (step, outcome != 0))).ArrayOf();

    private static readonly AccrualConfig.SuccessRate OverRequests = new(0.8, 20);
    private static readonly AccrualConfig.SuccessRateWindowed OverTime = new(0.8, TimeSpan.FromSeconds(2));

    [Fact]
    public void OverRequests_ItIsFinaglesAverage_AndRipeAfterAsManyRequests() => Prop.ForAll(Histories.ToArbitrary(), history =>
    {
        SuccessAverage average = SuccessAverage.For(OverRequests, Start)!;
        var textbook = new Ema(20);
        for (int request = 1; request <= history.Length; request++)
        {
            bool isSuccess = history[request - 1].IsSuccess;
            (double rate, bool isRipe) = average.Take(isSuccess, Start);
            if (!rate.Equals(textbook.Update(request, isSuccess ? 1 : 0)) || isRipe != request >= 20) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void OverTime_ItIsFinaglesAverage() => Prop.ForAll(Histories.ToArbitrary(), history =>
    {
        SuccessAverage average = SuccessAverage.For(OverTime, Start)!;
        var textbook = new Ema(2000);
        long sinceStartMs = 0;
        foreach ((int step, bool isSuccess) in history)
        {
            sinceStartMs += step;
            (double rate, _) = average.Take(isSuccess, Start + sinceStartMs * Millisecond);
            if (Math.Abs(rate - textbook.Update(sinceStartMs, isSuccess ? 1 : 0)) > 1e-12) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void OverTime_ItIsRipe_AfterAWindow_AndOnFiveRequestsOfTheLast() => Prop.ForAll(Histories.ToArbitrary(), history =>
    {
        SuccessAverage average = SuccessAverage.For(OverTime, Start)!;
        var at = new List<long>();
        long now = Start;
        foreach ((int step, _) in history)
        {
            now += step * Millisecond;
            at.Add(now);
            (_, bool isRipe) = average.Take(isSuccess: false, now);
            bool windowPassed = now - Start >= 2000 * Millisecond;
            int inWindow = at.Count(each => each > now - 2000 * Millisecond);
            int surelyCounted = at.Count(each => each > now - 1600 * Millisecond);
            if (isRipe && !(windowPassed && inWindow >= 5)) return false;
            if (!isRipe && windowPassed && surelyCounted >= 5) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void DiesExactlyWhenFinaglesPolicyWould() => Prop.ForAll(Histories.ToArbitrary(), history =>
    {
        var breaker = new Breaker(BreakerState.NewLife(OverRequests, Start));
        var tally = new EndpointTally();
        var random = new SplitMix64(3);
        var textbook = new Ema(20);
        for (int request = 1; request <= history.Length; request++)
        {
            bool isSuccess = history[request - 1].IsSuccess;
            double rate = textbook.Update(request, isSuccess ? 1 : 0);
            bool dies = !isSuccess && request >= 20 && rate < 0.8;
            Outcome outcome = isSuccess ? Outcome.Success : Outcome.Failure;
            BreakerChange change = breaker.Report(breaker.State, new Observation(outcome, Start), OverRequests, tally, ref random);
            if (change.Move != (dies ? BreakerMove.Died : BreakerMove.None)) return false;
            if (dies) return true;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void PushbacksAndAbandonedRequests_AreNoPartOfTheRate()
    {
        var breaker = new Breaker(BreakerState.NewLife(OverRequests, Start));
        BreakerState life = breaker.State;

        for (int request = 0; request < 30; request++)
        {
            Report(ref breaker, Outcome.Pushback, OverRequests);
            Report(ref breaker, Outcome.Ignored, OverRequests);
        }

        Assert.Same(life, breaker.State);
        Assert.True(double.IsNaN(life.Average!.Rate));
    }

    [Fact]
    public void SaysTheNumbers_WhenItDies()
    {
        var breaker = new Breaker(BreakerState.NewLife(OverRequests, Start));
        for (int request = 0; request < 19; request++) Report(ref breaker, Outcome.Success, OverRequests);
        while (breaker.State.Phase == BreakerPhase.Alive) Report(ref breaker, Outcome.Failure, OverRequests);

        Assert.Equal("success rate 0.778 < 0.8 over 20 requests", breaker.State.Evidence!.ToString());
        Assert.Equal("success rate 0.799 < 0.8 over 2 s", new Evidence.LowRate(Outcome.Failure, 0.79999, OverTime).ToString());
    }

    [Fact]
    public void RevivalBeginsAnew_WithItsProbeAsFirstSuccess()
    {
        var breaker = new Breaker(BreakerState.NewLife(OverRequests, Start));
        for (int request = 0; request < 20; request++) Report(ref breaker, Outcome.Failure, OverRequests);
        Assert.True(breaker.TryAdmit(breaker.State.UntilNs, out BreakerState? probe));
        var random = new SplitMix64(3);

        breaker.Report(probe, new Observation(Outcome.Success, probe!.UntilNs), OverRequests, new EndpointTally(), ref random);
        double first = breaker.State.Average!.Rate;
        for (int request = 0; request < 18; request++) Report(ref breaker, Outcome.Failure, OverRequests);

        Assert.Equal((1.0, BreakerPhase.Alive), (first, breaker.State.Phase));
        Report(ref breaker, Outcome.Failure, OverRequests);
        Assert.Equal(BreakerPhase.Dead, breaker.State.Phase);
    }

    [Fact]
    public void ReloadToARate_KillsNobody_BeforeThatRateHasSeenEnough()
    {
        var failures = new AccrualConfig.ConsecutiveFailures { Failures = 1000 };
        var breaker = new Breaker(BreakerState.NewLife(failures, Start));
        for (int request = 0; request < 500; request++) Report(ref breaker, Outcome.Failure, failures);

        for (int request = 0; request < 19; request++) Report(ref breaker, Outcome.Failure, OverRequests);
        BreakerPhase before = breaker.State.Phase;
        Report(ref breaker, Outcome.Failure, OverRequests);

        Assert.Equal((BreakerPhase.Alive, BreakerPhase.Dead), (before, breaker.State.Phase));
    }

    /// <summary>The destination pardons those that are dead when the reload comes.</summary>
    [Fact]
    public void UnderNone_TheDeadStayDead_UntilTheirProbeOrAPardon()
    {
        var breaker = new Breaker(BreakerState.NewLife(OverRequests, Start));
        for (int request = 0; request < 20; request++) Report(ref breaker, Outcome.Failure, OverRequests);

        Report(ref breaker, Outcome.Ignored, new AccrualConfig.None());

        Assert.False(breaker.IsOpen(Start));
        Assert.True(breaker.IsOpen(breaker.State.UntilNs));
        Assert.Equal(BreakerMove.Revived, breaker.Pardon(new AccrualConfig.None(), Start).Move);
        Assert.True(breaker.IsOpen(Start));
        Assert.Equal(BreakerMove.None, breaker.Pardon(new AccrualConfig.None(), Start).Move);
    }

    [Fact]
    public void HealthyEndpoint_IsNotWritten_OnceItsAverageIsRipe()
    {
        SuccessAverage average = SuccessAverage.For(OverRequests, Start)!;
        for (int request = 0; request < 25; request++) average.Take(isSuccess: true, Start);

        Assert.Equal((1.0, true), average.Take(isSuccess: true, Start));
    }

    private static void Report(ref Breaker breaker, Outcome outcome, AccrualConfig accrual)
    {
        var random = new SplitMix64(3);
        breaker.Report(breaker.State, new Observation(outcome, Start), accrual, new EndpointTally(), ref random);
    }

    /// <summary>Finagle's Ema, word for word.</summary>
    private sealed class Ema(double window)
    {
        private long _time = long.MinValue;
        private double _ema;

        public double Update(long stamp, double value)
        {
            if (_time == long.MinValue)
            {
                _ema = value;
            }
            else
            {
                double weight = Math.Exp(-(stamp - _time) / window);
                _ema = value * (1 - weight) + _ema * weight;
            }

            _time = stamp;
            return _ema;
        }
    }
}
