using Xunit;

namespace Mesh.Tests.Actors.Membership;

/// <summary>What membership costs: nearly nothing while nothing happens, and a bounded number of copies for a change.</summary>
public sealed class StormTests
{
    [Fact]
    public void IdleCluster_SendsOnlyItsHashes()
    {
        var world = new SmallWorld();
        WorldNode[] nodes = Grow(world, 30);
        world.Run(TimeSpan.FromSeconds(20));
        long before = nodes.Sum(node => node.Messenger.BytesSent), gossip = world.BytesOf["Gossip"];

        world.Run(TimeSpan.FromSeconds(60));

        Assert.Equal(gossip, world.BytesOf["Gossip"]);
        Assert.InRange((nodes.Sum(node => node.Messenger.BytesSent) - before) / (60.0 * nodes.Length), 1, 700);
    }

    [Fact]
    public void Change_IsPassedOnABoundedNumberOfTimes()
    {
        var world = new SmallWorld();
        WorldNode[] nodes = Grow(world, 30);
        world.Run(TimeSpan.FromSeconds(20));
        long before = nodes.Sum(node => node.Membership.Core.Counters.RecordsSent);

        nodes[5].Membership.Core.Say(meta => meta);
        world.Run(TimeSpan.FromSeconds(10));

        int most = 4 * 2 * nodes.Length;
        Assert.InRange(nodes.Sum(node => node.Membership.Core.Counters.RecordsSent) - before, nodes.Length - 1, most + nodes.Length);
        Assert.All(nodes, node => Assert.Equal(0, node.Membership.Core.Queue.Count));
    }

    [Fact]
    public void SameNews_IsNotPassedOnAgain()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);
        world.Run(TimeSpan.FromSeconds(10));
        long before = world.Nodes.Sum(node => node.Membership.Core.Counters.RecordsSent);

        core[0].Membership.Core.Accept(core[1].Membership.Core.SelfRecord!, core[1].Self.Uid);
        world.Run(TimeSpan.FromSeconds(2));

        Assert.Equal(before, world.Nodes.Sum(node => node.Membership.Core.Counters.RecordsSent));
    }

    [Fact]
    public void Joiner_TellsNobodyTheListThatItWasGiven()
    {
        var world = new SmallWorld();
        Grow(world, 30);
        WorldNode joiner = world.Add(100, core: false);

        world.RunUntil(() => world.Nodes.All(node => node.Ups.Count == 31), TimeSpan.FromSeconds(20), "all are up");
        world.Run(TimeSpan.FromSeconds(5));

        // Its own record twice, to at most eight each time, and an answer or two; the list to eight would be 240.
        Assert.InRange(joiner.Membership.Core.Counters.RecordsSent, 1, 60);
    }

    private static WorldNode[] Grow(SmallWorld world, int count)
    {
        world.Found(3);
        foreach (int number in Enumerable.Range(10, count - 3)) world.Add(number, core: false);
        world.RunUntil(() => world.Nodes.All(node => node.Ups.Count == count), TimeSpan.FromSeconds(20), "all are up");
        return [.. world.Nodes];
    }
}
