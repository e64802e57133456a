using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Membership;

/// <summary>Loss, cuts, crashes and restarts from a seed; invariants all the time, one cluster in the end.</summary>
public sealed class ChaosTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void AfterWhateverHappened_AllAreOne(int seed)
    {
        var world = new SmallWorld((ulong)seed) { Loss = 0.05 };
        world.Found(3);
        foreach (int number in Enumerable.Range(10, 4)) world.Add(number, core: false);
        var chance = new SplitMix64((ulong)seed * 977);
        Dictionary<ulong, MemberStatus> furthest = [];
        for (int step = 0; step < 30; step++)
        {
            Disturb(world, ref chance);
            for (int i = 0; i < 10; i++)
            {
                world.Run(TimeSpan.FromMilliseconds(200));
                foreach (WorldNode node in world.Living) Check(node, furthest, seed);
            }
        }

        world.Heal();
        world.Loss = 0;
        Settle(world);

        string[] ids = [.. world.Living.Select(node => node.State.ClusterId!).Distinct()];
        Assert.Single(ids);
    }

    private static void Disturb(SmallWorld world, ref SplitMix64 chance)
    {
        WorldNode[] living = [.. world.Living];
        WorldNode one = living[chance.Next(living.Length)], other = living[chance.Next(living.Length)];
        switch (chance.Next(5))
        {
            case 0: world.Partition([one], living.Where(node => node != one)); break;
            case 1: world.Heal(); break;
            case 2:
                one.Crash();
                bool core = one.Number < 10;
                world.Add(one.Number, core, core ? 3 : 0, disk: chance.Next(4) == 0 && !core ? new MemoryMap() : one.Disk);
                break;
            case 3: one.Say(other, (ReachabilityStatus)(1 + chance.Next(3))); break;
            default: if (one.Number >= 10) one.Membership.Leave(one.Self); break;
        }

        foreach (WorldNode gone in world.Nodes.Where(node => node.Removed is not null).ToArray())
        {
            if (world.Living.Any(node => node.Number == gone.Number)) continue;
            world.Add(gone.Number, gone.Number < 10, gone.Number < 10 ? 3 : 0, disk: gone.Disk);
        }
    }

    /// <summary>Takes back what the tests' detector said, downs the dead, and waits until all see all.</summary>
    private static void Settle(SmallWorld world)
    {
        for (int round = 0; round < 60; round++)
        {
            foreach (WorldNode node in world.Living.ToArray())
            {
                foreach (Member member in node.State.Members)
                {
                    bool lives = world.Living.Any(each => each.Self == member.UniqueAddress);
                    node.Book.Report(member.UniqueAddress, lives ? ReachabilityStatus.Reachable : ReachabilityStatus.Unreachable);
                    if (!lives && member.IsCore && round > 10) node.Membership.Down(member.UniqueAddress, "dead");
                }
            }

            foreach (WorldNode gone in world.Nodes.Where(node => node.Removed is not null).ToArray())
            {
                if (world.Living.All(node => node.Number != gone.Number))
                    world.Add(gone.Number, gone.Number < 10, gone.Number < 10 ? 3 : 0, disk: gone.Disk);
            }

            world.Run(TimeSpan.FromSeconds(5));
        }

        int count = world.Living.Count();
        world.RunUntil(
            () => world.Living.All(node => node.Ups.Count(member => node.State.IsReachable(member.UniqueAddress)) == count),
            TimeSpan.FromMinutes(15), "all are up");
    }

    /// <summary>M1, M3 in a view, and M2 by way of M1: a removed uid counts as furthest.</summary>
    private static void Check(WorldNode node, Dictionary<ulong, MemberStatus> furthest, int seed)
    {
        foreach (IGrouping<Address, Member> at in node.State.Members
            .Where(member => member.Status is MemberStatus.Up or MemberStatus.Leaving).GroupBy(member => member.Address))
            Assert.True(at.Count() == 1, $"two at {at.Key} (seed {seed})");
        foreach (Member member in node.State.Members)
        {
            ulong key = StablePair(node.Self.Uid, member.UniqueAddress.Uid);
            Assert.True(furthest.GetValueOrDefault(key) <= member.Status, $"{member.UniqueAddress} went back (seed {seed})");
            furthest[key] = member.Status;
        }

        foreach (ClusterEvent.MemberRemoved gone in node.Events.OfType<ClusterEvent.MemberRemoved>())
            furthest[StablePair(node.Self.Uid, gone.Member.UniqueAddress.Uid)] = MemberStatus.Removed;
    }

    private static ulong StablePair(ulong one, ulong other) => (one * 31) ^ other;
}
