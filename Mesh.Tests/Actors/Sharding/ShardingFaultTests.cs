using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Sharding;
using Mesh.Actors.Sharding.Protocol;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Sharding;

/// <summary>What becomes of ownership and messages when nodes die, stand still, do not hear each other, or have no journal.</summary>
public sealed class ShardingFaultTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Fails_OverWithin20Seconds(int victim)
    {
        var world = new ShardWorld();
        world.Run(5);
        for (int i = 0; i < 24; i++) world.Nodes[2].Tell($"e{i}", i);
        world.Run(3);
        TimeSpan crash = world.Now;

        world.Crash(world.Nodes[victim]);
        for (int second = 0; second < 20; second++)
        {
            for (int i = 0; i < 24; i++) world.Nodes[2].Tell($"e{i}", 1000 + (second * 24) + i);
            world.Run(1);
        }

        IEnumerable<string> silent = Enumerable.Range(0, 24).Select(i => $"e{i}").Where(entity =>
            !world.Handled.Exists(each => each.EntityId == entity && each.At > crash && each.Written && each.Node != world.Nodes[victim].Self));
        Assert.Empty(silent);
        Assert.Single(world.Nodes, node => node.Coordinates);
        world.AssertOwnershipIsALock();
    }

    [Fact]
    public void KeepsEntitiesRunning_WhenOnlyTheCoordinatorDies()
    {
        var world = new ShardWorld();
        world.Run(5);
        for (int i = 0; i < 24; i++) world.Nodes[2].Tell($"e{i}", i);
        world.Run(3);
        string[] here = [.. world.Handled.Where(each => each.Node == world.Nodes[2].Self).Select(each => $"{each.Shard} {each.Epoch}").Distinct()];

        world.Crash(world.Nodes[0]);
        world.Run(25);
        IEnumerable<string> after = world.Nodes[2].Type.Region.Host.Shards.Select(shard => $"{shard.Shard} {shard.Epoch}");

        Assert.NotEmpty(here);
        Assert.Empty(here.Except(after));
    }

    /// <summary>S1: a region stands still for half a minute and goes on as if nothing had been.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Fences_AZombieOut(ulong seed)
    {
        var world = new ShardWorld(seed);
        world.Run(5);
        var load = new ShardingTests.Load(world, 24);
        load.Run(5);
        WorldNode zombie = world.Nodes[(int)(seed % 3)];

        TimeSpan awake = world.Now + TimeSpan.FromSeconds(30);
        world.Pause(zombie, 30);
        world.At(TimeSpan.FromSeconds(30), () =>
        {
            // What lay in the mailboxes is handled before the region's loop gets to know that time has passed.
            foreach (IActorRef entity in zombie.Alive.Values) entity.Tell(new Command(9_999_999), null);
            zombie.Settle();
        });
        load.Run(45);

        Assert.Contains(world.Handled, each => each.Node == zombie.Self && each.At >= awake && !each.Written);
        Assert.DoesNotContain(world.Handled, each => each.Node == zombie.Self && each.At >= awake && each.Written);
        Assert.Empty(zombie.Type.Region.Host.Shards);
        world.AssertOwnershipIsALock();
    }

    [Theory]
    [InlineData(ShardStage.BeginHandOff, false)]
    [InlineData(ShardStage.BeginHandOff, true)]
    [InlineData(ShardStage.HandOff, false)]
    [InlineData(ShardStage.HandOff, true)]
    [InlineData(ShardStage.Allocating, false)]
    [InlineData(ShardStage.Allocating, true)]
    public void Finishes_AHandoffThatACrashInterrupts(ShardStage stage, bool coordinator)
    {
        var world = new ShardWorld(nodes: 4);
        world.Run(5);
        var load = new ShardingTests.Load(world, 24);
        load.Run(5);
        WorldNode boss = world.Nodes[0], owner = world.Nodes[1];
        ShardInfo[] had = [.. boss.Type.Seat!.Describe()!.Shards.Where(shard => shard.Owner == owner.Self)];

        world.SetStatus(owner, MemberStatus.Leaving);
        bool seen = false;
        for (int i = 0; i < 5000 && !seen; i++)
        {
            world.Run(0.001);
            seen = boss.Type.Seat!.Describe()!.Shards.Any(shard => shard.Stage == stage && Array.Exists(had, one => one.Shard == shard.Shard));
        }

        world.Crash(coordinator ? boss : owner);
        load.Run(30);

        Assert.True(seen);
        WorldNode next = Assert.Single(world.Nodes, node => node.Coordinates);
        Assert.All(next.Type.Seat!.Describe()!.Shards, shard => Assert.Equal(ShardStage.Active, shard.Stage));
        UniqueAddress[] gone = [owner.Self, (coordinator ? boss : owner).Self];
        Assert.All(next.Type.Seat!.Describe()!.Shards, shard => Assert.DoesNotContain(shard.Owner!, gone));
        Assert.All(world.Nodes.Where(node => !node.IsDead), node => Assert.Equal(0, node.Type.Region.Router.Waiting));
        load.AssertOrder();
        world.AssertOwnershipIsALock();
    }

    [Theory]
    [InlineData(MemberStatus.Leaving)]
    [InlineData(MemberStatus.Down)]
    [InlineData(MemberStatus.Removed)]
    public async Task TheLastNode_StopsItsShardsAtOnce_WithoutJournalAndCoordinator(MemberStatus others)
    {
        var world = new ShardWorld(nodes: 2);
        world.Run(5);
        for (int i = 0; i < 8; i++) world.Nodes[1].Tell($"e{i}", i);
        world.Run(3);
        world.Nodes[0].IsDead = true;
        world.Journal.Away = true;
        world.Run(1);
        Assert.NotEmpty(world.Nodes[1].Type.Region.Host.Shards);

        Task drained = world.Nodes[1].Sharding.DrainAsync();
        world.SetStatus(world.Nodes[0], others);
        world.Run(2);

        await drained.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Empty(world.Nodes[1].Type.Region.Host.Shards);
    }

    [Fact]
    public async Task SaysWhy_WhileTheJournalIsAway_AndGoesOnByItself()
    {
        var world = new ShardWorld();
        world.Run(5);
        for (int i = 0; i < 12; i++) world.Nodes[1].Tell($"e{i}", i);
        world.Run(3);

        world.Journal.Away = true;
        world.Run(40);
        Task<Command> refused = world.Nodes[1].Region.Ask<Command>(new ShardingEnvelope("e1", new Command(100)), TimeSpan.FromSeconds(60));
        world.Run(1);
        Assert.All(world.Nodes, node => Assert.Empty(node.Type.Region.Host.Shards));
        world.Journal.Away = false;
        world.Run(8);
        Task<Command> answered = world.Nodes[1].Region.Ask<Command>(new ShardingEnvelope("e1", new Command(101)), TimeSpan.FromSeconds(60));
        world.Run(4);

        ShardUnavailableException why = await Assert.ThrowsAsync<ShardUnavailableException>(() => refused.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("journal", why.Message, StringComparison.Ordinal);
        Assert.Equal(new Command(101), await answered.WaitAsync(TimeSpan.FromSeconds(30)));
        world.AssertOwnershipIsALock();
    }

    /// <summary>Two that believe to coordinate: the journal gives the lease to one, and the terms tell which.</summary>
    [Fact]
    public void NeverHasTwoCoordinators_WhenTheOldestStandsStill()
    {
        var world = new ShardWorld();
        world.Run(5);
        world.Pause(world.Nodes[0], 11);

        for (int i = 0; i < 600; i++)
        {
            world.Run(0.05);
            Assert.True(world.Nodes.Count(node => node.Coordinates && world.Now >= node.PausedUntil) <= 1);
        }

        Assert.Single(world.Nodes, node => node.Coordinates);
    }

    /// <summary>Whatever is lost of the protocol is repaired; mail itself is not lost, so all of it is accounted for (S4, S5).</summary>
    [Fact]
    public void Repairs_LostWords() => Seeds(6, seed =>
    {
        var world = new ShardWorld(seed);
        var chance = new SplitMix64(seed * 31);
        world.Loses = (_, _, message) => message is not (MailFrame or NotOwnerFrame) && !IsBarrier(message) && chance.Next(5) == 0;
        world.Run(10);
        var load = new ShardingTests.Load(world, 24);
        load.Run(10);
        world.Nodes.Add(world.Join());
        load.Run(30);
        world.SetStatus(world.Nodes[1], MemberStatus.Leaving);
        load.Run(20);
        world.Loses = static (_, _, _) => false;
        world.Run(20);

        Assert.Empty(world.Nodes[1].Type.Region.Host.Shards);
        Assert.DoesNotContain(world.ReachedPoints, point => point.StartsWith("mail for an entity was given up", StringComparison.Ordinal));
        load.AssertEachHandledOnceInOrder();
        world.AssertOwnershipIsALock();
    });

    /// <summary>Crashes, pauses, cuts and an absent journal in any order: ownership is a lock always, and at the end everything works.</summary>
    [Fact]
    public void Survives_Anything() => Seeds(25, seed =>
    {
        var world = new ShardWorld(seed, nodes: 4);
        var chance = new SplitMix64(seed * 77);
        world.Run(5);
        var load = new ShardingTests.Load(world, 24);
        for (int step = 0; step < 8; step++)
        {
            WorldNode node = world.Nodes[chance.Next(world.Nodes.Count)];
            UniqueAddress deaf = node.Self;
            switch (chance.Next(6))
            {
                case 0 when world.Nodes.Count(each => !each.IsDead) > 2: world.Crash(node); break;
                case 1: world.Pause(node, 1 + chance.Next(25)); break;
                case 2: world.Journal.Away = !world.Journal.Away; break;
                case 3: world.Loses = (from, to, _) => from == deaf || to == deaf; break;
                case 4: world.Nodes.Add(world.Join()); break;
                default: world.Loses = static (_, _, _) => false; break;
            }

            load.Run(1 + chance.Next(15));
            world.AssertOwnershipIsALock();
        }

        world.Journal.Away = false;
        world.Loses = static (_, _, _) => false;
        world.Nodes.Add(world.Join());
        load.Run(90);
        int before = world.Handled.Count;
        WorldNode alive = world.Nodes[^1];
        for (int i = 0; i < 24; i++) alive.Tell($"e{i}", 9_000_000 + i);
        world.Run(5);

        Assert.True(world.Handled.Skip(before).Count(each => each.Command >= 9_000_000 && each.Written) == 24, $"seed {seed}");
        Assert.Single(world.Nodes, node => node.Coordinates);
        world.AssertOwnershipIsALock();
    });

    private static bool IsBarrier(IMessage message) =>
        message is SignalFrame { Verb: (uint)ShardVerb.Barrier or (uint)ShardVerb.BarrierDone };

    private static void Seeds(int count, Action<ulong> run)
    {
        for (ulong seed = 1; seed <= (ulong)count; seed++)
        {
            try
            {
                run(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
    }
}
