using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Membership;
using Xunit;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>Nodes that come and go in order, faster than anybody looks.</summary>
public sealed class LeavingTests
{
    [Fact]
    public void ALeaverOfTwo_IsOutOfTheGroup_WithinASecondAndBeforeItExits()
    {
        World world = GroupTests.Settled(21, 2);
        WorldNode leaver = world.Nodes.First(node => node != world.Leader);
        WorldNode other = world.Leader!;

        world.SetMember(leaver.Self!, MemberStatus.Leaving);
        world.Eventually(() => leaver.Quorum!.Keeper.MayExit, "the leaver was not released", seconds: 1);
        leaver.Crash();
        world.SetMember(leaver.Self!, MemberStatus.Removed);

        AssertWrites(world, other);
    }

    [Fact]
    public void ALeadingLeaver_HandsOverAndIsOut_WithinASecond()
    {
        World world = GroupTests.Settled(22, 3);
        WorldNode leader = world.Leader!;

        world.SetMember(leader.Self!, MemberStatus.Leaving);

        world.Eventually(() => leader.Quorum!.Keeper.MayExit, "the leader was not released", seconds: 1);
        Assert.Contains("raft: leadership was handed over", world.Reached);
        Assert.NotSame(leader, world.Leader);
        Assert.Equal(2, world.Leader!.Core!.Group.Members.Count);
    }

    [Fact]
    public void OneThatWentInOrder_IsNotWaitedFor()
    {
        World world = GroupTests.Settled(23, 3);
        WorldNode leaver = world.Nodes.First(node => node != world.Leader);

        leaver.Crash();
        world.SetMember(leaver.Self!, MemberStatus.Exiting);
        world.SetMember(leaver.Self!, MemberStatus.Removed);

        world.Eventually(() => world.Leader!.Core!.Group.Members.Count == 2, "who left stayed a voter", seconds: 1);
    }

    [Fact]
    public void OneThatCrashed_IsWaitedFor()
    {
        World world = GroupTests.Settled(24, 3);
        WorldNode dead = world.Nodes.First(node => node != world.Leader);

        dead.Crash();
        world.SetMember(dead.Self!, MemberStatus.Down);
        world.SetMember(dead.Self!, MemberStatus.Removed);
        world.Run(3);

        Assert.Equal(3, world.Leader!.Core!.Group.Members.Count);
    }

    [Fact]
    public void OneThatLeftAndCameBackWithItsDisk_VotesAgain()
    {
        World world = GroupTests.Settled(25, 3);
        WorldNode leaver = world.Nodes.First(node => node != world.Leader);
        world.SetMember(leaver.Self!, MemberStatus.Leaving);
        world.Eventually(() => leaver.Quorum!.Keeper.MayExit, "the leaver was not released");
        leaver.Crash();
        world.SetMember(leaver.Self!, MemberStatus.Exiting);
        world.SetMember(leaver.Self!, MemberStatus.Removed);

        leaver.Start();

        world.Eventually(world.IsSettled, "who came back does not vote");
        Assert.Equal(3, world.Leader!.Core!.Group.Voters.Length);
    }

    [Fact]
    public void WhenAllLeave_NobodyWaits_AndTheGroupStays()
    {
        World world = GroupTests.Settled(26, 3);

        foreach (WorldNode node in world.Nodes) world.SetMember(node.Self!, MemberStatus.Leaving);

        Assert.All(world.Nodes, node => Assert.True(node.Quorum!.Keeper.MayExit));
    }

    [Fact]
    public void ALeaver_WaitsNoLongerThanItsTime_WhenTheGroupCannotLetItGo()
    {
        World world = GroupTests.Settled(27, 3);
        WorldNode[] others = [.. world.Nodes.Where(node => node != world.Leader)];
        others[0].Crash();
        world.Isolate(others[1].Index);

        world.SetMember(others[1].Self!, MemberStatus.Leaving);
        Assert.False(others[1].Quorum!.Keeper.MayExit);

        world.Eventually(() => others[1].Quorum!.Keeper.MayExit, "it waits for ever", QuorumSettings.DefaultLeaveWithin.TotalSeconds + 1);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void AYoungGroup_GoesFromOneVoterToThree_WithNoTimeBetween(int nodes)
    {
        World world = new World(28, nodes).Start();
        TimeSpan two = TimeSpan.Zero;
        TimeSpan last = TimeSpan.Zero;

        world.Eventually(
            () =>
            {
                if (world.Leader?.Core?.Group.Voters.Length == 2) two += world.Now - last;
                last = world.Now;
                return world.IsSettled();
            },
            "the group never formed");

        Assert.True(two < TimeSpan.FromMilliseconds(500), $"two voters for {two.TotalMilliseconds:0} ms");
        Assert.True(world.Now < TimeSpan.FromSeconds(6), $"the group was whole only after {world.Now.TotalSeconds:0.0} s");
    }

    [Fact]
    public void AYoungGroup_TakesTheSecondVoter_WhenTheThirdDoesNotComeInTime()
    {
        var world = new World(29, 3);
        world.Nodes[0].Start(found: true);
        world.Nodes[1].Start();
        world.Nodes[2].Start();
        world.Nodes[2].Crash();

        world.Eventually(() => world.Leader?.Core?.Group.Voters.Length == 2, "one voter for ever", seconds: 12);
    }

    private static void AssertWrites(World world, WorldNode node)
    {
        bool written = false;
        new JournalHistory(world).Append(node, "p", 1, () => written = true);
        world.Eventually(() => written, "the one that stayed does not write", seconds: 4);
    }
}
