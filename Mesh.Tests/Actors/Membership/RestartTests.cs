using Mesh.Actors.Membership;
using Xunit;

namespace Mesh.Tests.Actors.Membership;

/// <summary>Whole clusters that stop and start: one comes back, never two.</summary>
public sealed class RestartTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void WholeCluster_ComesBackAsTheSame(int count)
    {
        var world = new SmallWorld((ulong)count);
        WorldNode[] old = world.Found(count);
        string id = old[0].State.ClusterId!;
        world.Run(TimeSpan.FromSeconds(5));
        foreach (WorldNode node in old) node.Crash();
        world.Run(TimeSpan.FromSeconds(5));

        int[] seeds = [.. Enumerable.Range(1, count)];
        WorldNode[] fresh = [.. old.Select(node => world.Add(node.Number, expect: count, seeds: seeds, disk: node.Disk))];

        world.RunUntil(() => fresh.All(node => node.Ups.Count == count), TimeSpan.FromSeconds(30), "all are up again");
        Assert.All(fresh, node => Assert.Equal(id, node.State.ClusterId));
    }

    /// <summary>What exists once in a cluster is its founder's to make: a second one beside the first would be empty, and believed.</summary>
    [Fact]
    public void SeedThatLostItsDisk_IsNoFounder_WhenItLeadsTheComeback()
    {
        var world = new SmallWorld();
        WorldNode[] old = world.Found(3);
        string id = old[0].State.ClusterId!;
        world.Run(TimeSpan.FromSeconds(5));
        Assert.True(old[0].Membership.FoundedHere);
        foreach (WorldNode node in old) node.Crash();

        WorldNode[] fresh = [world.Add(1, expect: 2), world.Add(2, expect: 2, disk: old[1].Disk), world.Add(3, expect: 2, disk: old[2].Disk)];

        world.RunUntil(() => fresh.All(node => node.Ups.Count == 3), TimeSpan.FromSeconds(60), "all are up again");
        Assert.All(fresh, node => Assert.Equal(id, node.State.ClusterId));
        Assert.All(fresh, node => Assert.False(node.Membership.FoundedHere));
    }

    [Fact]
    public void Majority_ComesBack_WithoutTheThird()
    {
        var world = new SmallWorld();
        WorldNode[] old = world.Found(3);
        string id = old[0].State.ClusterId!;
        world.Run(TimeSpan.FromSeconds(5));
        foreach (WorldNode node in old) node.Crash();

        WorldNode[] fresh = [.. old[1..].Select(node => world.Add(node.Number, expect: 2, disk: node.Disk))];

        world.RunUntil(() => fresh.All(node => node.Ups.Count == 2), TimeSpan.FromSeconds(60), "two of three are a cluster");
        Assert.All(fresh, node => Assert.Equal(id, node.State.ClusterId));
        WorldNode last = world.Add(1, expect: 2, disk: old[0].Disk);
        world.RunUntil(() => last.Ups.Count == 3, TimeSpan.FromSeconds(30), "the third joins");
        Assert.Equal(id, last.State.ClusterId);
    }

    /// <summary>akka-core 18554: a restarted first seed found nobody and founded a second cluster.</summary>
    [Fact]
    public void RestartedSeed_CutOffFromAll_FoundsNothing()
    {
        var world = new SmallWorld();
        WorldNode[] old = world.Found(3);
        old[0].Crash();
        WorldNode fresh = world.Add(1, expect: 3, disk: old[0].Disk, start: false);
        world.Partition([fresh], old[1..]);
        fresh.Start();

        world.Run(TimeSpan.FromMinutes(5));

        Assert.Null(fresh.State.SelfMember);
        world.Heal();
        world.RunUntil(() => fresh.Ups.Count == 3, TimeSpan.FromSeconds(20), "it joins when the net is whole");
    }

    [Fact]
    public void SeedWithoutItsDisk_JoinsTheLivingCluster()
    {
        var world = new SmallWorld();
        WorldNode[] old = world.Found(3);
        string id = old[0].State.ClusterId!;
        old[0].Crash();

        WorldNode fresh = world.Add(1, expect: 3);

        world.RunUntil(() => fresh.Ups.Count == 3, TimeSpan.FromSeconds(20), "it joins");
        Assert.Equal(id, fresh.State.ClusterId);
    }

    [Fact]
    public void MassRestart_WithLivingEdges_BecomesOneCluster()
    {
        var world = new SmallWorld();
        WorldNode[] old = world.Found(3);
        WorldNode[] edges = [.. Enumerable.Range(10, 5).Select(number => world.Add(number, core: false))];
        world.RunUntil(() => edges.All(node => node.Ups.Count == 8), TimeSpan.FromSeconds(10), "all are up");
        world.Run(TimeSpan.FromSeconds(5));
        foreach (WorldNode node in old) node.Crash();
        foreach (WorldNode edge in edges)
        {
            foreach (WorldNode node in old) edge.Say(node, ReachabilityStatus.Unreachable);
        }

        world.Run(TimeSpan.FromSeconds(5));
        WorldNode[] fresh = [.. old.Select(node => world.Add(node.Number, expect: 3, disk: node.Disk))];

        world.RunUntil(
            () => world.Living.All(node => node.Ups.Count == 8 && node.State.Members.Length == 8),
            TimeSpan.FromSeconds(60), "cores and edges are one cluster");
        Assert.Single(world.Living.Select(node => node.State.ClusterId).Distinct());
        Assert.All(edges, edge => Assert.Null(edge.Removed));
    }

    [Fact]
    public void DisjointHalves_DoNotFoundTwoClusters()
    {
        var world = new SmallWorld();
        int[] seeds = [1, 2, 3, 4];
        WorldNode[] nodes = [.. seeds.Select(number => world.Add(number, expect: 2, seeds: seeds, start: false))];
        world.Partition(nodes[..2], nodes[2..]);
        foreach (WorldNode node in nodes) node.Start();

        world.Run(TimeSpan.FromMinutes(1));
        Assert.All(nodes, node => Assert.Null(node.State.ClusterId));
        world.Heal();

        world.RunUntil(() => nodes.All(node => node.Ups.Count == 4), TimeSpan.FromSeconds(30), "one cluster of four");
    }

    [Fact]
    public void UnreadableMemory_ForbidsFounding()
    {
        var world = new SmallWorld();
        var disk = new MemoryMap { FailsToLoad = true };

        WorldNode node = world.Add(1, expect: 1, seeds: [1], disk: disk);
        world.Run(TimeSpan.FromMinutes(1));

        Assert.Null(node.State.ClusterId);
    }
}
