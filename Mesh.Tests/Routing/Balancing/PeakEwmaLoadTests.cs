using FsCheck;
using FsCheck.Fluent;
using Mesh.Routing.Balancing;
using Xunit;

namespace Mesh.Tests.Routing.Balancing;

public sealed class PeakEwmaLoadTests
{
    private const long Millisecond = 1_000_000;
    private static readonly TimeSpan Decay = TimeSpan.FromSeconds(10);

    /// <summary>Steps of up to 2 s with latencies of up to 4 s; a latency of 0 is a look at the load.</summary>
    private static readonly Gen<(int StepMs, int LatencyMs)[]> Histories =
        Gen.Choose(0, 2000).SelectMany(step => Gen.Choose(0, 4000).Select(latency => (step, latency))).ArrayOf();

    [Fact]
    public void PeaksAtOnce()
    {
        var load = new PeakEwmaLoad(Decay, 0);
        load.Observe(Millisecond, 5 * Millisecond);

        load.Observe(2 * Millisecond, 900 * Millisecond);

        Near(900 * Millisecond, load.Load(2 * Millisecond, 0));
    }

    [Fact]
    public void FallsToOneEth_AfterOneDecay()
    {
        var load = new PeakEwmaLoad(Decay, 0);
        load.Observe(0, 100 * Millisecond);

        double later = load.Load(10_000 * Millisecond, 0);

        Near(100 * Millisecond / Math.E, later);
    }

    [Fact]
    public void CountsTheRequestsThatAreOut()
    {
        var load = new PeakEwmaLoad(Decay, 0);
        load.Observe(0, 100 * Millisecond);

        Near(100.0 * Millisecond * 8, load.Load(0, 7));
    }

    [Fact]
    public void PenalizesTheUnmeasured_OnlyWhileItHasRequestsOut()
    {
        var load = new PeakEwmaLoad(Decay, 0);

        Assert.Equal(0, load.Load(5, 0));
        Assert.Equal(PeakEwmaLoad.Penalty + 3, load.Load(5, 3));
        Assert.Equal(140_737_488_355_327, PeakEwmaLoad.Penalty);
    }

    [Fact]
    public void Agrees_WithTheTextbookFormula_OnAnyHistory() => Prop.ForAll(Histories.ToArbitrary(), history =>
    {
        var load = new PeakEwmaLoad(Decay, 0);
        var textbook = new Textbook(Decay.TotalNanoseconds);
        long now = 0;
        foreach ((int step, int latency) in history)
        {
            now += step * Millisecond;
            int pending = latency % 5;
            if (latency % 2 == 0)
            {
                if (!Same(load.Load(now, pending), textbook.Load(now, pending))) return false;
            }
            else
            {
                load.Observe(now, latency * Millisecond);
                textbook.Observe(now, latency * (double)Millisecond);
            }
        }

        return Same(load.Cost(now), textbook.Load(now, 0));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void DecaysMonotonically_WhileNobodyMeasures() => Prop.ForAll(Histories.ToArbitrary(), history =>
    {
        var load = new PeakEwmaLoad(Decay, 0);
        load.Observe(0, 3000 * Millisecond);
        long now = 0;
        double before = double.MaxValue;
        foreach ((int step, _) in history)
        {
            now += (step + 1) * Millisecond;
            double after = load.Load(now, 0);
            if (after >= before || after < 0) return false;
            before = after;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void StaysBetweenZeroAndTheHighestPeak() => Prop.ForAll(Histories.ToArbitrary(), history =>
    {
        var load = new PeakEwmaLoad(Decay, 0);
        long now = 0;
        double peak = 0;
        foreach ((int step, int latency) in history)
        {
            now += step * Millisecond;
            load.Observe(now, latency * Millisecond);
            peak = Math.Max(peak, latency * (double)Millisecond);
            double cost = load.Cost(now);
            if (cost < 0 || cost > peak * (1 + 1e-6) || cost < latency * (double)Millisecond * (1 - 1e-6)) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Levels_OrderLikeLoads() => Prop.ForAll(Histories.ToArbitrary(), Histories.ToArbitrary(), (ones, others) =>
    {
        (PeakEwmaLoad one, PeakEwmaLoad other) = (Replay(ones), Replay(others));
        const long now = 300_000 * Millisecond;
        for (int pending = 0; pending < 600; pending += 97)
        {
            double difference = one.Load(now, pending) - other.Load(now, 300);
            double levels = one.Level(now, pending, 1) - other.Level(now, 300, 1);
            if (Math.Abs(difference) > 1e-3 * Millisecond && Math.Sign(difference) != Math.Sign(levels)) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void BackwardClock_CountsAsStandingStill()
    {
        var load = new PeakEwmaLoad(Decay, 0);
        load.Observe(1000 * Millisecond, 50 * Millisecond);

        load.Observe(500 * Millisecond, 10 * Millisecond);

        Near(50 * Millisecond, load.Cost(500 * Millisecond));
    }

    [Fact]
    public void BecomesUnmeasuredAgain_AfterHours()
    {
        var load = new PeakEwmaLoad(Decay, 0);
        load.Observe(0, 50 * Millisecond);
        long later = (long)TimeSpan.FromHours(3).TotalNanoseconds;

        Assert.Equal(0, load.Load(later, 0));
        Assert.Equal(PeakEwmaLoad.Penalty + 1, load.Load(later, 1));
    }

    private static PeakEwmaLoad Replay((int StepMs, int LatencyMs)[] history)
    {
        var load = new PeakEwmaLoad(Decay, 0);
        long now = 0;
        foreach ((int step, int latency) in history) load.Observe(now += step * Millisecond, (latency + 1) * Millisecond);
        return load;
    }

    private static bool Same(double actual, double expected) => Math.Abs(actual - expected) <= 1e-6 * Math.Max(1, Math.Abs(expected));

    private static void Near(double expected, double actual) => Assert.True(Same(actual, expected), $"expected {expected}, got {actual}");

    /// <summary>Finagle's Metric, word for word: stamp and cost, every look is an observation of 0.</summary>
    private sealed class Textbook(double tau)
    {
        private long _stamp;
        private double _cost;

        public void Observe(long now, double rtt)
        {
            double w = Math.Exp(-Math.Max(now - _stamp, 0) / tau);
            _cost = rtt > _cost ? rtt : _cost * w + rtt * (1 - w);
            _stamp = now;
        }

        public double Load(long now, int pending)
        {
            Observe(now, 0);
            return _cost == 0 && pending != 0 ? PeakEwmaLoad.Penalty + pending : _cost * (pending + 1);
        }
    }
}
