using System.Collections.Immutable;
using Mesh.Actors.Downing;
using Mesh.Actors.Membership;
using Mesh.Tests.Actors.Detection;
using Xunit;

namespace Mesh.Tests.Actors.Downing;

/// <summary>Detector and resolver together, in a small world.</summary>
public sealed class DowningProviderTests
{
    [Fact]
    public void APartition_IsDecidedOnce_NotBeforeStableAfter_AndOnlyOneSideLives()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            (SmallWorld world, _) = Begin(seed, core: 5);
            world.Cut([0, 1], [2, 3, 4]);
            TimeSpan cut = world.Now;

            world.Run(TimeSpan.FromSeconds(25));

            Assert.Equal([2, 3, 4], Standing(world));
            Assert.All(world.Nodes.SelectMany(node => node.Membership.Downed),
                down => Assert.True(down.At - cut > TimeSpan.FromSeconds(11), $"seed {seed}"));
            Assert.All(world.Nodes[2..], node => Assert.Equal([0, 1], DownAt(world, node)));
            Assert.Equal(2, world.Nodes[2].Membership.Downed.Count);
            Assert.Empty(world.Nodes[3].Membership.Downed);
        }
    }

    [Fact]
    public void PausesOfFiveSeconds_LossAndTails_DownNobody()
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            (SmallWorld world, _) = Begin(seed, core: 5);
            for (int pause = 0; pause < 10; pause++)
            {
                world.Nodes[(pause + (int)seed) % 5].PausedUntil = world.Now + TimeSpan.FromSeconds(5);
                world.Run(TimeSpan.FromSeconds(12));
            }

            Assert.Equal([0, 1, 2, 3, 4], Standing(world));
        }
    }

    [Fact]
    public void ANodeThatSleptThroughItsPartition_DownsNobodyWhenItWakes()
    {
        (SmallWorld world, _) = Begin(3, core: 5);
        world.Cut([0], [1, 2, 3, 4]);
        world.RunUntil(() => world.Nodes[0].Membership.State.Unreachable.Length == 4, TimeSpan.FromSeconds(30));
        world.Nodes[0].PausedUntil = world.Now + TimeSpan.FromSeconds(30);
        world.Run(TimeSpan.FromSeconds(29));
        world.Heal();

        world.Run(TimeSpan.FromSeconds(5));

        Assert.Empty(world.Nodes[0].Membership.Downed);
        Assert.Contains("downing: a node that stood still waited anew", world.Nodes[0].Loop.Points);
        Assert.Equal([1, 2, 3, 4], Standing(world));
    }

    [Fact]
    public void CrashesOneAfterTheOther_LeaveTheRest()
    {
        (SmallWorld world, _) = Begin(4, core: 5);
        world.Nodes[4].Crashed = true;
        world.Run(TimeSpan.FromSeconds(20));
        world.Nodes[0].Crashed = true;
        world.Run(TimeSpan.FromSeconds(20));
        world.Nodes[3].Crashed = true;
        world.Run(TimeSpan.FromSeconds(20));

        Assert.Equal([1, 2], Standing(world));
        Assert.All(world.Alive, node => Assert.Equal([0, 3, 4], DownAt(world, node)));
    }

    [Fact]
    public void EdgeNodes_AreNotDowned()
    {
        (SmallWorld world, _) = Begin(5, core: 3, edge: 4);
        world.Nodes[5].Crashed = true;

        world.Run(TimeSpan.FromSeconds(40));

        Assert.All(world.Alive, node => Assert.Empty(DownAt(world, node)));
        Assert.All(world.Alive, node => Assert.False(node.Sees(world.Nodes[5])));
    }

    [Fact]
    public void AFlappingSuspicion_EndsEverything_OnlyWhenAskedTo()
    {
        foreach (bool asked in new[] { false, true })
        {
            (SmallWorld world, _) = Begin(6, core: 5, new DowningSettings { DownAllWhenUnstable = asked });
            world.Nodes[4].Crashed = true;
            world.Run(TimeSpan.FromSeconds(6));
            for (int flap = 0; flap < 20; flap++)
            {
                int number = 10 + flap;
                foreach (SmallNode node in world.Alive)
                    node.Membership.Set(world.Nodes[3].Member.UniqueAddress, member => member with { UpNumber = number });
                world.Run(TimeSpan.FromSeconds(1));
            }

            Assert.Equal(asked ? [4] : [0, 1, 2, 3, 4], Standing(world));
        }
    }

    [Fact]
    public void Explain_SaysWhatWouldBeDone_AndWhen()
    {
        (SmallWorld world, ImmutableArray<DowningProvider> providers) = Begin(7, core: 3);
        Assert.Contains("no core member is unreachable", providers[0].Explain()[^1], StringComparison.Ordinal);
        world.Nodes[2].Crashed = true;
        world.RunUntil(() => !world.Nodes[0].Sees(world.Nodes[2]), TimeSpan.FromSeconds(10));
        world.Run(TimeSpan.FromSeconds(2));

        string text = string.Join('\n', providers[0].Explain());

        Assert.Contains("keep-majority; stable-after 7 s with 3 core members", text, StringComparison.Ordinal);
        Assert.Contains("10.0.0.002:4100 Up, unreachable", text, StringComparison.Ordinal);
        Assert.Contains("10.0.0.000:4100 downs 10.0.0.002:4100 in ", text, StringComparison.Ordinal);
        Assert.Contains("2 of 3 core members are on this side", text, StringComparison.Ordinal);
    }

    private static (SmallWorld World, ImmutableArray<DowningProvider> Providers) Begin(ulong seed, int core, DowningSettings settings, int edge = 0)
    {
        var world = new SmallWorld(seed, core, edge) { Loss = 0.01, Tails = 0.05 };
        ImmutableArray<DowningProvider> providers = [.. world.Nodes.Select(node => new DowningProvider(node.Services, settings, node.Membership))];
        foreach (DowningProvider provider in providers) provider.Start();
        world.Run(TimeSpan.FromSeconds(30));
        return (world, providers);
    }

    private static (SmallWorld World, ImmutableArray<DowningProvider> Providers) Begin(ulong seed, int core, int edge = 0) =>
        Begin(seed, core, new DowningSettings(), edge);

    /// <summary>Nodes that did not end themselves, and that nobody calls Down; crashed ones too, while nobody did.</summary>
    private static int[] Standing(SmallWorld world) =>
        [.. world.Nodes.Where(node => node.Membership.State.SelfMember!.Status < MemberStatus.Down
            && world.Alive.Where(other => other.Membership.State.SelfMember!.Status < MemberStatus.Down)
                .All(other => other.Membership.State.Find(node.Member.UniqueAddress)!.Status < MemberStatus.Down)).Select(node => node.Index)];

    private static int[] DownAt(SmallWorld world, SmallNode node) =>
        [.. world.Nodes.Where(other => node.Membership.State.Find(other.Member.UniqueAddress)!.Status == MemberStatus.Down)
            .Select(other => other.Index)];
}
