using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Wire;
using Xunit;
using static Mesh.Tests.Actors.Detection.Crowd;

namespace Mesh.Tests.Actors.Detection;

public sealed class ReachabilityRulesTests
{
    [Fact]
    public void OneSuspicion_IsNotEnough_WhereFourCouldObserve()
    {
        Assert.Empty(Judge(Of(5), Suspects(0, 4)));
        Assert.Equal([4], Judge(Of(5), Suspects(0, 4), Suspects(1, 4)));
        Assert.Equal([4], Judge(Of(5), Suspects(0, 4), Insists(1, 4)));
    }

    [Fact]
    public void OneSuspicion_IsEnough_InASmallCluster()
    {
        Assert.Equal([2], Judge(Of(3), Suspects(0, 2)));
        Assert.Equal([1], Judge(Of(2), Suspects(0, 1)));
        Assert.Equal([1], Judge(Of(1, 2), Suspects(0, 1)));
    }

    [Fact]
    public void OneThatInsists_IsEnough() => Assert.Equal([4], Judge(Of(5), Insists(0, 4)));

    [Fact]
    public void AHigherIncarnation_Refutes()
    {
        ImmutableArray<Member> members = [.. Of(5).Select((member, index) => index == 4 ? member with { Incarnation = 2 } : member)];

        Assert.Empty(Judge(members, Suspects(0, 4), Insists(1, 4)));
        Assert.Equal([4], Judge(members, Row(0, 4, ReachabilityStatus.Unreachable, incarnation: 2)));
    }

    [Fact]
    public void TheNewestWord_OfAnObserver_Counts()
    {
        ReachabilityRow old = Row(0, 4, ReachabilityStatus.Unreachable, version: 3);
        ReachabilityRow back = Row(0, 4, ReachabilityStatus.Reachable, version: 4);

        Assert.Empty(Judge(Of(5), old, back));
        Assert.Empty(Judge(Of(5), back, old));
    }

    [Fact]
    public void WordsOfTheDownAndTheGone_AreIgnored()
    {
        ImmutableArray<Member> members = [.. Of(5).Select((member, index) => index == 0 ? member with { Status = MemberStatus.Down } : member)];

        Assert.Empty(Judge(members, Insists(0, 4), Insists(77, 4)));
    }

    /// <summary>An observer died; what it said of others before must not outlive it.</summary>
    [Fact]
    public void StaleRows_OfAnObserverThatDied_AreIgnored() =>
        Assert.Equal([4], Judge(Of(5), Suspects(0, 4), Suspects(1, 4), Insists(4, 1), Insists(4, 2), Suspects(4, 3)));

    /// <summary>One network card is bad: it accuses everybody, everybody accuses it.</summary>
    [Fact]
    public void OneThatAccusesEverybody_IsTheOneThatIsLost() =>
        Assert.Equal([0], Judge(Of(4), [.. Others(0, 4).Select(each => Insists(0, each)), .. Others(0, 4).Select(each => Insists(each, 0))]));

    /// <summary>0 and 1 cannot reach 2 and 3; node 4 reaches all: not four are lost, but two, the same on every node.</summary>
    [Fact]
    public void ABridge_KeepsOneHalf()
    {
        List<ReachabilityRow> rows = [];
        foreach (int left in new[] { 0, 1 })
        {
            foreach (int right in new[] { 2, 3 }) rows.AddRange([Insists(left, right), Insists(right, left)]);
        }

        Assert.Equal([2, 3], Judge(Of(5), [.. rows]));
    }

    [Fact]
    public void AMutualAccusation_TakesTheHigherAddress_AndEdgeBeforeCore()
    {
        Assert.Equal([3], Judge(Of(5), Insists(1, 3), Insists(3, 1)));
        Assert.Equal([4], Judge(Of(3, 5), Insists(2, 4), Insists(4, 2), Insists(5, 2), Insists(6, 2), Insists(7, 2), Suspects(1, 4),
            Suspects(0, 4), Insists(3, 4)));
    }

    [Fact]
    public void FewEdges_DoNotDecideAboutCore_ButFourDo()
    {
        Assert.Empty(Judge(Of(3, 10), Insists(5, 0), Insists(6, 0), Insists(7, 0)));
        Assert.Equal([0], Judge(Of(3, 10), Suspects(5, 0), Suspects(6, 0), Suspects(7, 0), Suspects(8, 0)));
    }

    [Fact]
    public void AnEdgeAlone_SeesThatTheOnlyCoreIsGone() => Assert.Equal([0], Judge(Of(1, 1), Suspects(1, 0)));

    [Fact]
    public void WhenMostAreGone_TheLastVoiceIsEnough()
    {
        ReachabilityRow[] rows = [Insists(0, 1), Insists(0, 2), Suspects(0, 3), Suspects(0, 4)];

        Assert.Equal([1, 2, 3, 4], Judge(Of(5), rows));
    }

    [Fact]
    public void EveryCut_IsSeenByItsSide_AndTheSideIsNotSplitByIt()
    {
        for (int side = 1; side < 31; side++)
        {
            int[] mine = [.. Enumerable.Range(0, 5).Where(node => (side >> node & 1) == 1)];
            int[] theirs = [.. Enumerable.Range(0, 5).Except(mine)];

            int[] unreachable = Judge(Of(5), [.. mine.SelectMany(observer => theirs.Select(subject => Insists(observer, subject)))]);

            Assert.Equal(theirs, unreachable);
        }
    }

    [Fact]
    public void TheOrderOfRows_ChangesNothing_AndWhatRemainsIsFreeOfSufficientAccusations()
    {
        ImmutableArray<Member> members = Of(4, 3);
        for (ulong seed = 0; seed < 500; seed++)
        {
            var random = new SplitMix64(seed);
            List<ReachabilityRow> rows = [];
            int count = random.Next(16);
            for (int row = 0; row < count; row++)
            {
                ReachabilityStatus status = random.Next(2) == 0 ? ReachabilityStatus.Suspect : ReachabilityStatus.Unreachable;
                rows.Add(Row(random.Next(7), random.Next(7), status, version: (ulong)row));
            }

            int[] judged = Judge(members, [.. rows]);
            int[] again = Judge(members, [.. Enumerable.Reverse(rows)]);

            Assert.Equal(judged, again);
            IEnumerable<ReachabilityRow> inside = ReachabilityRules.Standing(members, rows)
                .Where(row => !judged.Contains(NumberOf(row.Observer)) && !judged.Contains(NumberOf(row.Subject)));
            Assert.True(!inside.Any(row => row.Status == ReachabilityStatus.Unreachable && NumberOf(row.Observer) < 4 && NumberOf(row.Subject) < 4),
                $"seed {seed}");
        }
    }

    private static int[] Judge(ImmutableArray<Member> members, params ReachabilityRow[] rows) =>
        [.. ReachabilityRules.Unreachable(members, rows).Select(NumberOf)];

    private static int NumberOf(UniqueAddress node) => Enumerable.Range(0, 100).First(number => Crowd.Node(number) == node);

    private static IEnumerable<int> Others(int one, int count) => Enumerable.Range(0, count).Where(each => each != one);
}
