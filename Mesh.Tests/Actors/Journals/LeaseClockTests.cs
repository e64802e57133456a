using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Journals;

/// <summary>No lease is taken over before its holder has stopped counting, whatever clocks say and whoever watches.</summary>
public sealed class LeaseClockTests
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(10);
    private readonly LeaseClock _clock = new();

    [Fact]
    public void ALease_RunsOut_WhenItsGrantWasWatchedForItsWholeDuration()
    {
        LeaseRow row = new(10, 1, 1, s_duration);
        _clock.Observe("l", row, TimeSpan.FromSeconds(5));

        Assert.False(_clock.HasRunOut("l", row, TimeSpan.FromSeconds(14.9)));
        Assert.True(_clock.HasRunOut("l", row, TimeSpan.FromSeconds(15)));
        Assert.False(_clock.HasRunOut("l", row with { Renewals = 2 }, TimeSpan.FromSeconds(15)));
    }

    [Fact]
    public void ARenewal_BeginsTheWatchAnew()
    {
        LeaseRow row = new(10, 1, 1, s_duration);
        _clock.Observe("l", row, TimeSpan.Zero);
        _clock.Observe("l", row with { Renewals = 2 }, TimeSpan.FromSeconds(9));

        Assert.False(_clock.HasRunOut("l", row with { Renewals = 2 }, TimeSpan.FromSeconds(18)));
        Assert.True(_clock.HasRunOut("l", row with { Renewals = 2 }, TimeSpan.FromSeconds(19)));
    }

    [Fact]
    public void AClockThatStarts_HasSeenNothing_AndWaits()
    {
        LeaseRow row = new(10, 3, 7, s_duration);
        _clock.Start([KeyValuePair.Create("l", row)], TimeSpan.FromHours(100));

        Assert.False(_clock.HasRunOut("l", row, TimeSpan.FromHours(100) + (s_duration / 2)));
        Assert.Null(_clock.Ask("l", 20, s_duration, row, TimeSpan.FromHours(100) + (s_duration / 2)).Expired);
        Assert.NotNull(_clock.Ask("l", 20, s_duration, row, TimeSpan.FromHours(100) + s_duration).Expired);
    }

    [Fact]
    public void ATakeover_NamesTheRowThatRanOut_AndFailsWhenItWasRenewedMeanwhile()
    {
        LeaseRow row = new(10, 1, 1, s_duration);
        _clock.Observe("l", row, TimeSpan.Zero);
        AcquireLease takeover = _clock.Ask("l", 20, s_duration, row, s_duration);
        (_, LeaseRow renewed) = LeaseRow.Decide(row, new AcquireLease { Name = "l", Holder = 10, DurationMs = 10_000 });

        Assert.False(LeaseRow.Decide(renewed, takeover).Held);
        Assert.Equal((true, new LeaseRow(20, 2, 2, s_duration)), LeaseRow.Decide(row, takeover));
    }

    [Fact]
    public void MoreLeasesThanCanBeWatched_AreWaitedForLonger_NeverShorter()
    {
        LeaseRow row = new(10, 1, 1, s_duration);
        for (int i = 0; i <= LeaseClock.MaxWatched; i++) _clock.Observe($"{i:d5}", row, TimeSpan.Zero);

        Assert.False(_clock.HasRunOut("00000", row, s_duration));
        Assert.Null(_clock.Ask("00000", 20, s_duration, row, s_duration).Expired);
        Assert.True(_clock.HasRunOut($"{LeaseClock.MaxWatched:d5}", row, s_duration));
    }

    /// <summary>
    /// Watchers with clocks of their own offsets come and go; holders count from before they ask. No two holders ever count at once, terms grow.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void HoldersIntervals_NeverOverlap(ulong seed)
    {
        SplitMix64 random = new(seed);
        LeaseRow? row = null;
        (ulong Holder, long Term, TimeSpan Until) owner = default;
        LeaseClock clock = new();
        TimeSpan now = TimeSpan.Zero;
        TimeSpan offset = TimeSpan.Zero;
        for (int i = 0; i < 3000; i++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(1500));
            if (random.Next(40) == 0)
            {
                clock = new LeaseClock();
                offset = TimeSpan.FromMilliseconds(random.Next(1_000_000) - 500_000);
                clock.Start(row is { } known ? [KeyValuePair.Create("l", known)] : [], now + offset);
            }

            ulong holder = 1 + (ulong)random.Next(3);
            if (random.Next(3) == 0 && holder == owner.Holder) continue;
            TimeSpan asked = now;
            now += TimeSpan.FromMilliseconds(random.Next(300));
            AcquireLease ask = clock.Ask("l", holder, s_duration, row, now + offset);
            (bool held, LeaseRow next) = LeaseRow.Decide(row, ask);
            if (!held) continue;
            row = next;
            clock.Observe("l", next, now + offset);
            Assert.True(owner.Holder == holder || owner.Until <= now, $"seed {seed}, step {i}: {holder} took from {owner} at {now}");
            Assert.True(next.Term == owner.Term + (owner.Holder == holder ? 0 : 1), $"seed {seed}, step {i}: term {next.Term} after {owner.Term}");
            owner = (holder, next.Term, asked + s_duration);
        }

        Assert.True(owner.Term > 3, $"seed {seed}: the lease hardly moved");
    }
}
