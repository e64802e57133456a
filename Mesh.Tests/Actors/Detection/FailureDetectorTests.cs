using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Detection;
using Mesh.Actors.Membership.Detection.Protocol;
using Mesh.Actors.Remoting;
using Xunit;

namespace Mesh.Tests.Actors.Detection;

public sealed class FailureDetectorTests
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(30);

    [Fact]
    public void ACrashOfCore_IsSeenEverywhere_WithinSevenSeconds()
    {
        List<TimeSpan> seen = [];
        for (ulong seed = 1; seed <= 25; seed++)
        {
            SmallWorld world = Noisy(seed, core: 5);
            seen.AddRange(Crash(world, victim: (int)(seed % 5)));
        }

        AssertP99(seen, TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void ACrashOfAnEdge_IsSeenEverywhere_WithinTenSeconds()
    {
        List<TimeSpan> seen = [];
        for (ulong seed = 1; seed <= 4; seed++) seen.AddRange(Crash(Noisy(seed, core: 3, edge: 17), victim: 3 + (int)seed));

        AssertP99(seen, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void LossAndTails_AccuseNobody()
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            SmallWorld world = Noisy(seed, core: 5, edge: 5);

            world.Run(TimeSpan.FromMinutes(5), node => Assert.True(node.Membership.State.Unreachable.IsEmpty, $"seed {seed}: {world.Now}"));
        }
    }

    [Fact]
    public void ANodePausedForFiveSeconds_AccusesNobody_AndIsTrustedAgainWithinTwo()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SmallWorld world = Noisy(seed, core: 5);
            world.Run(Settled);
            SmallNode paused = world.Nodes[(int)(seed % 5)];
            paused.PausedUntil = world.Now + TimeSpan.FromSeconds(5);
            world.Run(TimeSpan.FromSeconds(7), node => Assert.True(
                node != paused || world.Nodes.All(other => paused.Membership.Of(other.Member.UniqueAddress) == ReachabilityStatus.Reachable),
                $"seed {seed}: the one that slept accuses"));

            Assert.All(world.Nodes, node => Assert.Empty(node.Membership.State.Unreachable));
            Assert.Contains("detector: a node that stood still doubted itself", paused.Loop.Points);
        }
    }

    [Fact]
    public void AStoppedProcess_ThatWakesAfterHalfAMinute_DoubtsItselfFirst()
    {
        SmallWorld world = Noisy(3, core: 5);
        world.Run(Settled);
        world.Nodes[0].PausedUntil = world.Now + TimeSpan.FromSeconds(30);
        world.Run(TimeSpan.FromSeconds(29));
        Assert.All(world.Nodes[1..], node => Assert.False(node.Sees(world.Nodes[0])));

        world.Run(TimeSpan.FromMilliseconds(1500));
        DetectorFacts facts = world.Nodes[0].Detector.Facts();

        Assert.InRange(facts.Health, 1, SelfHealth.MaxScore);
        Assert.All(facts.Peers, peer => Assert.Equal(PeerPhase.Trusted, peer.Phase));
        world.Run(TimeSpan.FromSeconds(10));
        Assert.All(world.Nodes, node => Assert.Empty(node.Membership.State.Unreachable));
    }

    [Fact]
    public void OneBrokenLink_IsBridgedByHelpers_AndAccusesNobody()
    {
        SmallWorld world = Noisy(8, core: 5);
        world.Run(Settled);
        world.Cut([0], [1]);

        world.Run(TimeSpan.FromMinutes(1), node => Assert.Empty(node.Membership.State.Unreachable));

        Assert.All(world.Nodes, node => Assert.DoesNotContain(node.Membership.State.Rows, row => row.Status != ReachabilityStatus.Reachable));
    }

    [Fact]
    public void ANodeThatHearsNobody_IsLost_AndTheOthersAreNot()
    {
        SmallWorld world = Noisy(9, core: 5);
        world.Run(Settled);
        foreach (int other in new[] { 1, 2, 3, 4 }) world.CutOneWay(other, 0);

        world.Run(TimeSpan.FromSeconds(20));

        Assert.All(world.Nodes[1..], node => Assert.Equal([world.Nodes[0].Member.UniqueAddress], node.Membership.State.Unreachable.ToArray()));
    }

    [Fact]
    public void AHealedPartition_IsReachableAgain_OnBothSides()
    {
        SmallWorld world = Noisy(10, core: 5);
        world.Run(Settled);
        world.Cut([0, 1], [2, 3, 4]);
        world.RunUntil(() => world.Nodes.All(node => node.Membership.State.Unreachable.Length == (node.Index < 2 ? 3 : 2)), Settled);
        Assert.All(world.Nodes, node => Assert.Equal(node.Index < 2 ? 3 : 2, node.Membership.State.Unreachable.Length));

        world.Heal();
        world.Run(TimeSpan.FromSeconds(5));

        Assert.All(world.Nodes, node => Assert.Empty(node.Membership.State.Unreachable));
    }

    [Fact]
    public void ASurvivorOfMany_InsistsAlone_AfterTheSuspicionTime()
    {
        SmallWorld world = Noisy(11, core: 5);
        world.Run(Settled);
        foreach (SmallNode node in world.Nodes[1..]) node.Crashed = true;

        world.Run(TimeSpan.FromSeconds(9));
        Assert.Empty(world.Nodes[0].Membership.State.Unreachable);
        world.Run(TimeSpan.FromSeconds(8));

        Assert.Equal(4, world.Nodes[0].Membership.State.Unreachable.Length);
    }

    [Fact]
    public void AnAccusedNode_RefutesAtTheFirstPingThatTellsIt()
    {
        SmallWorld world = Noisy(12, core: 5);
        world.Run(Settled);

        world.Nodes[0].Messenger.Take(world.Nodes[1].Member.UniqueAddress, new Ping { Sequence = 1, AccusedIncarnation = 1 });

        Assert.Equal(2ul, world.Nodes[0].Membership.State.SelfMember!.Incarnation);
        Assert.Contains("detector: a suspicion was refuted", world.Nodes[0].Loop.Points);
        world.Nodes[0].Messenger.Take(world.Nodes[1].Member.UniqueAddress, new Ping { Sequence = 2, AccusedIncarnation = ulong.MaxValue });
        Assert.Equal(2ul, world.Nodes[0].Membership.State.SelfMember!.Incarnation);
    }

    [Fact]
    public void ARefusedConnection_SpeedsTheCheckUp_ButDoesNotCondemn()
    {
        SmallWorld world = Noisy(13, core: 5);
        world.Run(Settled);
        world.Nodes[0].Messenger.Disconnect(world.Nodes[1].Member.UniqueAddress, SessionEnd.Refused);
        Assert.Equal(PeerPhase.Probing, PhaseOf(world, 0, 1));
        world.Run(TimeSpan.FromSeconds(2), node => Assert.Empty(node.Membership.State.Rows));
        Assert.Equal(PeerPhase.Trusted, PhaseOf(world, 0, 1));

        world.Nodes[1].Crashed = true;
        foreach (SmallNode node in world.Alive) node.Messenger.Disconnect(world.Nodes[1].Member.UniqueAddress, SessionEnd.Refused);
        world.Run(TimeSpan.FromSeconds(2));

        Assert.All(world.Alive, node => Assert.False(node.Sees(world.Nodes[1])));
    }

    [Fact]
    public void AStrangersRequest_OpensNoConnection()
    {
        SmallWorld world = Noisy(14, core: 3);
        world.Run(TimeSpan.FromSeconds(1));
        int before = world.Nodes[0].Messenger.Sent;

        world.Nodes[0].Messenger.Take(Crowd.Node(99), new ProbeRequest { Sequence = 1, System = "mesh", Host = "10.0.0.001", Port = 4100 });

        Assert.Equal(before, world.Nodes[0].Messenger.Sent);
    }

    [Fact]
    public void TheSameSeed_GivesTheSameRun()
    {
        List<string> Once()
        {
            SmallWorld world = Noisy(77, core: 3, edge: 4);
            world.Run(TimeSpan.FromSeconds(10));
            world.Nodes[1].Crashed = true;
            world.Run(TimeSpan.FromSeconds(20));
            return [.. world.Nodes.SelectMany(node => node.Logs.Select(log => $"{node.Index} {log.Message}"))];
        }

        Assert.Equal(Once(), Once());
    }

    private static SmallWorld Noisy(ulong seed, int core, int edge = 0) => new(seed, core, edge) { Loss = 0.01, Tails = 0.05 };

    private static PeerPhase PhaseOf(SmallWorld world, int observer, int subject) =>
        world.Nodes[observer].Detector.Facts().Peers.Single(peer => peer.Node == world.Nodes[subject].Member.UniqueAddress).Phase;

    /// <summary>When each survivor sees that the victim is unreachable.</summary>
    private static List<TimeSpan> Crash(SmallWorld world, int victim)
    {
        world.Run(Settled);
        world.Nodes[victim].Crashed = true;
        TimeSpan at = world.Now;
        var seen = new SortedDictionary<int, TimeSpan>();
        world.Run(TimeSpan.FromSeconds(20), node =>
        {
            if (!node.Sees(world.Nodes[victim])) seen.TryAdd(node.Index, world.Now - at);
        });
        Assert.Equal(world.Nodes.Length - 1, seen.Count);
        Assert.All(world.Alive, node => Assert.Equal([world.Nodes[victim].Member.UniqueAddress], node.Membership.State.Unreachable.ToArray()));
        return [.. seen.Values];
    }

    private static void AssertP99(List<TimeSpan> seen, TimeSpan atMost)
    {
        seen.Sort();
        TimeSpan p99 = seen[(int)Math.Ceiling(seen.Count * 0.99) - 1];
        Assert.True(p99 <= atMost, $"p50 {seen[seen.Count / 2]}, p99 {p99}, max {seen[^1]}");
    }
}
