using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Sharding;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Sharding;

/// <summary>The coordinator as a pure machine: what it says to what it hears.</summary>
public sealed class ShardCoordinatorCoreTests
{
    private static readonly ShardingSettings Settings = new();
    private static readonly UniqueAddress[] N = [.. Enumerable.Range(1, 4).Select(i => new UniqueAddress(new Address("test", $"n{i}", 1), (ulong)i))];
    private readonly long[] _numbers = new long[4];
    private TimeSpan _now = TimeSpan.FromSeconds(100);

    [Fact]
    public void Places_NothingThatAnUnheardRegionMayHave()
    {
        ShardCoordinatorCore core = Core(2);
        Report(core, 0);

        ImmutableArray<ShardEffect> asked = Say(core, 0, new ShardSignal(ShardVerb.GetShardHome, 7, 3));
        ImmutableArray<ShardEffect> heard = Report(core, 1);

        Assert.Empty(Words(asked, ShardVerb.HostShard));
        Assert.Single(Words(heard, ShardVerb.HostShard));
    }

    [Fact]
    public void Places_WhatASilentRegionMayHave_WhenItIsDownAndItsGrantIsOver()
    {
        ShardCoordinatorCore core = Core(2);
        Report(core, 0);
        Say(core, 0, new ShardSignal(ShardVerb.GetShardHome, 7, 3));

        core.Handle(new CoordinatorInput.View(View(2, down: 1)), _now);
        ImmutableArray<ShardEffect> early = Tick(core, 5.9);
        Report(core, 0);
        ImmutableArray<ShardEffect> late = Tick(core, 0.2);

        Assert.Empty(Words(early, ShardVerb.HostShard));
        Assert.Equal(N[0], Assert.Single(Words(late, ShardVerb.HostShard)).To);
    }

    [Fact]
    public void Takes_WhatRegionsReport_AndTheHigherEpochWins()
    {
        ShardCoordinatorCore core = Core(2);

        Report(core, 0, new ShardRow(3, 50, ShardPhase.Active, 1));
        ImmutableArray<ShardEffect> higher = Report(core, 1, new ShardRow(3, 60, ShardPhase.Active, 1));
        ImmutableArray<ShardEffect> lower = Report(core, 0, new ShardRow(3, 50, ShardPhase.Active, 1));

        Assert.Equal(N[1], core.Shards[3].Owner);
        Assert.Equal(N[0], Assert.Single(Words(higher, ShardVerb.HandOff)).To);
        Assert.Equal(3, Assert.Single(lower.OfType<ShardEffect.Grant>().Single().Answer.Stop).Shard);
    }

    [Fact]
    public void Answers_AllThatWait_TheMomentAShardHasStarted()
    {
        ShardCoordinatorCore core = Ready(3);
        long epoch = Words(Say(core, 2, new ShardSignal(ShardVerb.GetShardHome, 7, 0)), ShardVerb.HostShard).Single().Word.Epoch;
        Say(core, 1, new ShardSignal(ShardVerb.GetShardHome, 7, 0));

        ImmutableArray<ShardEffect> started = Say(core, 0, new ShardSignal(ShardVerb.ShardStarted, 7, 0, epoch));

        Assert.Equal([N[1], N[2]], Words(started, ShardVerb.ShardHome).Select(word => word.To));
        Assert.Equal(ShardEpoch.Of(7, 1), epoch);
    }

    [Fact]
    public void HandsOff_WithoutTheAckOfADeadRegion()
    {
        ShardCoordinatorCore core = Active(3, shard: 0, owner: 0);
        core.Handle(new CoordinatorInput.View(View(3, leaving: 0)), _now);
        ImmutableArray<ShardEffect> begun = Tick(core, 0);
        foreach (int node in new[] { 0, 1 }) Say(core, node, new ShardSignal(ShardVerb.BeginHandOffAck, 7, 0, core.Shards[0].Epoch));

        core.Handle(new CoordinatorInput.View(View(3, leaving: 0, unreachable: 2)), _now);

        Assert.Equal(ShardStage.HandOff, core.Shards[0].Stage);
        _ = begun;
    }

    [Fact]
    public void Learns_FromTheNextReport_ThatAShardStopped()
    {
        ShardCoordinatorCore core = Active(2, shard: 0, owner: 0);
        long epoch = core.Shards[0].Epoch;
        core.Handle(new CoordinatorInput.View(View(2, leaving: 0)), _now);
        Tick(core, 5.1);

        ImmutableArray<ShardEffect> after = Report(core, 0, new ShardRow(0, epoch, ShardPhase.Ended, 0));

        Assert.Equal(N[1], Assert.Single(Words(after, ShardVerb.HostShard)).To);
        Assert.True(core.Shards[0].Epoch > epoch);
    }

    [Fact]
    public void Epochs_GoOnGrowing_WhenTheCounterRunsOver() =>
        Assert.True(ShardEpoch.Of(3, 1 << ShardEpoch.CounterBits) > ShardEpoch.Of(3, (1 << ShardEpoch.CounterBits) - 1));

    [Fact]
    public void Warns_OnceOfARegionWithAnotherNumberOfShards_AndGrantsItNothing()
    {
        ShardCoordinatorCore core = Core(2);
        ImmutableArray<ShardEffect> Wrong(long number) =>
            core.Handle(new CoordinatorInput.Report(N[1], new RegionReport(7, number, true, false, 1, 999, [])), _now);

        ImmutableArray<ShardEffect> first = Wrong(1);
        ImmutableArray<ShardEffect> second = Wrong(2);

        Assert.Single(first.OfType<ShardEffect.Say>());
        Assert.Empty(second.OfType<ShardEffect.Say>());
        Assert.Empty(first.Concat(second).OfType<ShardEffect.Grant>());
    }

    [Fact]
    public void Resigns_WhenThereIsAHigherTerm_OrItsLeaseIsOver()
    {
        ShardCoordinatorCore one = Ready(2), other = Ready(2);

        ImmutableArray<ShardEffect> stale = Say(one, 1, new ShardSignal(ShardVerb.StaleTerm, 8));
        _now += TimeSpan.FromHours(2);
        ImmutableArray<ShardEffect> over = other.Handle(CoordinatorInput.Tick.Instance, _now);

        Assert.Equal(8, Assert.Single(stale.OfType<ShardEffect.Deposed>()).HigherTerm);
        Assert.Single(over.OfType<ShardEffect.Deposed>());
        Assert.Empty(Say(one, 0, new ShardSignal(ShardVerb.GetShardHome, 7, 0)));
    }

    [Fact]
    public void Grants_NeverOutliveTheLease()
    {
        ShardCoordinatorCore core = Core(2);
        core.Handle(new CoordinatorInput.Lease(_now + TimeSpan.FromSeconds(4)), _now);

        RegionGrant grant = Report(core, 0).OfType<ShardEffect.Grant>().Single().Answer;

        Assert.Equal(TimeSpan.FromSeconds(4), grant.Duration);
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public void Rebalances_OnlyWhileOneVersionRunsAndAllOfCoreIsSeen(bool twoVersions, bool unseen, bool moves)
    {
        ShardCoordinatorCore core = Core(3);
        Report(core, 0, [.. Enumerable.Range(0, 12).Select(shard => new ShardRow(shard, 100 + shard, ShardPhase.Active, 0))]);
        Report(core, 1);
        Report(core, 2);
        core.Handle(new CoordinatorInput.View(View(3, unreachable: unseen ? 2 : -1, odd: twoVersions ? 1 : -1)), _now);

        Tick(core, 9);
        Report(core, 0, [.. Enumerable.Range(0, 12).Select(shard => new ShardRow(shard, 100 + shard, ShardPhase.Active, 0))]);
        Report(core, 1);
        Report(core, 2);
        ImmutableArray<ShardEffect> later = Tick(core, 1.1);

        Assert.Equal(moves, Words(later, ShardVerb.BeginHandOff).Any());
    }

    /// <summary>Any order of words, true and false: epochs rise, each has one owner, homes are of active shards.</summary>
    [Fact]
    public void Keeps_OneOwnerPerEpoch_WhateverItHears()
    {
        for (ulong seed = 1; seed <= 300; seed++)
        {
            var random = new SplitMix64(seed);
            ShardCoordinatorCore core = Core(4);
            Dictionary<(int, long), UniqueAddress> homes = [];
            long[] epochs = new long[12];
            for (int step = 0; step < 200; step++)
            {
                _now += TimeSpan.FromMilliseconds(random.Next(1500));
                core.Handle(new CoordinatorInput.Lease(_now + TimeSpan.FromSeconds(9)), _now);
                foreach (ShardEffect.Signal told in core.Handle(AnyInput(ref random, core), _now).OfType<ShardEffect.Signal>())
                {
                    if (told.Word.Verb is not (ShardVerb.HostShard or ShardVerb.ShardHome)) continue;
                    UniqueAddress owner = told.Word.Owner ?? told.To;
                    (int, long) run = (told.Word.Shard, told.Word.Epoch);
                    Assert.True(homes.TryAdd(run, owner) || homes[run] == owner, $"seed {seed}");
                    Assert.True(told.Word.Epoch >= epochs[told.Word.Shard], $"seed {seed}: an epoch went back");
                    epochs[told.Word.Shard] = told.Word.Epoch;
                }
            }
        }
    }

    private CoordinatorInput AnyInput(ref SplitMix64 random, ShardCoordinatorCore core)
    {
        int node = random.Next(4), shard = random.Next(12);
        long epoch = core.Shards[shard].Epoch;
        UniqueAddress who = random.Next(3) == 0 ? N[node] : core.Shards[shard].Owner ?? N[node];
        switch (random.Next(8))
        {
            case 0: return new CoordinatorInput.View(View(4, down: random.Next(8), leaving: random.Next(8), unreachable: random.Next(8)));
            case 1: return new CoordinatorInput.Signal(who, new ShardSignal(ShardVerb.GetShardHome, 7, shard));
            case 2: return new CoordinatorInput.Signal(who, new ShardSignal(ShardVerb.ShardStarted, 7, shard, epoch));
            case 3: return new CoordinatorInput.Signal(who, new ShardSignal(ShardVerb.ShardStopped, 7, shard, epoch - random.Next(2)));
            case 4: return new CoordinatorInput.Signal(who, new ShardSignal(ShardVerb.BeginHandOffAck, 7, shard, epoch));
            case 5: return CoordinatorInput.Tick.Instance;
            default:
                int reporter = random.Next(4);
                List<ShardRow> rows = [];
                foreach (CoordinatorShard each in core.Shards)
                {
                    var phase = (ShardPhase)(1 + random.Next(4));
                    if (each.Owner == N[reporter] && random.Next(4) != 0) rows.Add(new ShardRow(each.Number, each.Epoch, phase, 0));
                    else if (random.Next(30) == 0) rows.Add(new ShardRow(each.Number, 1 + reporter + (4 * random.Next(12)), ShardPhase.Active, 0));
                }

                bool draining = random.Next(20) == 0;
                return new CoordinatorInput.Report(N[reporter], new RegionReport(7, ++_numbers[reporter], true, draining, 1, 12, [.. rows]));
        }
    }

    private ShardCoordinatorCore Core(int nodes)
    {
        Array.Clear(_numbers);
        return new(7, 0, _now + TimeSpan.FromHours(1), 12, Settings, View(nodes), [], _now);
    }

    private ShardCoordinatorCore Ready(int nodes)
    {
        ShardCoordinatorCore core = Core(nodes);
        for (int i = 0; i < nodes; i++) Report(core, i);
        return core;
    }

    private ShardCoordinatorCore Active(int nodes, int shard, int owner)
    {
        ShardCoordinatorCore core = Ready(nodes);
        long epoch = Words(Say(core, 1, new ShardSignal(ShardVerb.GetShardHome, 7, shard)), ShardVerb.HostShard).Single().Word.Epoch;
        Say(core, owner, new ShardSignal(ShardVerb.ShardStarted, 7, shard, epoch));
        Assert.Equal(ShardStage.Active, core.Shards[shard].Stage);
        return core;
    }

    private ImmutableArray<ShardEffect> Report(ShardCoordinatorCore core, int node, params ShardRow[] rows) =>
        core.Handle(new CoordinatorInput.Report(N[node], new RegionReport(7, ++_numbers[node], true, false, 1, 12, [.. rows])), _now);

    private ImmutableArray<ShardEffect> Say(ShardCoordinatorCore core, int node, ShardSignal word) =>
        core.Handle(new CoordinatorInput.Signal(N[node], word), _now);

    private ImmutableArray<ShardEffect> Tick(ShardCoordinatorCore core, double seconds)
    {
        // Grants last ten seconds: regions that are to live report on the way.
        _now += TimeSpan.FromSeconds(seconds);
        return core.Handle(CoordinatorInput.Tick.Instance, _now);
    }

    private static IEnumerable<ShardEffect.Signal> Words(ImmutableArray<ShardEffect> effects, ShardVerb verb) =>
        effects.OfType<ShardEffect.Signal>().Where(signal => signal.Word.Verb == verb);

    private static ClusterState View(int nodes, int down = -1, int leaving = -1, int unreachable = -1, int odd = -1) => new(
        N[0], "c",
        [
            .. Enumerable.Range(0, nodes).Select(i => new Member(
                N[i], $"n{i}", [Member.CoreRole], i == odd ? "2" : "1",
                i == down ? MemberStatus.Down : i == leaving ? MemberStatus.Leaving : MemberStatus.Up, i, 0)),
        ],
        unreachable >= 0 && unreachable < nodes ? [N[unreachable]] : [], [], null, [], 0);
}
