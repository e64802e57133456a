using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding;
using Xunit;

namespace Mesh.Tests.Actors.Sharding;

/// <summary>A region as a pure machine.</summary>
public sealed class ShardRegionCoreTests
{
    private static readonly ShardingSettings Settings = new() { ShardBufferCapacity = 3 };
    private static readonly UniqueAddress Self = Node(1), Boss = Node(2), Other = Node(3);
    private readonly ShardRegionCore _core;
    private TimeSpan _now = TimeSpan.FromSeconds(100);
    private long _reported;

    public ShardRegionCoreTests()
    {
        ImmutableArray<Member> members =
            [.. new[] { Self, Boss, Other }.Select(node => new Member(node, "n", [Member.CoreRole], "1", MemberStatus.Up, 1, 0))];
        var view = new ClusterState(Self, "c", members, [], [], null, [], 0);
        _core = new ShardRegionCore(Self, 4, true, new ShardingTypeOptions { NumberOfShards = 4 }, Settings, view, _now);
        Tick(0);
        Grant();
    }

    [Fact]
    public void Starts_OnlyWhenClaimed_AndSaysSoAgainWhenAskedAgain()
    {
        ImmutableArray<ShardEffect> told = Order(ShardVerb.HostShard, 1, 50);
        ImmutableArray<ShardEffect> claimed = _core.Handle(new RegionInput.Claimed(1, 50, true, 50), _now);
        ImmutableArray<ShardEffect> again = Order(ShardVerb.HostShard, 1, 50);

        Assert.Single(told.OfType<ShardEffect.Claim>());
        Assert.Empty(Words(told, ShardVerb.ShardStarted));
        Assert.Single(Words(claimed, ShardVerb.ShardStarted));
        Assert.Single(Words(again, ShardVerb.ShardStarted));
    }

    [Fact]
    public void NeverBegins_AnEpochThatEnded_NorOneTheJournalRefused()
    {
        Host(1, 50);
        Order(ShardVerb.HandOff, 1, 50);
        Order(ShardVerb.HostShard, 2, 60);
        ImmutableArray<ShardEffect> refused = _core.Handle(new RegionInput.Claimed(2, 60, false, 99), _now);

        ImmutableArray<ShardEffect> again = Order(ShardVerb.HostShard, 1, 50);

        Assert.Equal(99, Assert.Single(Words(refused, ShardVerb.ShardRefused)).Found);
        Assert.Single(Words(again, ShardVerb.ShardStopped));
        Assert.Empty(again.OfType<ShardEffect.Claim>());
        Assert.Empty(Order(ShardVerb.HostShard, 2, 60).OfType<ShardEffect.Claim>());
    }

    [Fact]
    public void Hosts_AfterTheFormerRunHasStopped_WhenToldBefore()
    {
        Host(1, 50);
        _core.Handle(new RegionInput.Route(Mail("a")), _now);
        Order(ShardVerb.HandOff, 1, 50);

        ImmutableArray<ShardEffect> early = Order(ShardVerb.HostShard, 1, 51);
        ImmutableArray<ShardEffect> stopped = _core.Handle(new RegionInput.EntityGone(1, 50, "a"), _now);

        Assert.Empty(early.OfType<ShardEffect.Claim>());
        Assert.Empty(Words(early, ShardVerb.ShardStarted));
        Assert.Single(Words(stopped, ShardVerb.ShardStopped));
        Assert.Equal(51, Assert.Single(stopped.OfType<ShardEffect.Claim>()).Epoch);
    }

    [Fact]
    public void Stops_WhatItLost_WhenTheCoordinatorSaysSo()
    {
        Host(1, 50);
        _core.Handle(new RegionInput.Route(Mail("a")), _now);
        Tick(2.1);

        ImmutableArray<ShardEffect> told = Grant(new ShardRow(1, 50, ShardPhase.Active, 1));
        ImmutableArray<ShardEffect> late = Tick(5.1);

        Assert.Single(told.OfType<ShardEffect.StopEntity>());
        Assert.Single(late.OfType<ShardEffect.KillShard>());
    }

    [Fact]
    public void WithoutGrant_HoldsThenStopsThenKills_AndKeepsTheMail()
    {
        Host(1, 50);
        _core.Handle(new RegionInput.Route(Mail("a")), _now);
        Tick(Settings.Grant.TotalSeconds + 0.1);

        ImmutableArray<ShardEffect> held = _core.Handle(new RegionInput.Route(Mail("a")), _now);
        ImmutableArray<ShardEffect> stopped = Tick(3);
        ImmutableArray<ShardEffect> killed = Tick(2);

        Assert.Empty(held.OfType<ShardEffect.Deliver>());
        Assert.Single(stopped.OfType<ShardEffect.StopEntity>());
        Assert.Single(killed.OfType<ShardEffect.KillShard>());
        Assert.Equal(1, _core.Router.Waiting);
    }

    [Fact]
    public void GoesOn_WhereItWas_WhenTheGrantComesBackInTime()
    {
        Host(1, 50);
        _core.Handle(new RegionInput.Route(Mail("a")), _now);
        Tick(Settings.Grant.TotalSeconds + 0.1);
        _core.Handle(new RegionInput.Route(Mail("a")), _now);
        Tick(0.5);

        ImmutableArray<ShardEffect> granted = Grant();

        Assert.Single(granted.OfType<ShardEffect.Deliver>());
        Assert.Empty(granted.OfType<ShardEffect.StopEntity>());
    }

    [Fact]
    public void Refuses_AFormerCoordinator_WithTheHigherTerm()
    {
        ImmutableArray<ShardEffect> told = _core.Handle(new RegionInput.Signal(Other, new ShardSignal(ShardVerb.HostShard, 6, 1, 40)), _now);

        Assert.Equal(7, Assert.Single(Words(told, ShardVerb.StaleTerm)).Term);
        Assert.Empty(told.OfType<ShardEffect.Claim>());
    }

    [Fact]
    public void RejectsTheNewest_BeyondTheBuffer_AndGivesUpWhatIsOld()
    {
        for (int i = 0; i < 3; i++) _core.Handle(new RegionInput.Route(Mail("a")), _now);
        ShardMail fourth = Mail("a");

        ImmutableArray<ShardEffect> full = _core.Handle(new RegionInput.Route(fourth), _now);
        ImmutableArray<ShardEffect> old = Tick(30.1);

        Assert.Same(fourth, Assert.Single(full.OfType<ShardEffect.Drop>()).Mail);
        Assert.Equal(3, old.OfType<ShardEffect.Drop>().Count(drop => drop.Why == MailDrop.Expired));
        Assert.Equal(0, _core.Router.Waiting);
    }

    [Fact]
    public void Keeps_TheOrder_WhenMailComesBackFromAFormerOwner()
    {
        ShardMail[] mail = [Mail("a"), Mail("a"), Mail("a")];
        _core.Handle(new RegionInput.Signal(Boss, new ShardSignal(ShardVerb.ShardHome, 7, 1, 50, Other)), _now);
        _core.Handle(new RegionInput.Route(mail[0]), _now);
        _core.Handle(new RegionInput.Route(mail[1]), _now);

        ImmutableArray<ShardEffect> first = _core.Handle(new RegionInput.Returned(Other, 50, true, mail[0]), _now);
        _core.Handle(new RegionInput.Route(mail[2]), _now);
        ImmutableArray<ShardEffect> home = _core.Handle(new RegionInput.Signal(Boss, new ShardSignal(ShardVerb.ShardHome, 7, 1, 60, Boss)), _now);
        _core.Handle(new RegionInput.Returned(Other, 50, true, mail[1]), _now);
        ImmutableArray<ShardEffect> done = _core.Handle(new RegionInput.Signal(Other, new ShardSignal(ShardVerb.BarrierDone, 0, 1, 50)), _now);

        Assert.Equal(Lane.User, first.OfType<ShardEffect.Signal>().Single(signal => signal.Word.Verb == ShardVerb.Barrier).Lane);
        Assert.Empty(home.OfType<ShardEffect.Send>());
        Assert.Equal(mail, done.OfType<ShardEffect.Send>().Select(send => send.Mail));
    }

    [Fact]
    public void GivesUp_AfterThreeReturns()
    {
        ShardMail mail = Mail("a");
        mail.Hops = 3;

        ImmutableArray<ShardEffect> back = _core.Handle(new RegionInput.Returned(Other, 50, true, mail), _now);

        Assert.Equal(MailDrop.TooManyHops, Assert.Single(back.OfType<ShardEffect.Drop>()).Why);
    }

    [Fact]
    public void Acknowledges_AHandoff_WhenNothingIsUnderWay()
    {
        _core.Handle(new RegionInput.Signal(Boss, new ShardSignal(ShardVerb.ShardHome, 7, 1, 50, Other)), _now);
        _core.Handle(new RegionInput.Route(Mail("a")), _now);

        ImmutableArray<ShardEffect> begun = Order(ShardVerb.BeginHandOff, 1, 50);
        ImmutableArray<ShardEffect> done = _core.Handle(new RegionInput.Signal(Other, new ShardSignal(ShardVerb.BarrierDone, 0, 1, 50)), _now);

        Assert.Empty(Words(begun, ShardVerb.BeginHandOffAck));
        Assert.Single(Words(done, ShardVerb.BeginHandOffAck));
    }

    /// <summary>The coordinator dies between BeginHandOff and HandOff; its successor knows the shard as Active and nobody told this region.</summary>
    [Fact]
    public void AsksAgain_ForTheHomeOfMailThatWaits_WhenAHandoffGoesNowhere()
    {
        Host(1, 50);
        Order(ShardVerb.BeginHandOff, 1, 50);
        _core.Handle(new RegionInput.Route(Mail("a")), _now);

        ImmutableArray<ShardEffect> later = Tick(1.1);
        ImmutableArray<ShardEffect> home = _core.Handle(new RegionInput.Signal(Boss, new ShardSignal(ShardVerb.ShardHome, 7, 1, 50, Self)), _now);

        Assert.Single(Words(later, ShardVerb.GetShardHome));
        Assert.Single(home.OfType<ShardEffect.Deliver>());
    }

    [Fact]
    public void Mail_CostsTheSame_WhateverElseRunsHere()
    {
        Host(1, 50);
        for (int i = 0; i < 10_000; i++) _core.Handle(new RegionInput.Route(Mail($"e{i}")), _now);
        ShardMail mail = Mail("e5");
        var own = new RegionInput.Route(mail);
        var others = new RegionInput.Arrived(Other, 50, mail);

        long before = GC.GetAllocatedBytesForCurrentThread();
        _core.Handle(own, _now);
        _core.Handle(others, _now);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(bytes < 4096, $"{bytes} bytes for two messages");
    }

    private void Host(int shard, long epoch)
    {
        Order(ShardVerb.HostShard, shard, epoch);
        _core.Handle(new RegionInput.Claimed(shard, epoch, true, epoch), _now);
    }

    private ImmutableArray<ShardEffect> Order(ShardVerb verb, int shard, long epoch) =>
        _core.Handle(new RegionInput.Signal(Boss, new ShardSignal(verb, 7, shard, epoch)), _now);

    private ImmutableArray<ShardEffect> Grant(params ShardRow[] stop) =>
        Note(_core.Handle(new RegionInput.Grant(Boss, new RegionGrant(7, _reported, Settings.Grant, [.. stop])), _now));

    private ImmutableArray<ShardEffect> Tick(double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        return Note(_core.Handle(RegionInput.Tick.Instance, _now));
    }

    private ImmutableArray<ShardEffect> Note(ImmutableArray<ShardEffect> effects)
    {
        _reported = effects.OfType<ShardEffect.Report>().LastOrDefault()?.State.Number ?? _reported;
        return effects;
    }

    private static IEnumerable<ShardSignal> Words(ImmutableArray<ShardEffect> effects, ShardVerb verb) =>
        effects.OfType<ShardEffect.Signal>().Where(signal => signal.Word.Verb == verb).Select(signal => signal.Word);

    private static ShardMail Mail(string id) => new(id, 1, "hello", null);

    private static UniqueAddress Node(int i) => new(new Address("test", $"n{i}", 1), (ulong)i);
}
