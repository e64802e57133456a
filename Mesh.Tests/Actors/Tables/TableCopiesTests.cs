using Mesh.Actors.Storage;
using Mesh.Actors.Tables;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

/// <summary>What a process' next membership begins with.</summary>
public sealed class TableCopiesTests
{
    private readonly TableWorld _world = new(17);

    [Theory]
    [InlineData(null)]
    [InlineData(StorageFault.Full)]
    public void NextMembership_KnowsFromTheFirstMoment_WhatTheLastOneKnew_WhateverTheDiskDoes(StorageFault? fault)
    {
        TestNode first = _world.AddNode(), other = _world.AddNode();
        first.OpenOwned().Put("users/1", "10.0.0.1");
        ReplicatedMap<string> routes = first.OpenMap();
        first.Disk.Fault = fault;
        routes.Put("default", "/svc => /#/fs", new RowVersion(3, 5));
        other.OpenOwned().Put("users/2", "10.0.0.2");
        other.OpenMap();
        _world.AllUp();
        _world.Run(10);
        DateTimeOffset confirmed = routes.Freshness.ConfirmedAt!.Value;

        (OwnerTable<string> instances, ReplicatedMap<string> map) = Again(first);

        Assert.Equal(["users/1 LastKnown", "users/2 LastKnown"], instances.Snapshot.Rows.Select(row => $"{row.Key} {row.State}"));
        Assert.Equal(("/svc => /#/fs", new RowVersion(3, 5)), (map.Snapshot.Find("default")!.Value, map.Snapshot.Find("default")!.Version));
        Assert.Equal((false, false, confirmed), (map.Snapshot.IsConfirmed, map.Freshness.IsOfThisLife, map.Freshness.ConfirmedAt));
        Assert.True(map.Freshness.IsOfThisProcess);
    }

    [Fact]
    public void WhatWasDeleted_StaysDeleted_AndAMembershipAfterTheNext_KnowsAsMuch()
    {
        TestNode first = _world.AddNode();
        ReplicatedMap<string> routes = first.OpenMap();
        routes.Put("gone", "x", new RowVersion(1, 1));
        routes.Put("here", "y", new RowVersion(1, 1));
        routes.Remove("gone", new RowVersion(1, 2));
        OwnerTable<string> owned = first.OpenOwned();
        owned.Put("a", "1");
        owned.Put("b", "2");
        owned.Remove("a");
        _world.AllUp();
        _world.Run(10);

        TestNode second = Again(first, out _);
        second.OpenMap();
        (OwnerTable<string> instances, ReplicatedMap<string> map) = Again(second);

        Assert.Equal(["b"], instances.Snapshot.Rows.Select(row => row.Key));
        Assert.Equal(["here"], map.Snapshot.Rows.Select(row => row.Key));
        Assert.Equal(WriteResult.Outdated, map.Put("gone", "x", new RowVersion(1, 1)));
    }

    [Fact]
    public void MembershipThatWasCutOffForLong_LeavesNothingToOffer()
    {
        TestNode first = _world.AddNode(), other = _world.AddNode();
        ReplicatedMap<string> routes = first.OpenMap(), others = other.OpenMap();
        routes.Put("dead", "x", new RowVersion(1, 1));
        routes.Put("alive", "y", new RowVersion(1, 1));
        _world.AllUp();
        _world.Run(10);
        _world.IsCut = (from, to) => from == first || to == first;
        others.Remove("dead", new RowVersion(1, 2));
        _world.Run(TimeSpan.FromHours(30)); // the deletion is forgotten

        (_, ReplicatedMap<string> map) = Again(first);
        int known = map.Snapshot.Rows.Count;
        _world.IsCut = (_, _) => false;
        _world.AllUp();
        _world.Run(60);

        Assert.Equal(2, known);
        Assert.Equal(["alive"], map.Snapshot.Rows.Select(row => row.Key));
        Assert.Equal(["alive"], others.Snapshot.Rows.Select(row => row.Key));
    }

    [Fact]
    public void NodesThatWereCutOffTogether_ConfirmNothingToEachOther()
    {
        TestNode first = _world.AddNode(), second = _world.AddNode(), other = _world.AddNode();
        ReplicatedMap<string> routes = first.OpenMap(), others = other.OpenMap();
        second.OpenMap();
        routes.Put("dead", "x", new RowVersion(1, 1));
        routes.Put("alive", "y", new RowVersion(1, 1));
        _world.AllUp();
        _world.Run(10);
        DateTimeOffset confirmed = routes.Freshness.ConfirmedAt!.Value;
        _world.IsCut = (from, to) => from == other || to == other;
        TableWorld.SetView([first, second], _ => Mesh.Actors.Membership.MemberStatus.WeaklyUp, []); // nobody leads
        others.Remove("dead", new RowVersion(1, 2));
        _world.Run(TimeSpan.FromHours(25)); // the deletion is forgotten

        Assert.Equal((true, confirmed), (routes.Snapshot.IsConfirmed, routes.Freshness.ConfirmedAt));
        (_, ReplicatedMap<string> map) = Again(first);
        second.IsStopped = true;
        _world.IsCut = (_, _) => false;
        _world.AllUp();
        _world.Run(60);

        Assert.Equal(["alive"], map.Snapshot.Rows.Select(row => row.Key));
        Assert.Equal(["alive"], others.Snapshot.Rows.Select(row => row.Key));
    }

    [Fact]
    public void WhatPeersSay_ReplacesWhatWasKnown()
    {
        TestNode first = _world.AddNode(), other = _world.AddNode();
        first.OpenOwned();
        OwnerTable<string> others = other.OpenOwned();
        others.Put("stays", "1");
        others.Put("goes", "2");
        _world.AllUp();
        _world.Run(10);
        TestNode again = Again(first, out OwnerTable<string> instances);

        others.Remove("goes");
        TableWorld.SetView([other, again], _ => Mesh.Actors.Membership.MemberStatus.Up, []);
        _world.Run(60);

        Assert.Equal(["stays Up"], instances.Snapshot.Rows.Select(row => $"{row.Key} {row.State}"));
    }

    private (OwnerTable<string> Instances, ReplicatedMap<string> Routes) Again(TestNode node)
    {
        TestNode again = Again(node, out OwnerTable<string> instances);
        return (instances, again.OpenMap());
    }

    private TestNode Again(TestNode node, out OwnerTable<string> instances)
    {
        TableCopies? copies = null;
        node.Tables.Stop(() => copies = node.Tables.Copy());
        _world.Run(1);
        node.IsStopped = true;
        TestNode again = _world.AddNode(node.Disk);
        again.Tables.Inherit(copies);
        instances = again.OpenOwned();
        return again;
    }
}
