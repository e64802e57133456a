using Mesh.Actors.Downing;
using Xunit;

namespace Mesh.Tests.Actors.Downing;

/// <summary>One member nods for one side.</summary>
public sealed class SideVotesTests
{
    private static readonly Side One = new([1, 2, 4], [0, 3]);
    private static readonly Side Other = new([0, 3, 4], [1, 2]);
    private readonly SideVotes _votes = new();

    [Fact]
    public void Pledge_IsRefusedToASecondSide_UntilTheSplitIsOver()
    {
        Assert.True(_votes.Pledge(One));
        Assert.True(_votes.Pledge(One));
        Assert.False(_votes.Pledge(Other));

        _votes.Release();

        Assert.True(_votes.Pledge(Other));
    }

    [Fact]
    public void Pledge_FollowsASideThatLosesMembers_AndNotBack()
    {
        var smaller = new Side([2, 4], [0, 1, 3]);
        _votes.Pledge(One);

        Assert.True(_votes.Pledge(smaller));
        Assert.False(_votes.Pledge(One));
    }

    [Fact]
    public void Vote_CountsForTheSideThatWasAsked_AndForTwoSeconds()
    {
        ulong number = _votes.Ask(One, TimeSpan.FromSeconds(10));

        _votes.Count(2, number);
        _votes.Count(4, number + 1);

        Assert.Equal(2UL, Assert.Single(_votes.For(One, TimeSpan.FromSeconds(12))));
        Assert.Empty(_votes.For(One, TimeSpan.FromSeconds(12.1)));
        Assert.Empty(_votes.For(Other, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Vote_IsVoid_WhenItAnswersAnOldQuestion()
    {
        ulong old = _votes.Ask(One, TimeSpan.FromSeconds(10));
        _votes.Ask(One, TimeSpan.FromSeconds(13));
        _votes.Count(2, old);
        ulong before = _votes.Ask(One, TimeSpan.FromSeconds(14));
        _votes.Ask(Other, TimeSpan.FromSeconds(14));
        _votes.Count(4, before);

        Assert.Empty(_votes.For(One, TimeSpan.FromSeconds(14)));
        Assert.Empty(_votes.For(Other, TimeSpan.FromSeconds(14)));
    }
}
