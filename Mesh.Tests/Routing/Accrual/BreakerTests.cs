using Mesh.Routing.Accrual;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Routing.Accrual;

/// <summary>Each test is a story of requests that meet at one door; tickets name them.</summary>
public sealed class BreakerTests
{
    private const long Second = 1_000_000_000;

    private readonly AccrualConfig _accrual = new AccrualConfig.ConsecutiveFailures
    {
        Failures = 3,
        Backoff = new BackoffConfig.EqualJittered(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(300)),
    };

    private Breaker _breaker = new(BreakerState.NewLife());
    private SplitMix64 _random = new(7);
    private long _now = 100 * Second;

    [Fact]
    public void Dies_WhenThreeFailuresComeInARow()
    {
        BreakerMove[] moves = [Fail(), Fail(), Fail()];

        Assert.Equal([BreakerMove.None, BreakerMove.None, BreakerMove.Died], moves);
        Assert.Equal(BreakerPhase.Dead, _breaker.State.Phase);
        Assert.Equal(_now + 5 * Second, _breaker.State.UntilNs);
        Assert.False(_breaker.IsOpen(_now));
    }

    [Fact]
    public void Lives_WhenASuccessComesBetweenFailures()
    {
        BreakerMove[] moves = [Fail(), Fail(), Succeed(), Fail(), Fail()];

        Assert.All(moves, move => Assert.Equal(BreakerMove.None, move));
        Assert.Equal(2, _breaker.State.Failures);
    }

    [Fact]
    public void CountsConnectFailures_AndIgnoresClientsThatWentAway()
    {
        Report(Admit(), Outcome.ConnectFailure);
        Report(Admit(), Outcome.Ignored);
        Report(Admit(), Outcome.ConnectFailure);
        BreakerMove last = Fail();

        Assert.Equal(BreakerMove.Died, last);
        Assert.Equal(Outcome.Failure, _breaker.State.Evidence);
    }

    [Fact]
    public void NeverDies_WhenAccrualIsNone()
    {
        var none = new AccrualConfig.None();

        for (int request = 0; request < 1000; request++)
            Assert.Equal(BreakerMove.None, _breaker.Report(Admit(), Outcome.Failure, none, _now, ref _random));

        Assert.True(_breaker.IsOpen(_now));
    }

    [Fact]
    public void AdmitsOneProbe_WhenTheRestIsOver()
    {
        Kill();
        Assert.False(_breaker.TryAdmit(_now + 5 * Second - 1, out _));

        _now += 5 * Second;
        bool first = _breaker.TryAdmit(_now, out BreakerState? probe);
        bool second = _breaker.TryAdmit(_now, out BreakerState? late);

        Assert.True(first);
        Assert.Equal(BreakerPhase.Probing, probe!.Phase);
        Assert.False(second);
        Assert.Null(late);
    }

    [Fact]
    public void Revives_WhenTheProbeSucceeds_AndTheBackOffStartsOver()
    {
        Kill();
        FailProbe();
        FailProbe();
        Assert.Equal(3, _breaker.State.Rests);

        BreakerMove move = Report(AdmitProbe(), Outcome.Success);
        Kill();

        Assert.Equal(BreakerMove.Revived, move);
        Assert.Equal(5 * Second, _breaker.State.RestNs);
        Assert.Equal(1, _breaker.State.Rests);
    }

    [Fact]
    public void RestsLonger_WhenTheProbeFails_AndRemembersWhenItDied()
    {
        Kill();
        long died = _now;

        FailProbe();
        FailProbe();

        Assert.InRange(_breaker.State.RestNs, 10 * Second, 20 * Second);
        Assert.Equal(died, _breaker.State.DiedAtNs);
    }

    [Fact]
    public void LetsTheNextOneProbe_WhenTheProbesClientWentAway()
    {
        Kill();
        BreakerState dead = _breaker.State;
        BreakerState? probe = AdmitProbe();

        BreakerMove move = Report(probe, Outcome.Ignored);

        Assert.Equal(BreakerMove.ProbeReleased, move);
        Assert.Same(dead, _breaker.State);
        Assert.True(_breaker.TryAdmit(_now, out BreakerState? next));
        Assert.NotSame(probe, next);
    }

    [Fact]
    public void Straggler_FromBeforeTheDeath_NeitherRevivesNorProbes()
    {
        BreakerState? straggler = Admit();
        Kill();
        BreakerState? probe = AdmitProbe();

        BreakerMove duringProbe = Report(straggler, Outcome.Success);

        Assert.Equal(BreakerMove.None, duringProbe);
        Assert.Same(probe, _breaker.State);
        Assert.Equal(BreakerMove.Revived, Report(probe, Outcome.Success));
    }

    [Fact]
    public void Straggler_FromAnEarlierLife_DoesNotCountInThisOne()
    {
        BreakerState?[] stragglers = [Admit(), Admit(), Admit()];
        Kill();
        Report(AdmitProbe(), Outcome.Success);

        foreach (BreakerState? straggler in stragglers) Report(straggler, Outcome.Failure);

        Assert.Equal(BreakerPhase.Alive, _breaker.State.Phase);
        Assert.Equal(0, _breaker.State.Failures);
    }

    [Fact]
    public void OneMoveOnly_WhenManyFailuresCrossTheLineTogether()
    {
        BreakerState?[] together = [.. Enumerable.Range(0, 10).Select(_ => Admit())];

        BreakerMove[] moves = [.. together.Select(ticket => Report(ticket, Outcome.Failure))];

        Assert.Single(moves, BreakerMove.Died);
        Assert.Equal(9, moves.Count(move => move == BreakerMove.None));
    }

    [Fact]
    public void RequestThatForcedItsWayIn_MovesNothing()
    {
        Kill();
        BreakerState dead = _breaker.State;

        BreakerMove[] moves = [Report(null, Outcome.Success), Report(null, Outcome.Failure)];

        Assert.All(moves, move => Assert.Equal(BreakerMove.None, move));
        Assert.Same(dead, _breaker.State);
    }

    [Fact]
    public void ProbeReportedTwice_MovesOnce()
    {
        Kill();
        BreakerState? probe = AdmitProbe();

        BreakerMove[] moves = [Report(probe, Outcome.Failure), Report(probe, Outcome.Success)];

        Assert.Equal([BreakerMove.ProbeFailed, BreakerMove.None], moves);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void ExactlyOneProbe_WhenThreadsRaceForIt(ulong seed)
    {
        Kill();
        _now = _breaker.State.UntilNs;
        var shared = new SharedBreaker { Breaker = new Breaker(_breaker.State) };
        int probes = 0;

        for (int round = 0; round < 200; round++)
        {
            int admitted = 0;
            BreakerState? winner = null;
            Parallel.For(0, 8, _ =>
            {
                if (!shared.Breaker.TryAdmit(_now, out BreakerState? ticket)) return;
                Interlocked.Increment(ref admitted);
                winner = ticket;
            });
            Assert.Equal(1, admitted);
            probes += admitted;
            var random = new SplitMix64(seed);
            shared.Breaker.Report(winner, Outcome.Ignored, _accrual, _now, ref random);
        }

        Assert.Equal(200, probes);
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

    private BreakerMove Report(BreakerState? ticket, Outcome outcome) => _breaker.Report(ticket, outcome, _accrual, _now, ref _random);

    private BreakerMove Fail() => Report(Admit(), Outcome.Failure);

    private BreakerMove Succeed() => Report(Admit(), Outcome.Success);

    private void FailProbe() => Assert.Equal(BreakerMove.ProbeFailed, Report(AdmitProbe(), Outcome.Failure));

    private void Kill()
    {
        for (int failure = 0; failure < 3; failure++) Fail();
        Assert.Equal(BreakerPhase.Dead, _breaker.State.Phase);
    }

    private sealed class SharedBreaker
    {
        internal Breaker Breaker;
    }
}
