using System.Collections.Immutable;
using Mesh.Actors.Downing;
using Mesh.Actors.Membership;
using Mesh.Tests.Actors.Detection;
using Xunit;
using static Mesh.Tests.Actors.Detection.Crowd;

namespace Mesh.Tests.Actors.Downing;

public sealed class SplitBrainResolverTests
{
    private static readonly DowningSettings Majority = new();

    [Fact]
    public void NobodyUnreachable_DownsNobody_WithAnyStrategy()
    {
        foreach (DowningSettings settings in Splits.Strategies)
        {
            foreach (int nodes in new[] { 1, 2, 3, 5 }) Assert.Equal(DowningOutcome.Nothing, Splits.Decide(0, Of(nodes), [], settings).Outcome);
        }
    }

    [Fact]
    public void AQuorumLargerThanTheClusterAtItsStart_DownsNobody() =>
        Assert.Equal(DowningOutcome.Nothing, Splits.Decide(0, Of(1), [], new DowningSettings { Strategy = DowningStrategy.StaticQuorum }).Outcome);

    [Fact]
    public void ATie_GoesToTheLowestAddress()
    {
        Assert.Equal(DowningOutcome.DownOthers, Splits.Decide(0, Of(4), Splits.Accusations([0, 3], 4), Majority).Outcome);
        Assert.Equal(DowningOutcome.DownSelf, Splits.Decide(1, Of(4), Splits.Accusations([1, 2], 4), Majority).Outcome);
    }

    [Fact]
    public void TwoNodes_TheLowestGoesOn()
    {
        Assert.Equal(DowningOutcome.DownOthers, Splits.Decide(0, Of(2), Splits.Accusations([0], 2), Majority).Outcome);
        Assert.Equal(DowningOutcome.DownSelf, Splits.Decide(1, Of(2), Splits.Accusations([1], 2), Majority).Outcome);
        Assert.Contains("the lowest address goes on", Majority.WarningFor(2), StringComparison.Ordinal);
        Assert.NotNull(Majority.WarningFor(1));
        Assert.Null(Majority.WarningFor(3));
    }

    [Fact]
    public void TheLeaderOfTheSurvivors_Acts()
    {
        DowningDecision decision = Splits.Decide(2, Of(5), Splits.Accusations([1, 2, 4], 5), Majority);

        Assert.Equal(Crowd.Node(1), decision.Actor);
        Assert.Equal([Crowd.Node(0), Crowd.Node(3)], decision.Down.ToArray());
    }

    [Fact]
    public void EdgeNodes_AreNeitherCountedNorDowned()
    {
        ImmutableArray<Member> members = Of(3, 10);
        ReachabilityRow[] rows = [.. Enumerable.Range(3, 10).Select(edge => Insists(0, edge))];

        Assert.Equal(DowningOutcome.Nothing, Splits.Decide(0, members, rows, Majority).Outcome);
        Assert.Equal([Crowd.Node(2)], Splits.Decide(0, members, [.. rows, Insists(0, 2)], Majority).Down.ToArray());
        Assert.Equal(DowningOutcome.Nothing, Splits.Decide(5, members, [Insists(0, 2)], Majority).Outcome);
    }

    /// <summary>An observer that died left rows about the living behind: they down nobody.</summary>
    [Fact]
    public void StaleRowsOfADeadObserver_DownOnlyTheDead()
    {
        DowningDecision decision = Splits.Decide(0, Of(5), [.. Splits.Accusations([0, 1, 2, 3], 5), .. Splits.Accusations([4], 5)], Majority);

        Assert.Equal([Crowd.Node(4)], decision.Down.ToArray());
    }

    [Fact]
    public void ASuspicionInTheAir_IsWaitedFor()
    {
        DowningDecision decision = Splits.Decide(0, Of(6), [Insists(0, 5), Insists(1, 5), Suspects(0, 2)], Majority);

        Assert.Equal(DowningOutcome.Nothing, decision.Outcome);
        Assert.Contains("suspects", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreMembersThanAQuorumAllows_EndOnBothSides()
    {
        var settings = new DowningSettings { Strategy = DowningStrategy.StaticQuorum, QuorumSize = 2 };

        Assert.Equal(DowningOutcome.DownSelf, Splits.Decide(0, Of(5), Splits.Accusations([0, 1, 2], 5), settings).Outcome);
        Assert.NotNull(settings.WarningFor(5));
    }

    [Fact]
    public void AnOldestThatIsAlone_Goes_AndTheOthersStay()
    {
        var settings = new DowningSettings { Strategy = DowningStrategy.KeepOldest };

        Assert.Equal(DowningOutcome.DownSelf, Splits.Decide(0, Of(4), Splits.Accusations([0], 4), settings).Outcome);
        Assert.Equal([Crowd.Node(0)], Splits.Decide(1, Of(4), Splits.Accusations([1, 2, 3], 4), settings).Down.ToArray());
        Assert.Equal(DowningOutcome.DownSelf,
            Splits.Decide(1, Of(4), Splits.Accusations([1, 2, 3], 4), settings with { DownIfAlone = false }).Outcome);
        Assert.Equal(DowningOutcome.DownOthers, Splits.Decide(0, Of(2), Splits.Accusations([0], 2), settings).Outcome);
    }

    /// <summary>Three decided to go on without two; then one of the three fails before the two are removed.</summary>
    [Fact]
    public void WhatThisSideSettled_DoesNotCountAgainstItLater()
    {
        ImmutableArray<Member> members = [.. Of(5).Select((member, node) => node >= 3 ? member with { Status = MemberStatus.Down } : member)];
        ClusterState state = Splits.State(0, members, Splits.Accusations([0, 1], 5));

        DowningDecision unsettled = SplitBrainResolver.Decide(DowningView.Of(state, []), Majority);
        DowningDecision settled = SplitBrainResolver.Decide(DowningView.Of(state, [Crowd.Node(3), Crowd.Node(4)]), Majority);

        Assert.Equal(DowningOutcome.DownSelf, unsettled.Outcome);
        Assert.Equal([Crowd.Node(2)], settled.Down.ToArray());
    }

    [Theory]
    [InlineData(1, 7)]
    [InlineData(5, 7)]
    [InlineData(6, 10)]
    [InlineData(10, 10)]
    [InlineData(11, 13)]
    public void StableAfter_GrowsWithTheCore(int core, double seconds)
    {
        Assert.Equal(seconds, Majority.StableAfterFor(core).TotalSeconds);
        Assert.Equal(seconds * 1.75, Majority.UnstableAfterFor(core).TotalSeconds);
    }

    /// <summary>A cut into 2 and 2, seen piece by piece, first looks like 3 against 1: nobody may count then.</summary>
    [Fact]
    public void EachChange_BeginsTheWaitAnew()
    {
        var clock = new StabilityClock();
        clock.Observe(Splits.View(0, Of(4), Splits.Accusations([0, 1, 2], 4)), TimeSpan.FromSeconds(1));
        bool changed = clock.Observe(Splits.View(0, Of(4), Splits.Accusations([0, 1], 4)), TimeSpan.FromSeconds(6));

        Assert.True(changed);
        Assert.False(clock.Observe(Splits.View(0, Of(4), Splits.Accusations([0, 1], 4)), TimeSpan.FromSeconds(9)));
        Assert.Equal(TimeSpan.FromSeconds(4), clock.Left(TimeSpan.FromSeconds(9), Majority));
        Assert.Equal(TimeSpan.FromSeconds(8), clock.Troubled(TimeSpan.FromSeconds(9)));
        clock.Restart(TimeSpan.FromSeconds(20));
        Assert.Equal(TimeSpan.FromSeconds(7), clock.Left(TimeSpan.FromSeconds(20), Majority));
    }
}
