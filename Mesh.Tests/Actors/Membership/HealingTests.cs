using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Protocol;
using Xunit;

namespace Mesh.Tests.Actors.Membership;

/// <summary>What the elders got wrong when somebody lagged, slept or was cut off.</summary>
public sealed class HealingTests
{
    /// <summary>akka.net 8467: a lagging peer that still held a removed member brought it back.</summary>
    [Fact]
    public void LaggingPeer_DoesNotResurrectARemovedMember()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);
        WorldNode edge = world.Add(9, core: false), lagging = world.Add(10, core: false);
        world.RunUntil(() => world.Living.All(node => node.Ups.Count == 5), TimeSpan.FromSeconds(5), "all are up");
        world.Partition([lagging], [.. core, edge]);
        core[0].Membership.Down(edge.Self, "a test's");
        world.RunUntil(() => core.All(node => node.StatusOf(edge) is null), TimeSpan.FromSeconds(5), "it is removed");
        int events = core[0].Events.Count;

        world.Heal();
        lagging.Membership.Leave(core[1].Self);

        world.RunUntil(() => lagging.StatusOf(edge) is null, TimeSpan.FromSeconds(10), "the laggard learnt");
        Assert.DoesNotContain(
            core[0].Events.Skip(events), change => change is ClusterEvent.MemberEvent each && each.Member.UniqueAddress == edge.Self);
        Assert.All(core, node => Assert.Null(node.StatusOf(edge)));
    }

    /// <summary>memberlist 311: a node that was declared dead was never told.</summary>
    [Fact]
    public void Zombie_ThatWakes_IsToldThatItWasRemoved()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);
        world.Partition([core[2]], core[..2]);
        foreach (WorldNode node in core[..2]) node.Say(core[2], ReachabilityStatus.Unreachable);
        core[0].Membership.Down(core[2].Self, "a test's");
        world.RunUntil(() => core[..2].All(node => node.StatusOf(core[2]) is null), TimeSpan.FromSeconds(5), "it is removed");
        world.Run(TimeSpan.FromMinutes(5));

        world.Heal();

        world.RunUntil(() => core[2].Removed is { Downed: true }, TimeSpan.FromSeconds(5), "it was told");
    }

    /// <summary>actor-ts 930: gossip only to reachable members, so that a healed partition never became one again.</summary>
    [Fact]
    public void HealedPartition_BecomesOneAgain_WithoutAnOperator()
    {
        var world = new SmallWorld();
        WorldNode[] nodes = world.Found(5);
        Accuse(nodes[..3], nodes[3..], ReachabilityStatus.Unreachable);
        Accuse(nodes[3..], nodes[..3], ReachabilityStatus.Unreachable);
        world.Partition(nodes[..3], nodes[3..]);
        world.Run(TimeSpan.FromSeconds(30));
        WorldNode edge = world.Add(9, core: false, seeds: [1, 2, 3]);
        foreach (WorldNode node in nodes[3..]) world.Cut(node, edge);
        world.RunUntil(() => nodes[0].StatusOf(edge) == MemberStatus.Up, TimeSpan.FromSeconds(5), "one side admits an edge");

        world.Heal();

        world.RunUntil(() => nodes.All(node => node.StatusOf(edge) == MemberStatus.Up), TimeSpan.FromSeconds(12), "both sides compare");
        Accuse(nodes[..3], nodes[3..], ReachabilityStatus.Reachable);
        Accuse(nodes[3..], nodes[..3], ReachabilityStatus.Reachable);
        world.RunUntil(
            () => nodes.All(node => node.State.Unreachable.IsEmpty && node.State.Leader == nodes[0].Self),
            TimeSpan.FromSeconds(5), "nobody is unreachable");
    }

    [Fact]
    public void EdgeNode_UnreachableForLong_IsRemoved()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);
        WorldNode edge = world.Add(9, core: false);
        world.RunUntil(() => core.All(node => node.StatusOf(edge) == MemberStatus.Up), TimeSpan.FromSeconds(5), "the edge is up");
        edge.Crash();
        Accuse(core, [edge], ReachabilityStatus.Unreachable);

        world.Run(TimeSpan.FromMinutes(9));
        MemberStatus? before = core[0].StatusOf(edge);
        world.Run(TimeSpan.FromMinutes(2));

        Assert.Equal(MemberStatus.Up, before);
        Assert.All(core, node => Assert.Null(node.StatusOf(edge)));
    }

    [Fact]
    public void Accused_Refutes_AndAllHearIt()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);
        ulong before = core[0].State.Find(core[2].Self)!.Incarnation;

        core[0].Say(core[2], ReachabilityStatus.Suspect);

        world.RunUntil(
            () => core.All(node => node.State.Find(core[2].Self)!.Incarnation > before), TimeSpan.FromSeconds(1), "the refutation is known");
    }

    [Fact]
    public void LostGossip_IsRepairedByComparison()
    {
        var world = new SmallWorld();
        WorldNode[] core = world.Found(3);
        foreach (WorldNode node in core) node.Messenger.Drop = message => message is Gossip { Wanted.Count: 0 } && node.Loop.Random.Next(2) == 0;

        WorldNode edge = world.Add(9, core: false);

        world.RunUntil(() => world.Living.All(node => node.StatusOf(edge) == MemberStatus.Up), TimeSpan.FromSeconds(15), "repaired");
    }

    private static void Accuse(IEnumerable<WorldNode> observers, WorldNode[] subjects, ReachabilityStatus status)
    {
        foreach (WorldNode observer in observers)
        {
            foreach (WorldNode subject in subjects) observer.Say(subject, status);
        }
    }
}
