using Google.Protobuf;
using Mesh.Actors.Events;
using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Requests;
using Mesh.Actors.Storage;
using Xunit;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>A member's log works, and its journal (<c>journal.db</c>) does not: nobody else has to suffer from it.</summary>
public sealed class FailingJournalTests
{
    /// <summary>The log took the write, so Raft was content: a leader that could apply nothing led on, and every call of the fleet hung.</summary>
    [Fact]
    public void ALeaderWhoseJournalIsFull_LeavesTheLead_AndWritesGoOn()
    {
        World world = GroupTests.Settled(41, 3);
        JournalHistory history = new(world);
        WorldNode failing = world.Leader!;
        WorldNode caller = world.Nodes.First(node => node != failing);

        failing.Disk.JournalFault = StorageFault.Full;
        history.Work(caller.Index, "p", 20);
        world.Eventually(() => world.Leader is { } next && next != failing, "a leader that cannot apply leads on");
        world.Eventually(() => history.Acknowledged >= 10, "no writes with the new leader");

        Assert.Contains("raft: leadership was handed over", world.Reached);
        Assert.Contains("journal.db failed", failing.Quorum!.Driver.Trouble, StringComparison.Ordinal);
        failing.Disk.JournalFault = null;
        world.Eventually(world.IsSettled, "the journal works again and the member does not follow");
        Assert.Null(failing.Quorum.Driver.Trouble);
        history.Check(failing);
    }

    [Fact]
    public void AMemberWhoseJournalFails_Votes_ButDoesNotLead()
    {
        World world = GroupTests.Settled(42, 3);
        WorldNode leader = world.Leader!;
        WorldNode[] others = [.. world.Nodes.Where(node => node != leader)];
        others[0].Disk.JournalFault = StorageFault.Full;
        bool written = false;
        new JournalHistory(world).Append(leader, "p", 1, () => written = true);
        world.Eventually(() => written && others[0].Core!.IsMachineFailing, "the failure was not noticed");

        leader.Crash();
        world.Eventually(() => world.Leader == others[1], "the member with a good journal does not lead");
        others[1].Crash();
        world.Run(20);

        Assert.Null(world.Leader);
        Assert.Contains("does not lead", others[0].Quorum!.WhyNoLeader(), StringComparison.Ordinal);
        Assert.Contains("journal.db failed", others[0].Quorum!.WhyNoLeader(), StringComparison.Ordinal);
    }

    [Fact]
    public void AloneWithAFailingJournal_ItSaysWhy_AndComesBack()
    {
        World world = GroupTests.Settled(43, 1);
        WorldNode only = world.Nodes[0];
        only.Disk.JournalFault = StorageFault.Full;
        StorageException? fault = null;
        new JournalHistory(world).Append(only, "p", 1, () => { });
        world.Run(5);

        only.Quorum!.Client.Ask(CallKind.Read, ByteString.Empty, (_, error) => fault = (StorageException?)error);
        world.Eventually(() => fault is not null, "no answer");

        Assert.Contains("journal.db failed", fault!.Message, StringComparison.Ordinal);
        only.Disk.JournalFault = null;
        world.Eventually(() => world.Leader == only, "the journal works again and nobody leads");
    }

    /// <summary>One page is bad, and only reads meet it: the others may have it whole.</summary>
    [Fact]
    public void ALeaderThatCannotReadItsJournal_HandsOver_AndTheReadIsAnswered()
    {
        World world = GroupTests.Settled(44, 3);
        WorldNode damaged = world.Leader!;
        WorldNode caller = world.Nodes.First(node => node != damaged);
        ByteString? answer = null;
        Exception? fault = null;

        damaged.Disk.JournalFault = StorageFault.Corrupt;
        caller.Quorum!.Client.Ask(
            CallKind.Read, new QuorumQuery { HighestOf = "p" }.ToByteString(), (body, error) => (answer, fault) = (body, error));
        world.Eventually(() => answer is not null || fault is not null, "no answer");

        Assert.Null(fault);
        Assert.Contains("quorum: a leader with a damaged journal handed over", world.Reached);
        Assert.NotEqual(damaged, world.Leader);
        damaged.Disk.JournalFault = null;
        world.Eventually(world.IsSettled, "the member does not follow");
    }

    /// <summary>What nobody can read must not make the lead go round.</summary>
    [Fact]
    public void ALeaderThatCannotReadItsJournal_HandsOverOnce_NotWithEveryRead()
    {
        World world = GroupTests.Settled(45, 3);
        long term = world.Leader!.Core!.Term;

        for (int i = 0; i < 60; i++)
        {
            foreach (WorldNode node in world.Nodes) node.Disk.JournalFault = StorageFault.Corrupt;
            world.Nodes[0].Quorum!.Client.Ask(CallKind.Read, new QuorumQuery { HighestOf = "p" }.ToByteString(), (_, _) => { });
            world.Run(0.2);
            foreach (WorldNode node in world.Nodes) node.Disk.JournalFault = null;
            world.Run(3);
        }

        Assert.InRange(world.Leader!.Core!.Term - term, 1, 12);
        foreach (WorldNode node in world.Nodes)
            Assert.InRange(node.Logged.Count(static entry => entry.Message.Contains("journal.db failed", StringComparison.Ordinal)), 0, 5);
    }

    /// <summary>All voters could be reached, no leader, and not a word about why.</summary>
    [Fact]
    public void WhoDoesNotVote_IsNamed_ThereAndElsewhere()
    {
        World world = GroupTests.Settled(47, 3);
        JournalHistory history = new(world);
        history.Work(0, "p", 10);
        world.Eventually(() => history.Acknowledged == 10 && world.IsSettled(), "no writes");
        WorldNode[] two = [.. world.Nodes.Take(2)];
        foreach (WorldNode node in world.Nodes) node.Crash(lostWrites: node == two[0] ? 3 : 0);

        foreach (WorldNode node in two) node.Start();
        world.Run(20);

        Assert.Null(world.Leader);
        Assert.All(two, static node => Assert.Contains(
            "2 of 3 voters reachable, 2 needed (missing: n2); n0 lost confirmed writes and does not vote", node.Quorum!.WhyNoLeader(),
            StringComparison.Ordinal));
    }

    /// <summary>Leader and follower threw the same snapshot at each other as fast as they could, with a warning each time.</summary>
    [Fact]
    public void ASnapshotThatAFollowerCannotTake_IsTriedAgainWithPauses_AndLoggedOnce()
    {
        World world = GroupTests.Settled(46, 3);
        WorldNode leader = world.Leader!;
        WorldNode follower = world.Nodes.First(node => node != leader);
        follower.Crash();
        new JournalHistory(world).Work(leader.Index, "p", 120);
        world.Eventually(() => leader.Core!.Log.Base.Index > 50, "nothing was compacted");
        follower.Start();
        world.Eventually(() => follower.Core is not null, "the follower did not start");
        follower.Disk.JournalFault = StorageFault.Full;
        long before = leader.Quorum!.SnapshotsSent;

        world.Run(30);

        Assert.InRange(leader.Quorum.SnapshotsSent - before, 3, 7);
        Assert.Single(follower.Logged, static entry => entry is { Level: LogLevel.Warning }
            && entry.Message.Contains("could not be taken in", StringComparison.Ordinal));
        follower.Disk.JournalFault = null;
        world.Eventually(world.IsSettled, "the follower was not brought up", seconds: 60);
    }
}
