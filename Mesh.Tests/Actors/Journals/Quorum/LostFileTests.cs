using Xunit;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>One of a node's files is gone, the others are not: whatever is left vouches for no more than it holds.</summary>
public sealed class LostFileTests
{
    /// <summary>Its memory says that it founded the cluster; a second group of its own would be a second journal.</summary>
    [Fact]
    public void AFounderThatLostItsLog_FoundsNoSecondGroup_AndIsTakenIn()
    {
        World world = GroupTests.Settled(21, 3);
        JournalHistory history = Written(world);
        ulong group = world.CoreOf(1).GroupId;

        world.Nodes[0].LoseLog();
        world.Nodes[0].Start(found: true);

        world.Eventually(world.IsSettled, "the founder was not taken in");
        Assert.Equal(group, world.CoreOf(0).GroupId);
        history.Check(world.Nodes[0]);
    }

    [Fact]
    public void AFounderThatLostItsLog_AndIsAlone_FoundsNothing_AndSaysWhy()
    {
        World world = GroupTests.Settled(22, 1);

        world.Nodes[0].LoseLog();
        world.Nodes[0].Start(found: true);
        world.Run(30);

        Assert.Null(world.Leader);
        Assert.Contains("was lost", world.Nodes[0].Quorum!.WhyNoLeader(), StringComparison.Ordinal);
    }

    /// <summary>What the log no longer holds is in the journal, or nowhere.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void AMemberThatLostItsJournal_TakesASnapshot_BeforeItCounts(int node)
    {
        World world = GroupTests.Settled(23, 3);
        JournalHistory history = Written(world);

        world.Nodes[node].LoseJournal();
        world.Nodes[node].Start();

        world.Eventually(world.IsSettled, "the member did not come back");
        history.Check(world.Nodes[node]);
        Assert.Equal(Content(world.Nodes[(node + 1) % 3]), Content(world.Nodes[node]));
    }

    [Fact]
    public void AJournalWithoutItsLog_IsReplaced_AlsoWhenItIsAheadOfTheGroup()
    {
        World world = GroupTests.Settled(24, 3);
        JournalHistory history = Written(world);
        foreach (WorldNode lost in world.Nodes.Take(2)) lost.LoseLog();
        world.Nodes[2].LoseDisk();
        world.Invariants.Reset();

        world.Nodes[2].Start();
        world.Run(1);
        world.Nodes[2].Quorum!.ForceNewGroup();
        world.Eventually(() => world.Leader == world.Nodes[2], "no new group");
        foreach (WorldNode lost in world.Nodes.Take(2)) lost.Start();
        world.Eventually(world.IsSettled, "the new group did not grow");

        Assert.NotNull(history);
        foreach (WorldNode node in world.Nodes) Assert.Equal(Content(world.Nodes[2]), Content(node));
    }

    /// <summary>What an operator made of the one survivor begins where its journal ends: what is written from then on is not taken for old.</summary>
    [Fact]
    public void ANewGroupOnAJournalWithoutItsLog_TakesWrites()
    {
        World world = GroupTests.Settled(25, 1);
        JournalHistory history = Written(world);
        world.Nodes[0].LoseLog();
        world.Nodes[0].Start(found: true);
        world.Run(2);

        world.Invariants.Reset();
        world.Nodes[0].Quorum!.ForceNewGroup();
        world.Eventually(() => world.Leader == world.Nodes[0], "no new group");
        bool written = false;
        history.Append(world.Nodes[0], "after", 1, () => written = true);

        world.Eventually(() => written, "no answer");
        history.Check(world.Nodes[0]);
    }

    private static JournalHistory Written(World world)
    {
        JournalHistory history = new(world);
        for (int i = 0; i < world.Nodes.Count; i++) history.Work(i, $"p{i}", 30);
        world.Run(12);
        Assert.True(history.Acknowledged >= 10);
        world.Eventually(world.IsSettled, "the writes were not applied everywhere");
        return history;
    }

    private static string Content(WorldNode node)
    {
        var export = node.Machine.Export(1 << 20);
        var all = new List<byte>();
        while (export.Next() is { } piece) all.AddRange(piece.Span);
        return Convert.ToHexString(all.ToArray());
    }
}
