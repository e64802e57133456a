using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Actors.Journals.Quorum.Group;
using Mesh.Actors.Journals.Quorum.Raft;
using Xunit;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>Which change comes next.</summary>
public sealed class GroupPlannerTests
{
    private const int MaxVoters = 7;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(5, 5)]
    [InlineData(8, 7)]
    [InlineData(15, 7)]
    public void Voters_AreOddAndAtMostSeven(int nodes, int voters) => Assert.Equal(voters, GroupPlanner.TargetVoters(nodes, MaxVoters));

    [Fact]
    public void NobodyIsRemoved_WhenTheRestWouldBeNoQuorum()
    {
        RaftGroup group = Voters(3);

        GroupPlan plan = GroupPlanner.Next(
            group, 1, [Here(1), new(2, Presence.Gone, false, false), new(3, Presence.Leaving, true, true)], [], MaxVoters);

        Assert.Equal("1 3", string.Join(" ", plan.Group!.Voters));
        plan = GroupPlanner.Next(
            group, 1, [Here(1), new(2, Presence.Gone, false, false), new(3, Presence.Missing, false, false)], [], MaxVoters);
        Assert.Null(plan.Group);
    }

    [Fact]
    public void WhenAllLeave_TheGroupStaysAsItIs()
    {
        ImmutableArray<MemberView> all = [.. Enumerable.Range(1, 3).Select(id => new MemberView((ulong)id, Presence.Leaving, true, true))];

        Assert.Equal(default, GroupPlanner.Next(Voters(3), 1, all, [], MaxVoters));
    }

    [Fact]
    public void EveryChange_IsOneStep_AndLeavesAQuorumAlive()
    {
        Config config = Config.QuickThrowOnFailure.WithMaxTest(500);
        Prop.ForAll<byte[], byte>((facts, applicants) =>
        {
            int count = Math.Min(facts.Length, 9);
            if (count == 0) return true;
            RaftGroup group = RaftGroup.Empty;
            var members = ImmutableArray.CreateBuilder<MemberView>();
            for (int i = 0; i < count; i++)
            {
                ulong id = (ulong)i + 1;
                bool alive = i == 0 || (facts[i] & 4) != 0;
                group = group.With(id, $"n{id}", i == 0 || (facts[i] & 16) != 0);
                members.Add(new MemberView(id, (Presence)(facts[i] & 3), alive, alive && (facts[i] & 8) != 0));
            }

            ImmutableArray<Applicant> others = [.. Enumerable.Range(20, applicants % 3).Select(id => new Applicant((ulong)id, $"n{id}"))];
            GroupPlan plan = GroupPlanner.Next(group, 1, members.ToImmutable(), others, MaxVoters);
            if (plan.Group is not { } next) return true;
            int alive2 = members.Count(member => next.IsVoter(member.Id) && member.IsAlive);
            bool removed = next.Members.Count < group.Members.Count;
            return next.IsOneStepFrom(group) && next.Contains(1) && next.Voters.Length <= MaxVoters + 2 && (!removed || alive2 >= next.Quorum);
        }).Check(config);
    }

    private static RaftGroup Voters(int count)
    {
        RaftGroup group = RaftGroup.Empty;
        for (int id = 1; id <= count; id++) group = group.With((ulong)id, $"n{id}", voter: true);
        return group;
    }

    private static MemberView Here(ulong id) => new(id, Presence.Present, true, true);
}
