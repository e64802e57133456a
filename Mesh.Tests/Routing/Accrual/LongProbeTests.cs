using Mesh.Routing.Accrual;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Routing.Accrual;

/// <summary>Probes that stay out for longer than the rest was: others may go beside them.</summary>
public sealed class LongProbeTests
{
    private const long Second = 1_000_000_000;

    private readonly AccrualConfig _accrual = new AccrualConfig.ConsecutiveFailures { Failures = 3 };
    private readonly EndpointTally _tally = new();
    private Breaker _breaker = new(BreakerState.NewLife(AccrualConfig.Default, 0));
    private SplitMix64 _random = new(7);
    private long _now = 100 * Second;

    /// <summary>A WebSocket, a stream that lasts for hours, a backend that hangs without a timeout.</summary>
    [Theory]
    [InlineData(0, 5)]
    [InlineData(2, 20)]
    public void LetsAnotherProbeGo_WhenOneHasBeenOutForAsLongAsTheRest(int failedProbes, int mostSeconds)
    {
        Kill();
        for (int probe = 0; probe < failedProbes; probe++) FailProbe();
        BreakerState? endless = AdmitProbe();
        long rest = _breaker.State.RestNs;

        bool early = _breaker.TryAdmit(_now + rest - 1, out _);
        bool another = _breaker.TryAdmit(_now += rest, out BreakerState? second);
        bool third = _breaker.TryAdmit(_now, out _);

        Assert.InRange(rest, 5 * Second, mostSeconds * Second);
        Assert.Equal((false, true, false), (early, another, third));
        Assert.Equal(BreakerPhase.Probing, second!.Phase);
        Assert.Equal(BreakerMove.Revived, Report(second, Outcome.Success));
        Assert.Equal(BreakerMove.None, Report(endless, Outcome.Failure));
    }

    [Theory]
    [InlineData(Outcome.Success, nameof(BreakerMove.Revived), BreakerPhase.Alive)]
    [InlineData(Outcome.Failure, nameof(BreakerMove.ProbeFailed), BreakerPhase.Dead)]
    [InlineData(Outcome.Ignored, nameof(BreakerMove.None), BreakerPhase.Probing)]
    public void OfTwoProbes_TheFirstThatProvesSomethingDecides(Outcome outcome, string move, BreakerPhase phase)
    {
        Kill();
        BreakerState? first = AdmitProbe();
        BreakerState? second = AdmitProbe();

        BreakerMove ofFirst = Report(first, outcome);
        BreakerPhase after = _breaker.State.Phase;
        BreakerMove ofSecond = Report(second, Outcome.Success);

        Assert.Equal((move, phase), (ofFirst.ToString(), after));
        Assert.Equal(outcome == Outcome.Ignored ? BreakerMove.Revived : BreakerMove.None, ofSecond);
    }

    [Fact]
    public void ProbeThatComesBackLate_StillCounts_WhenTheOneBesideItProvedNothing()
    {
        Kill();
        BreakerState dead = _breaker.State;
        BreakerState? first = AdmitProbe();
        BreakerState? second = AdmitProbe();

        BreakerMove released = Report(second, Outcome.Ignored);

        Assert.Equal(BreakerMove.ProbeReleased, released);
        Assert.Same(dead, _breaker.State);
        Assert.Equal(BreakerMove.Revived, Report(first, Outcome.Success));
    }

    private BreakerState? Admit()
    {
        Assert.True(_breaker.TryAdmit(_now, out BreakerState? ticket));
        return ticket;
    }

    private BreakerState? AdmitProbe()
    {
        _now = Math.Max(_now, _breaker.State.UntilNs);
        BreakerState? ticket = Admit();
        Assert.Equal(BreakerPhase.Probing, ticket!.Phase);
        return ticket;
    }

    private BreakerMove Report(BreakerState? ticket, Outcome outcome) =>
        _breaker.Report(ticket, new Observation(outcome, _now), _accrual, _tally, ref _random).Move;

    private void FailProbe() => Assert.Equal(BreakerMove.ProbeFailed, Report(AdmitProbe(), Outcome.Failure));

    private void Kill()
    {
        for (int failure = 0; failure < 3; failure++) Report(Admit(), Outcome.Failure);
        Assert.Equal(BreakerPhase.Dead, _breaker.State.Phase);
    }
}
