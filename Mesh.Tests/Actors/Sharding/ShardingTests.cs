using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Sharding;
using Xunit;

namespace Mesh.Tests.Actors.Sharding;

/// <summary>Several regions and their coordinator as a whole, with nothing in their way.</summary>
public sealed class ShardingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Delivers_FromEveryNodeToTheOneOwner()
    {
        var world = new ShardWorld();
        world.Run(5);

        for (int i = 0; i < 30; i++) world.Nodes[i % 3].Tell($"e{i % 10}", i);
        world.Run(3);

        Assert.Equal(30, world.Handled.Count);
        Assert.All(world.Handled, each => Assert.True(each.Written));
        Assert.All(world.Handled.GroupBy(each => each.EntityId), entity => Assert.Single(entity.Select(each => each.Node).Distinct()));
        Assert.True(world.Handled.Select(each => each.Node).Distinct().Count() > 1);
        Assert.Equal(world.Nodes[0], Assert.Single(world.Nodes, node => node.Coordinates));
        world.AssertOwnershipIsALock();
    }

    [Fact]
    public async Task Reaches_EntitiesThroughAProxy_AndAnswersAsks()
    {
        var world = new ShardWorld(nodes: 2);
        world.Nodes.Add(world.Join(hosts: false));
        world.Run(5);

        Task<Command> answer = world.Nodes[2].Region.Ask<Command>(new ShardingEnvelope("e1", new Command(7)), Patience);
        world.Run(3);

        Assert.Equal(new Command(7), await answer.WaitAsync(Patience));
        Assert.NotEqual(world.Nodes[2].Self, Assert.Single(world.Handled).Node);
    }

    /// <summary>A proxy hears the coordinator only when it asks: that it was quiet for long says nothing.</summary>
    [Fact]
    public async Task Reaches_EntitiesThroughAProxy_ThatWasIdleForLong()
    {
        var world = new ShardWorld(nodes: 2);
        world.Nodes.Add(world.Join(hosts: false));
        world.Run(60);

        Task<Command> answer = world.Nodes[2].Region.Ask<Command>(new ShardingEnvelope("e1", new Command(7)), Patience);
        world.Run(3);

        Assert.Equal(new Command(7), await answer.WaitAsync(Patience));
    }

    [Fact]
    public async Task SaysWhy_ThroughAProxy_WhenNoCoordinatorAnswers()
    {
        var world = new ShardWorld(nodes: 2);
        world.Nodes.Add(world.Join(hosts: false));
        world.Journal.Away = true;
        world.Run(60);

        world.Nodes[2].Tell("e1", 1);
        world.Run(16);
        Task<Command> refused = world.Nodes[2].Region.Ask<Command>(new ShardingEnvelope("e1", new Command(7)), Patience);
        world.Run(1);

        ShardUnavailableException why = await Assert.ThrowsAsync<ShardUnavailableException>(() => refused.WaitAsync(Patience));
        Assert.Contains("no coordinator answered", why.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WaitsForNoProxy_OnACoreNode()
    {
        var world = new ShardWorld(nodes: 2);
        world.Nodes.Add(world.Join(proxy: true));
        world.Run(5);

        world.Nodes[0].Tell("e1", 1);
        world.Run(3);

        Assert.True(Assert.Single(world.Handled).Written);
    }

    [Fact]
    public void RefusesAnIdThatTheJournalWould_WithoutHarmToItsShard()
    {
        var world = new ShardWorld(nodes: 1, options: new ShardingTypeOptions { NumberOfShards = 1, RememberEntities = true });
        world.Run(5);

        world.Nodes[0].Tell("bad\u0001", 1);
        world.Nodes[0].Tell("good", 2);
        world.Run(3);

        Assert.Equal("good", Assert.Single(world.Handled).EntityId);
        Assert.Contains("mail for an entity was given up: BadName", world.ReachedPoints);
    }

    [Fact]
    public void RefusesMail_OfANodeThatCutsTheTypeIntoOtherShards()
    {
        var world = new ShardWorld(nodes: 1, options: new ShardingTypeOptions { NumberOfShards = 12 });
        world.Nodes.Add(world.Join(hosts: false, options: new ShardingTypeOptions { NumberOfShards = 5 }));
        world.Run(5);

        for (int i = 0; i < 20; i++) world.Nodes[0].Tell($"e{i}", i);
        for (int i = 0; i < 20; i++) world.Nodes[1].Tell($"e{i}", 100 + i);
        world.Run(5);

        Assert.All(world.Handled.GroupBy(each => each.EntityId), entity => Assert.Single(entity.Select(each => each.Shard).Distinct()));
        Assert.Contains("mail for an entity was given up: WrongShard", world.ReachedPoints);
    }

    [Fact]
    public async Task SaysThatItHasStopped_ToWhoAsksAfterwards()
    {
        var world = new ShardWorld(nodes: 1);
        world.Run(5);
        world.Nodes[0].Sharding.Stop();

        Task<Command> refused = world.Nodes[0].Region.Ask<Command>(new ShardingEnvelope("e1", new Command(7)), Patience);
        world.Run(1);

        await Assert.ThrowsAsync<ShardUnavailableException>(() => refused.WaitAsync(Patience));
    }

    [Fact]
    public void Moves_ShardsToANodeThatJoins_LosingAndReorderingNothing()
    {
        var world = new ShardWorld(nodes: 2);
        world.Run(5);
        var load = new Load(world, entities: 24);
        load.Run(5);

        world.Nodes.Add(world.Join());
        load.Run(60);
        world.Run(5);

        Assert.Contains(world.Handled, each => each.Node == world.Nodes[2].Self);
        load.AssertEachHandledOnceInOrder();
        world.AssertOwnershipIsALock();
        int[] shards = [.. world.Nodes.Select(node => node.Type.Region.Host.Shards.Count())];
        Assert.True(shards.Max() - shards.Min() <= 1, string.Join(' ', shards));
    }

    [Fact]
    public async Task Drains_ALeavingNode_LosingAndReorderingNothing()
    {
        var world = new ShardWorld();
        world.Run(5);
        var load = new Load(world, entities: 24);
        load.Run(5);

        WorldNode leaving = world.Nodes[0];
        world.SetStatus(leaving, MemberStatus.Leaving);
        Task drained = leaving.Sharding.DrainAsync();
        load.Run(15);

        await drained.WaitAsync(Patience);
        Assert.Empty(leaving.Type.Region.Host.Shards);
        load.AssertEachHandledOnceInOrder();
        world.AssertOwnershipIsALock();
    }

    [Fact]
    public async Task Leaves_AnEntityItsStash_BeforeItStops()
    {
        List<string> stopped = [];
        var world = new ShardWorld(nodes: 2, options: new ShardingTypeOptions { NumberOfShards = 4, StopMessage = "stop" })
        {
            EntityProps = (_, context) => Props.Create(() => new Stashing(stopped, context)),
        };
        world.Run(5);
        for (int i = 0; i < 8; i++) world.Nodes[0].Tell($"e{i}", i);
        world.Run(2);
        int here = world.Nodes[0].Type.Region.Host.Shards.Sum(shard => shard.Entities.Count);

        Task drained = world.Nodes[0].Sharding.DrainAsync();
        world.Run(10);

        await drained.WaitAsync(Patience);
        Assert.True(here > 0);
        Assert.Equal(here, stopped.Count);
        Assert.All(stopped, text => Assert.Equal("1 stashed, then stopped", text));
    }

    [Fact]
    public void BringsRememberedEntitiesBack_WhereTheirShardMoves()
    {
        List<string> started = [];
        var world = new ShardWorld(options: new ShardingTypeOptions { NumberOfShards = 6, RememberEntities = true })
        {
            EntityProps = (node, context) =>
            {
                started.Add($"{node.Self.Uid} {context.EntityId}");
                return Props.Create(() => new Counter(node, context));
            },
        };
        world.Run(5);
        for (int i = 0; i < 12; i++) world.Nodes[1].Tell($"e{i}", i);
        world.Run(3);
        string there = $"{world.Nodes[2].Self.Uid} ";
        string[] lost = [.. started.Where(text => text.StartsWith(there, StringComparison.Ordinal)).Select(text => text[5..])];
        started.Clear();

        world.Crash(world.Nodes[2]);
        world.Run(20);

        Assert.NotEmpty(lost);
        Assert.Equal(lost.Order(), started.Select(text => text[5..]).Order());
    }

    [Fact]
    public void Pauses_AnEntityWhoseConstructorFails_WithoutHarmToItsShard()
    {
        int tries = 0;
        var world = new ShardWorld(nodes: 1, options: new ShardingTypeOptions { NumberOfShards = 1 });
        world.EntityProps = (node, context) => Props.Create(() => context.EntityId == "bad" && ++tries < 3
            ? throw new InvalidOperationException("not today")
            : new Counter(node, context));
        world.Run(5);

        for (int i = 0; i < 12; i++)
        {
            world.Nodes[0].Tell("bad", i);
            world.Nodes[0].Tell("good", i);
            world.Run(1);
        }

        Assert.Equal(12, world.Handled.Count(each => each.EntityId == "good"));
        Assert.InRange(world.Handled.Count(each => each.EntityId == "bad"), 5, 12);
        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task Tells_TheConsoleFromEveryNode()
    {
        var world = new ShardWorld();
        world.Run(5);
        world.Nodes[1].Tell("e1", 1);
        world.Run(2);

        Task<ShardingInfo> info = world.Nodes[2].Sharding.Describe(WorldNode.TypeName);
        Task<EntityLocation> place = world.Nodes[1].Sharding.Locate(WorldNode.TypeName, "e1");
        Task<ShardingInfo> off = world.Nodes[2].Sharding.Rebalance(WorldNode.TypeName, RebalanceMode.Off);
        world.Run(1);
        Task<ShardingInfo> after = world.Nodes[0].Sharding.Describe(WorldNode.TypeName);
        world.Run(1);

        Assert.Equal(3, (await info.WaitAsync(Patience)).Regions.Length);
        Assert.True((await off.WaitAsync(Patience)).Rebalancing);
        Assert.False((await after.WaitAsync(Patience)).Rebalancing);
        Assert.Equal(world.Handled[0].Node, (await place.WaitAsync(Patience)).Home!.Owner);
    }

    [Fact]
    public void Hash_IsTheSameEverywhereAndForEver()
    {
        Assert.Equal([64, 4, 5], new[] { "/svc/users", "e1", "\u00e4" }.Select(id => ShardHash.ShardOf(id, 128)));
    }

    /// <summary>Commands with numbers, from every node to every entity.</summary>
    internal sealed class Load(ShardWorld world, int entities)
    {
        private readonly List<(UniqueAddress From, string Entity, long Id)> _sent = [];
        private long _next;

        public int Sent => _sent.Count;

        /// <summary>A second of it is five commands from each node.</summary>
        public void Run(double seconds)
        {
            for (double t = 0; t < seconds; t += 0.2)
            {
                foreach (WorldNode node in world.Nodes.Where(node => !node.IsDead && world.Now >= node.PausedUntil))
                {
                    string entity = $"e{world.Draw(entities)}";
                    _sent.Add((node.Self, entity, ++_next));
                    node.Tell(entity, _next);
                }

                world.Run(0.2);
            }
        }

        public void AssertEachHandledOnceInOrder()
        {
            Assert.Equal(_sent.Select(each => each.Id).Order(), world.Handled.Select(each => each.Command).Order());
            AssertOrder();
        }

        /// <summary>S4: of one sender to one entity.</summary>
        public void AssertOrder()
        {
            Dictionary<long, UniqueAddress> senders = _sent.ToDictionary(each => each.Id, each => each.From);
            foreach (IGrouping<(string, UniqueAddress), Handled> way in world.Handled.GroupBy(each => (each.EntityId, senders[each.Command])))
            {
                Assert.True(way.Select(each => each.Command).SequenceEqual(way.Select(each => each.Command).Distinct().Order()),
                    $"seed {world.Seed}: {way.Key}: {string.Join(' ', way.Select(each => each.Command))}");
            }
        }
    }

    /// <summary>Keeps what it gets until it is told to stop.</summary>
    private sealed class Stashing : ReceiveActor
    {
        private int _stash;

        public Stashing(List<string> stopped, EntityContext context)
        {
            _ = context;
            Receive<Command>(_ => _stash++);
            Receive<string>(_ =>
            {
                stopped.Add($"{_stash} stashed, then stopped");
                Context.Stop(Self);
            });
        }
    }
}
