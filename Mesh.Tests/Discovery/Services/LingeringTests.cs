using Mesh.Actors.Control;
using Mesh.Actors.Membership;
using Mesh.Actors.Tables;
using Mesh.Discovery.Services;
using Mesh.Tests.Actors.Tables;
using Xunit;

namespace Mesh.Tests.Discovery.Services;

/// <summary>Nodes that lose their membership, as others see their instances, and as they see those of others.</summary>
public sealed class LingeringTests : IDisposable
{
    private readonly TableWorld _world = new(seed: 11);
    private readonly ServiceNode _one;
    private readonly ServiceNode _two;

    public LingeringTests()
    {
        (_one, _two) = (ServiceNode.In(_world), ServiceNode.In(_world, "n2"));
        _one.Done(_one.Local.Configure([ServiceNode.App(id: "a", ip: "10.0.0.1")]));
        _world.AllUp();
        _world.Run(5);
    }

    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }

    [Fact]
    public void InstancesOfANodeThatWasRemoved_AreUsedLastForAWhile_AndThenGone()
    {
        Remove(_one);
        _world.Run(ServiceTable.Linger - TimeSpan.FromSeconds(1));
        string during = _two.Addresses("/web");
        _world.Run(2);

        Assert.StartsWith("10.0.0.1:8080 (last known", during, StringComparison.Ordinal);
        Assert.Equal("~", _two.Addresses("/web"));
        Assert.Equal((0, 0), (_two.Table.Instances, _two.Table.Services));
    }

    [Fact]
    public void WhatTheNodeWritesUnderItsNextUid_TakesTheirPlaceAtOnce()
    {
        Remove(_one);
        _world.Run(1);
        using ServiceNode again = ServiceNode.In(_world, "n1");
        again.Done(again.Local.Configure([ServiceNode.App(id: "a", port: 9090, ip: "10.0.0.1")]));
        TableWorld.SetView([again.Node, _two.Node], _ => MemberStatus.Up, []);
        _world.Run(5);

        Assert.Equal("10.0.0.1:9090", _two.Addresses("/web"));
    }

    [Fact]
    public void WhatItsNodeDeregisters_IsGoneAtOnce()
    {
        _one.Done(_one.Local.Configure([]));
        _world.Run(1);

        Assert.Equal("~", _two.Addresses("/web"));
    }

    [Fact]
    public void WhatWasDraining_IsGoneAtOnce_WithItsNode()
    {
        _one.Done(_one.Local.AnnounceEnd());
        _world.Run(1);
        Remove(_one);
        _world.Run(1);

        Assert.Empty(_two.Rows());
    }

    [Fact]
    public void TableOfTheNextMembership_ShowsWhatTheLastOneDid_WithoutAGap()
    {
        TableCopies? copies = null;
        _two.Node.Tables.Stop(() => copies = _two.Node.Tables.Copy());
        _world.Run(1);
        _two.Node.IsStopped = true;
        List<int> seen = [];
        using ServiceWatch watch = _two.Table.Watch("web");
        using IDisposable subscription = watch.List.OnChange(() => seen.Add(watch.List.Current.Rows.Length));

        TestNode again = _world.AddNode();
        again.Tables.Inherit(copies);
        OwnerTable<ServiceInstance> rows = _two.Table.Open(
            new NodeServices(again.Loop, again.Messenger, again.Disk, null, again.Logged.Add), again.Tables);
        _world.Run(1);

        Assert.DoesNotContain(0, seen);
        Assert.Equal(OwnerState.LastKnown, Assert.Single(_two.Table.Find("web").Rows).State);
        Assert.True(_two.Table.State.Current is { IsSettled: true, IsConfirmed: false });
        Assert.Equal(again.Self.Uid, _two.Table.State.Current.Self);
        Assert.Single(rows.Snapshot.Rows);
    }

    [Fact]
    public void RowsThatTheNextMembershipDoesNotKnow_EndAfterAWhile()
    {
        _two.Node.IsStopped = true;
        TestNode again = _world.AddNode();
        _two.Table.Open(new NodeServices(again.Loop, again.Messenger, again.Disk, null, again.Logged.Add), again.Tables);
        _world.Run(1);
        string during = _two.Addresses("/web");
        _world.Run(ServiceTable.Linger);

        Assert.StartsWith("10.0.0.1:8080 (last known", during, StringComparison.Ordinal);
        Assert.Equal("~", _two.Addresses("/web"));
    }

    [Fact]
    public void Instance_GoesOnWithWhatChecksMadeOfIt_InTheNextMembership()
    {
        Registration app = ServiceNode.App(id: "c") with { Check = ServiceNode.Check() };
        _one.Done(_one.Local.Configure([app]));
        _one.Local.Report(app, isHealthy: true, "");
        _world.Run(1);

        TestNode again = _world.AddNode();
        var services = new NodeServices(again.Loop, again.Messenger, again.Disk, null, again.Logged.Add);
        LocalServices next = new(services, _one.Table.Open(services, again.Tables), "n1", inbound: null) { Former = _one.Local };
        next.Restore();
        _one.Done(next.Configure([app]));
        LocalInstance here = Assert.Single(_one.Done(next.All()));
        _one.Done(next.Configure([app with { Weight = 2 }]));

        Assert.Equal(InstanceState.Up, here.State);
        Assert.Equal(InstanceState.Up, Assert.Single(_one.Done(next.All())).State);
    }

    private void Remove(ServiceNode gone)
    {
        gone.Node.IsStopped = true;
        TableWorld.SetView(_world.Nodes.Where(node => node != gone.Node), _ => MemberStatus.Up, []);
    }
}
