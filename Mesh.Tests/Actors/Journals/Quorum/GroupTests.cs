using Mesh.Actors.Journals.Quorum.Requests;
using Mesh.Actors.Membership;
using Mesh.Actors.Storage;
using Xunit;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>A group's life with its cluster: founding, losses of disks and nodes, leaving, restarts, the operator's last resort.</summary>
public sealed class GroupTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void CoreNodes_BecomeVoters_AnOddNumberOfThem(int nodes)
    {
        World world = new World(1, nodes).Start();

        world.Eventually(world.IsSettled, "the group never formed");
    }

    [Fact]
    public void ALostDisk_JoinsAsANewMember_AndTheOldOneIsRemoved()
    {
        World world = Settled(2, 3);
        JournalHistory history = Written(world);
        ulong lost = World.IdOf(world.Nodes[1]);

        world.Nodes[1].LoseDisk();
        world.Nodes[1].Start();

        world.Eventually(world.IsSettled, "the group did not take in the new disk");
        Assert.NotEqual(lost, World.IdOf(world.Nodes[1]));
        Assert.False(world.Leader!.Core!.Group.Contains(lost));
        history.Check(world.Nodes[1]);
    }

    [Fact]
    public void AnyOneDiskAfterTheOther_MayBeLost()
    {
        World world = Settled(3, 3);
        JournalHistory history = Written(world);

        foreach (WorldNode node in world.Nodes)
        {
            node.LoseDisk();
            node.Start();
            world.Eventually(world.IsSettled, $"the group did not survive the disk of node {node.Index}");
        }

        history.Check(world.Nodes[0]);
    }

    [Fact]
    public void AProcessThatRestartsWithItsDisk_StaysTheSameVoter()
    {
        World world = Settled(4, 3);
        ulong id = World.IdOf(world.Nodes[2]);

        world.Nodes[2].Crash();
        world.Run(2);
        world.Nodes[2].Start();
        world.Eventually(world.IsSettled, "the voter did not come back");

        Assert.Equal(id, World.IdOf(world.Nodes[2]));
    }

    [Fact]
    public void TheWholeGroup_RestartsWithItsDisks_WithoutAnOperator()
    {
        World world = Settled(5, 3);
        JournalHistory history = Written(world);

        foreach (WorldNode node in world.Nodes) node.Crash();
        world.Run(60);
        foreach (WorldNode node in world.Nodes) node.Start();

        world.Eventually(world.IsSettled, "the group did not come back");
        history.Check(world.Nodes[0]);
    }

    [Fact]
    public void ANodeThatIsGone_IsRemovedAfterAWhile_AndTwoMoreMayFollow()
    {
        World world = Settled(6, 5);
        foreach (WorldNode node in world.Nodes.Take(2).ToArray())
        {
            node.Crash();
            world.SetMember(node.Self!, MemberStatus.Down);
        }

        world.Eventually(() => world.Leader?.Core is { } core && core.Group.Voters.Length == 3, "the dead were not removed");
        world.Nodes[2].Crash();

        world.Eventually(() => world.Leader is not null, "three of five gone one after the other stopped the group");
    }

    [Fact]
    public void ALeaderThatLeaves_HandsOver_AndIsRemovedWhileItCanStillVote()
    {
        World world = Settled(7, 2);
        WorldNode leader = world.Leader!;
        WorldNode other = world.Nodes.First(node => node != leader);

        world.SetMember(leader.Self!, MemberStatus.Leaving);
        world.Eventually(() => other.Core is { IsEstablished: true, IsGroupSettled: true, Group.Members.Count: 1 }, "the leaver stayed");
        leader.Crash();
        world.SetMember(leader.Self!, MemberStatus.Removed);

        bool written = false;
        new JournalHistory(world).Append(other, "p", 1, () => written = true);
        world.Eventually(() => written, "the one that stayed does not write");
    }

    [Fact]
    public void WhenAMajorityIsLostForGood_AnOperatorMakesANewGroup()
    {
        World world = Settled(8, 3);
        JournalHistory history = Written(world);
        world.Nodes[0].LoseDisk();
        world.Nodes[1].LoseDisk();
        world.Run(20);
        Assert.Null(world.Leader);

        world.Invariants.Reset();
        world.Nodes[2].Quorum!.ForceNewGroup();
        world.Eventually(() => world.Leader == world.Nodes[2], "no new group");
        world.Nodes[0].Start();
        world.Nodes[1].Start();

        world.Eventually(world.IsSettled, "the new group did not grow");
        history.Check(world.Nodes[0]);
    }

    [Fact]
    public void ALeaderWhoseDiskIsFull_LeavesTheLead()
    {
        World world = Settled(9, 3);
        WorldNode leader = world.Leader!;
        leader.Disk.IsFailing = true;
        new JournalHistory(world).Append(leader, "p", 1, () => { });

        world.Eventually(() => world.Leader is { } next && next != leader, "a leader that cannot write leads on");

        Assert.Contains("disk full", leader.Quorum!.Driver.Trouble, StringComparison.Ordinal);
        leader.Disk.IsFailing = false;
        world.Eventually(world.IsSettled, "the disk has room again and the member does not follow");
    }

    [Fact]
    public void ACrashBetweenSnapshotAndLog_IsMended()
    {
        World world = Settled(10, 3);
        WorldNode follower = world.Nodes.First(node => node != world.Leader);
        follower.Crash();
        JournalHistory history = new(world);
        history.Work(world.Leader!.Index, "p", 120);
        world.RunUntil(() => world.Leader is { Core.Log.Base.Index: > 50 }, 30);
        follower.Start();

        world.Eventually(() => follower.Disk.Now.Announced is { } snapshot && follower.Machine.Applied.Index >= snapshot.Index, "no snapshot came");
        follower.Crash();
        follower.Start();

        world.Eventually(() => world.Reached.Contains("quorum: a crash between snapshot and log was mended"), "the crash was not noticed");
        world.Run(20);
        world.Eventually(world.IsSettled, "the member did not catch up");
        history.Check(follower);
    }

    [Fact]
    public void AWriteOfALeaderThatIsCutOff_IsUnknown_AndWithoutLeaderUnavailableWithTheReason()
    {
        World world = Settled(11, 3);
        WorldNode leader = world.Leader!;
        JournalHistory history = new(world);
        bool done = false;
        world.Isolate(leader.Index);
        history.Append(leader, "p", 1, () => done = true);
        world.Eventually(() => done, "no answer");
        Assert.Equal(1, history.Unknown);

        StorageException? fault = null;
        leader.Quorum!.Client.Ask(CallKind.Read, Google.Protobuf.ByteString.Empty, (_, error) => fault = (StorageException?)error);
        world.Eventually(() => fault is not null, "no answer");
        Assert.Equal(StorageFault.Unavailable, fault!.Fault);
        Assert.Contains("needed", fault.Message, StringComparison.Ordinal);
    }

    internal static World Settled(ulong seed, int nodes)
    {
        World world = new World(seed, nodes).Start();
        world.Eventually(world.IsSettled, "the group never formed");
        return world;
    }

    private static JournalHistory Written(World world)
    {
        JournalHistory history = new(world);
        for (int i = 0; i < world.Nodes.Count; i++) history.Work(i, $"p{i}", 10);
        world.Run(4);
        Assert.True(history.Acknowledged >= 10);
        world.Eventually(world.IsSettled, "the writes were not applied everywhere");
        return history;
    }
}
