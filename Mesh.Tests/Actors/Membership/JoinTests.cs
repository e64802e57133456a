using Mesh.Actors.Membership;
using Xunit;

namespace Mesh.Tests.Actors.Membership;

public sealed class JoinTests
{
    [Fact]
    public void EdgeNode_ComesUpEverywhere_WithinTwoSeconds()
    {
        var world = new SmallWorld();
        world.Found(3);

        WorldNode edge = world.Add(9, core: false);

        world.RunUntil(() => world.Living.All(node => node.StatusOf(edge) == MemberStatus.Up), TimeSpan.FromSeconds(2), "the edge is up everywhere");
        Assert.Contains(edge.Events, change => change is ClusterEvent.MemberUp up && up.Member.UniqueAddress == edge.Self);
    }

    [Fact]
    public void TwoAtOnce_GetDifferentUpNumbers()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);

        WorldNode[] joiners = [world.Add(4), world.Add(5)];

        world.RunUntil(() => world.Living.All(node => node.Ups.Count == 5), TimeSpan.FromSeconds(5), "both are up");
        Assert.Equal([4, 5], joiners.Select(node => core[0].State.Find(node.Self)!.UpNumber).Order());
    }

    [Fact]
    public void HundredNodes_ConvergeWithinTwoSeconds()
    {
        var world = new SmallWorld { Delay = TimeSpan.FromMilliseconds(5) };
        world.Found(3);

        foreach (int number in Enumerable.Range(10, 97)) world.Add(number, core: false);

        world.RunUntil(() => world.Nodes.All(node => node.Ups.Count == 100), TimeSpan.FromSeconds(2), "a hundred are up everywhere");
    }

    [Fact]
    public void Joiner_OfAnotherConfig_IsRefusedWithTheReason()
    {
        var world = new SmallWorld();
        world.Found(3);

        WorldNode stranger = world.Add(9, core: false, configHash: 8);
        world.Run(TimeSpan.FromSeconds(20));

        Assert.Null(stranger.State.SelfMember);
        Assert.Contains(stranger.Log, line => line.Contains("settings that must be equal everywhere differ", StringComparison.Ordinal));
        Assert.All(world.Living.Where(node => node != stranger), node => Assert.Equal(3, node.State.Members.Length));
    }

    [Fact]
    public void Joiner_WithAnotherClustersState_IsRefusedWithTheReason()
    {
        var world = new SmallWorld();
        world.Found(3);
        WorldNode other = world.Add(7, expect: 1, seeds: [7]);
        world.RunUntil(() => other.Ups.Count == 1, TimeSpan.FromSeconds(20), "another cluster of one");
        other.Crash();

        WorldNode moved = world.Add(7, core: false, disk: other.Disk);
        world.Run(TimeSpan.FromSeconds(20));

        Assert.Null(moved.State.SelfMember);
        Assert.Contains(
            moved.Log.Concat(world.Nodes[0].Log),
            line => line.Contains("state", StringComparison.Ordinal) && line.Contains("clear", StringComparison.Ordinal));
    }

    [Fact]
    public void Restarted_AtTheSameAddress_ReplacesTheOldProcess()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);
        WorldNode old = core[2];
        old.Crash();

        world.Run(TimeSpan.FromSeconds(2));
        WorldNode fresh = world.Add(3, expect: 3, disk: old.Disk);

        world.RunUntil(
            () => world.Living.All(node => node.Ups.Count == 3 && node.StatusOf(old) is null),
            TimeSpan.FromSeconds(10), "the new process took the place");
        Assert.Equal(core[0].State.ClusterId, fresh.State.ClusterId);
        Assert.Contains(
            core[0].Events,
            change => change is ClusterEvent.MemberRemoved { PreviousStatus: MemberStatus.Down } gone && gone.Member.UniqueAddress == old.Self);
    }

    [Fact]
    public void Edge_ComesUp_WhileACoreMemberIsUnreachable_AndCoreOnesWeakly()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);
        core[2].Crash();
        foreach (WorldNode node in core[..2]) node.Say(core[2], ReachabilityStatus.Unreachable);
        world.Run(TimeSpan.FromSeconds(1));

        WorldNode edge = world.Add(9, core: false);
        WorldNode late = world.Add(4);

        world.RunUntil(() => core[..2].All(node => node.StatusOf(edge) == MemberStatus.Up), TimeSpan.FromSeconds(3), "the edge is up");
        world.RunUntil(
            () => core[..2].All(node => node.StatusOf(late) == MemberStatus.WeaklyUp), TimeSpan.FromSeconds(10), "the core node takes part");
        core[0].Membership.Down(core[2].Self, "a test's");
        world.RunUntil(() => core[..2].All(node => node.StatusOf(late) == MemberStatus.Up), TimeSpan.FromSeconds(5), "and is admitted");
        Assert.Null(core[0].StatusOf(core[2]));
    }
}
