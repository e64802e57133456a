using Mesh.Actors.Membership;
using Xunit;

namespace Mesh.Tests.Actors.Membership;

public sealed class LeaveTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void CoreNode_LeavesInOrder_AlsoTheLeader(int which)
    {
        var world = new SmallWorld((ulong)which + 1);
        WorldNode[] core = world.Found(3);

        core[which].Membership.Leave(core[which].Self);

        world.RunUntil(() => core[which].Removed is not null, TimeSpan.FromSeconds(5), "it left");
        world.RunUntil(
            () => world.Living.All(node => node.Ups.Count == 2 && node.State.Members.Length == 2),
            TimeSpan.FromSeconds(5), "the others forgot it");
        Assert.False(core[which].Removed!.Downed);
        Assert.All(world.Living, node => Assert.Contains(node.Events, change =>
            change is ClusterEvent.MemberRemoved { PreviousStatus: MemberStatus.Exiting } gone && gone.Member.UniqueAddress == core[which].Self));
        Assert.All(world.Living, node => Assert.DoesNotContain(node.Events, change => change is ClusterEvent.MemberDowned));
    }

    [Fact]
    public void SingleNode_Leaves()
    {
        var world = new SmallWorld();
        WorldNode node = world.Found(1)[0];

        node.Membership.Leave(node.Self);

        world.RunUntil(() => node.Removed is { Downed: false }, TimeSpan.FromSeconds(3), "it left");
    }

    [Fact]
    public void AllAtOnce_Leave()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);

        foreach (WorldNode node in core) node.Membership.Leave(node.Self);

        world.RunUntil(() => core.All(node => node.Removed is { Downed: false }), TimeSpan.FromSeconds(30), "all left");
    }

    /// <summary>What it serves may be all that those who are cut off with it have: to them it is unreachable, not down.</summary>
    [Fact]
    public void NodeThatQuits_TellsNobody()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);

        core[2].Membership.Quit("it is on the side that ends");
        world.Run(TimeSpan.FromSeconds(5));

        Assert.True(core[2].Removed is { Downed: true, Reason: "it is on the side that ends" });
        Assert.All(core[..2], node => Assert.Equal(MemberStatus.Up, node.StatusOf(core[2])));
    }

    [Fact]
    public void EdgeNode_IsSentAwayByAnother()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);
        WorldNode edge = world.Add(9, core: false);
        world.RunUntil(() => core[1].StatusOf(edge) == MemberStatus.Up, TimeSpan.FromSeconds(5), "the edge is up");

        core[1].Membership.Leave(edge.Self);

        world.RunUntil(() => edge.Removed is { Downed: false }, TimeSpan.FromSeconds(5), "it left");
        world.RunUntil(() => world.Living.All(node => node.StatusOf(edge) is null), TimeSpan.FromSeconds(5), "and is forgotten");
    }

    [Fact]
    public void Exit_WaitsForWhatIsHandedOver()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);
        bool done = false;
        core[1].Membership.AwaitBeforeExiting("shards", () => done);

        core[1].Membership.Leave(core[1].Self);
        world.Run(TimeSpan.FromSeconds(5));
        MemberStatus? before = core[0].StatusOf(core[1]);
        done = true;

        Assert.Equal(MemberStatus.Leaving, before);
        world.RunUntil(() => core[1].Removed is { Downed: false }, TimeSpan.FromSeconds(5), "it left after the handover");
    }

    [Fact]
    public void Leaver_CutOffFromTheLeader_StillLeavesInOrder()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);
        core[2].Membership.Leave(core[2].Self);
        world.RunUntil(() => core[2].State.SelfMember?.Status == MemberStatus.Exiting, TimeSpan.FromSeconds(5), "it is exiting");

        world.Partition([core[2]], core[..2]);

        world.RunUntil(() => core[2].Removed is not null, TimeSpan.FromSeconds(15), "it gave up waiting");
        Assert.False(core[2].Removed!.Downed);
    }

    [Fact]
    public void Downed_NodeLearnsOfIt_AndStops()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);

        core[0].Membership.Down(core[2].Self, "a test's");

        world.RunUntil(() => core[2].Removed is { Downed: true }, TimeSpan.FromSeconds(3), "it learnt");
        Assert.Contains("a test's", core[2].Removed!.Reason, StringComparison.Ordinal);
        world.RunUntil(() => world.Living.All(node => node.State.Members.Length == 2), TimeSpan.FromSeconds(5), "it is removed");
    }
}
