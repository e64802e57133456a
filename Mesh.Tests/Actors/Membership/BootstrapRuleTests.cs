using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Joining;
using Xunit;

namespace Mesh.Tests.Actors.Membership;

/// <summary>The pure rule by which core nodes found a cluster, or found it again.</summary>
public sealed class BootstrapRuleTests
{
    private const string Id = "c1";

    // Seeds 1 to 3, others 4 and 5; the others contact seeds, and each other only by accident.
    [Fact]
    public void FoundsAgain_WhenTwoCoreNodesThatAreNoSeedsNeverMeet()
    {
        BootstrapDecision decision = Decide(
            Word(1, 2, 3, 4, 5), Word(2, 1, 3, 4, 5), Word(3, 1, 2, 4, 5), Word(4, 1, 2, 3), Word(5, 1, 2, 3));

        Assert.Equal(new BootstrapDecision(BootstrapStep.Found, Id, "4 agree"), decision);
    }

    [Fact]
    public void LeavesTheFoundingToTheLowest_WhereOneOfTheOthersDecides()
    {
        BootstrapDecision decision = Decide(
            Word(5, 1, 2, 3), Word(1, 2, 3, 4, 5), Word(2, 1, 3, 4, 5), Word(3, 1, 2, 4, 5), Word(4, 1, 2, 3));

        Assert.Equal(BootstrapStep.Quorum, decision.Step);
    }

    [Fact]
    public void Waits_WhenEnoughAnswerAndTooFewOfThemSeeEachOther()
    {
        BootstrapDecision decision = Decide(Word(1, 2, 3), Word(2, 1), Word(3, 1));

        Assert.Equal(BootstrapStep.Wait, decision.Step);
    }

    private static BootstrapDecision Decide(CandidateWord self, params CandidateWord[] heard) => BootstrapRule.Decide(
        new BootstrapView(self, [.. heard], Seeds: 3, IsLowestSeed: self.Node.Uid == 1, CoreCount: 5, InQuorum: TimeSpan.FromMinutes(1)),
        new MembershipSettings());

    private static CandidateWord Word(ulong uid, params ulong[] sees) => new(
        new UniqueAddress(new Address("test", $"10.0.0.{uid}", 4000), uid), Id, Pledged: false, IsCore: true, IsSeed: uid <= 3, Expect: 2,
        [.. sees]);
}
