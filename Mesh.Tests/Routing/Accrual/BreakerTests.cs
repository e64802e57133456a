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

    private Breaker _breaker = new(BreakerState.NewLife(AccrualConfig.Default, 0));
    private readonly EndpointTally _tally = new();
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
        Assert.Equal(Outcome.Failure, _breaker.State.LastOutcome);
    }

    [Fact]
    public void NeverDies_WhenAccrualIsNone()
    {
        var none = new AccrualConfig.None();

        for (int request = 0; request < 1000; request++)
            Assert.Equal(BreakerMove.None, _breaker.Report(Admit(), new Observation(Outcome.Failure, _now), none, _tally, ref _random).Move);

        Assert.True(_breaker.IsOpen(_now));
    }

    [Theory]
    [InlineData(null, 5)]
    [InlineData(1, 1)]
    public void ConnectionsThatCannotBeMade_KillUnderARateToo(int? refusals, int times)
    {
        AccrualConfig accrual = new AccrualConfig.SuccessRate(0.5, 100) { Refusals = refusals };

        for (int request = 1; request < times; request++) Assert.Equal(BreakerMove.None, Refuse());

        Assert.Equal(BreakerMove.Died, Refuse());
        Assert.Equal($"connect failure: {times} in a row", _breaker.State.Evidence!.ToString());

        BreakerMove Refuse() => _breaker.Report(Admit(), new Observation(Outcome.ConnectFailure, _now), accrual, _tally, ref _random).Move;
    }

    [Fact]
    public void OneRefusal_KillsUnderNone_WhenItIsAskedTo()
    {
        AccrualConfig accrual = new AccrualConfig.None { Refusals = 1 };

        BreakerMove failure = _breaker.Report(Admit(), new Observation(Outcome.Failure, _now), accrual, _tally, ref _random).Move;
        BreakerMove refusal = _breaker.Report(Admit(), new Observation(Outcome.ConnectFailure, _now), accrual, _tally, ref _random).Move;

        Assert.Equal((BreakerMove.None, BreakerMove.Died), (failure, refusal));
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

    [Fact]
    public void TellsTheFailuresThatKilled_AndThoseSince()
    {
        Report(Admit(), Outcome.Failure);
        Report(Admit(), Outcome.Failure);
        Report(Admit(), Outcome.ConnectFailure);
        (int Failures, string? Why) atDeath = (_breaker.State.Failures, _breaker.State.Evidence?.ToString());
        FailProbe();

        Assert.Equal((3, "connect failure: 3 in a row"), atDeath);
        Assert.Equal((4, "probe failed: 4 failures in a row"), (_breaker.State.Failures, _breaker.State.Evidence?.ToString()));
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(40, 40)]
    [InlineData(3600, 60)]
    public void ProbeThatIsPushedBack_RestsAtLeastAsLongAsItIsAsked(int askedSeconds, int leastSeconds)
    {
        Kill();
        FailProbe();

        BreakerMove move = Report(AdmitProbe(), Outcome.Pushback, askedSeconds * Second);

        Assert.Equal(BreakerMove.ProbeFailed, move);
        Assert.InRange(_breaker.State.UntilNs - _now, leastSeconds * Second, Math.Max(leastSeconds, 20) * Second);
        Assert.Equal(4, _breaker.State.Failures);
        Assert.StartsWith("Retry-After", _breaker.State.Evidence?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void PushbackOfALiveEndpoint_IsNeitherSuccessNorFailure()
    {
        Fail();
        Fail();

        BreakerMove move = Report(Admit(), Outcome.Pushback, 5 * Second);

        Assert.Equal((BreakerMove.None, 2), (move, _breaker.State.Failures));
        Assert.Equal(BreakerMove.Died, Fail());
    }

    [Fact]
    public void RestAsTicket_RevivesBySuccess_AndKeepsItsRestThroughFailures()
    {
        Kill();
        BreakerState dead = _breaker.State;

        Report(dead, Outcome.Failure);
        Report(dead, Outcome.Pushback, Second);
        Report(dead, Outcome.Ignored);

        Assert.Same(dead, _breaker.State);
        Assert.Equal(4, dead.Failures);
        Assert.Equal(BreakerMove.Revived, Report(dead, Outcome.Success));
        Assert.Equal(BreakerMove.None, Report(dead, Outcome.Success));
    }

    [Fact]
    public void RestAsTicket_LearnsThatNobodyListens()
    {
        Kill();
        BreakerState dead = _breaker.State;

        BreakerMove move = Report(dead, Outcome.ConnectFailure);

        Assert.Equal(BreakerMove.None, move);
        Assert.True(_breaker.State.IsRefusing);
        Assert.Equal((dead.UntilNs, dead.DiedAtNs), (_breaker.State.UntilNs, _breaker.State.DiedAtNs));
        Assert.Equal(BreakerMove.None, Report(dead, Outcome.Success));
    }

    [Fact]
    public void LivesOn_WhenTooManySiblingsAreDead_AndIsJudgedAgain()
    {
        _tally.Bound(size: 10, panicThreshold: 0.5, maximumEjectedShare: 0.1);
        Assert.True(_tally.TryReserveDeath());

        BreakerMove[] moves = [Fail(), Fail(), Fail(), Fail()];
        _tally.ReleaseDeath();
        BreakerMove last = Fail();

        Assert.Equal([BreakerMove.None, BreakerMove.None, BreakerMove.Spared, BreakerMove.Spared], moves);
        Assert.Equal((BreakerMove.Died, 5), (last, _breaker.State.Failures));
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
            shared.Breaker.Report(winner, new Observation(Outcome.Ignored, _now), _accrual, _tally, ref random);
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

    private BreakerMove Report(BreakerState? ticket, Outcome outcome, long restNs = 0) =>
        _breaker.Report(ticket, new Observation(outcome, _now, restNs), _accrual, _tally, ref _random).Move;

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
