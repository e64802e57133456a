using Mesh.Actors.Membership;
using Xunit;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>Short lives of small groups under everything at once; a seed that fails is a test of its own: call <see cref="Live"/> with it.</summary>
public sealed class ChaosTests
{
    [Theory]
    [InlineData(1, 100)]
    [InlineData(1001, 100)]
    [InlineData(2001, 100)]
    public void NothingAcknowledgedIsLost_AndAllAgree_WhateverHappens(int first, int count)
    {
        SortedSet<string> reached = new(StringComparer.Ordinal);
        int acknowledged = 0, standing = 0;

        for (int seed = first; seed < first + count; seed++)
        {
            (World world, JournalHistory history) = Live((ulong)seed);
            reached.UnionWith(world.Reached);
            acknowledged += history.Acknowledged;
            if (!world.IsSettled()) standing++;
        }

        Assert.True(standing <= count / 20, $"{standing} groups stand still");
        Assert.True(acknowledged > count * 10, $"only {acknowledged} writes were acknowledged");
        Assert.Contains("raft: a leader that heard no quorum stepped down", reached);
        Assert.Contains("raft: a follower's tail was overwritten", reached);
        Assert.Contains("raft: a store that lost its tail was made whole", reached);
        Assert.Contains("raft: a living leader was protected from an election", reached);
    }

    [Fact]
    public void TheSameSeed_LivesTheSameLife()
    {
        (World first, JournalHistory _) = Live(77);
        (World second, JournalHistory _) = Live(77);

        Assert.Equal(first.Describe(), second.Describe());
    }

    /// <remarks>A group that shrank to two voters and then one disk lied stands still, as it should; it was checked until then.</remarks>
    internal static (World World, JournalHistory History) Live(ulong seed)
    {
        int size = seed % 4 == 0 ? 5 : seed % 7 == 0 ? 4 : 3;
        World world = new World(seed, size).Start();
        JournalHistory history = new(world);
        try
        {
            world.Eventually(world.IsSettled, "the group never formed");
            for (int i = 0; i < size; i++) history.Work(i, $"p{i % 2}", 60);
            world.LossPerMille = world.Random.Next(3) * 20;
            world.SlowPerMille = world.Random.Next(3) * 30;
            for (int step = 0; step < 16; step++)
            {
                Disturb(world, history);
                world.Run(0.1 + (world.Random.NextDouble() * 2));
            }

            (world.LossPerMille, world.SlowPerMille) = (0, 0);
            world.Heal();
            foreach (WorldNode node in world.Nodes)
            {
                node.Disk.IsFailing = node.Disk.IsSlow = false;
                if (!node.IsUp) node.Start();
            }

            world.Run(6);
            bool settled = world.RunUntil(world.IsSettled, 60);
            if (!settled && world.Nodes.Any(node => node.Core is { IsImpaired: true })) return (world, history);
            world.Eventually(world.IsSettled, "the group never healed", 60);
            bool written = false;
            history.Append(world.Nodes[0], "last", 1, () => written = true);
            world.Eventually(() => written && world.IsSettled(), "no write after healing");
            history.Check(world.Leader!);
        }
        catch (InvalidOperationException broken)
        {
            Assert.Fail($"seed {seed}: {broken}");
        }

        return (world, history);
    }

    private static void Disturb(World world, JournalHistory history)
    {
        int size = world.Nodes.Count;
        WorldNode node = world.Nodes[world.Random.Next(size)];
        bool othersWell = world.Nodes.All(other => other == node || (other.IsUp && other.Core is { IsImpaired: false })) && world.IsSettled();
        switch (world.Random.Next(13))
        {
            case 0: world.Isolate(node.Index); break;
            case 1: world.Cut(node.Index, world.Random.Next(size)); break;
            case 2:
                if (world.Leader is { } leader)
                    for (int i = 0; i < size; i++)
                        world.Cut(i, leader.Index);
                break;
            case 3 or 4: world.Heal(); break;
            case 5: node.Crash(); break;
            case 6:
                foreach (WorldNode each in world.Nodes)
                    if (world.Random.Next(2) == 0)
                        each.Crash();
                break;
            case 7 or 8:
                foreach (WorldNode each in world.Nodes)
                    if (!each.IsUp)
                        Restart(world, history, each);
                break;
            case 9:
                if (node.IsUp) node.Pause(0.2 + (world.Random.NextDouble() * 5));
                break;
            case 10:
                world.HasLostDisk &= !world.IsSettled();
                bool isOneHurt = world.HasLostDisk || world.Nodes.Any(each => each.Disk.Now.Hard.IsImpaired || each.Core is { IsImpaired: true });
                if (!node.IsUp || isOneHurt) break;
                node.Crash(lostWrites: 1 + world.Random.Next(6));
                Restart(world, history, node);
                break;
            case 11:
                if (!othersWell || size < 3) break;
                node.LoseDisk();
                Restart(world, history, node);
                break;
            default:
                if (world.Random.Next(2) == 0) node.Disk.IsSlow = !node.Disk.IsSlow;
                else if (world.Random.Next(2) == 0) node.Disk.IsFailing = !node.Disk.IsFailing;
                else if (node.IsUp) node.Quorum!.HandOver();
                break;
        }
    }

    private static void Restart(World world, JournalHistory history, WorldNode node)
    {
        node.Start();
        world.SetMember(node.Self!, MemberStatus.Up);
        history.Work(node.Index, $"p{node.Index % 2}", 30);
    }
}
