using Mesh.Actors.Membership;
using Mesh.Actors.Storage;
using Mesh.Actors.Tables;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

/// <summary>What a node remembers of its tables through a restart.</summary>
public sealed class LocalCopyTests
{
    private readonly TableWorld _world = new(13) { Settings = new TableSettings { SyncInterval = TimeSpan.FromSeconds(5) } };

    [Fact]
    public void CutOffNode_ServesItsLastTables_AndSaysSo()
    {
        (TestNode[] nodes, OwnerTable<string>[] instances, ReplicatedMap<string>[] routes) = Start(3);
        instances[1].Put("users/1", "10.0.0.1");
        routes[1].Put("default", "/svc => /#/fs", new RowVersion(1, 1));
        _world.Run(3);
        nodes[0].IsStopped = true;

        TestNode again = _world.AddNode(nodes[0].Disk);
        OwnerTable<string> instancesAgain = again.OpenOwned();
        ReplicatedMap<string> routesAgain = again.OpenMap();
        _world.Run(100);

        Assert.Equal(OwnerState.LastKnown, instancesAgain.Snapshot.Find("users/1")!.State);
        Assert.Equal("/svc => /#/fs", routesAgain.Snapshot.Find("default")!.Value);
        Assert.False(routesAgain.Snapshot.IsConfirmed);
        Assert.Null(routesAgain.SinceAgreed);
    }

    [Fact]
    public void CutOffNode_SaysHowOldItsTablesAre_UntilOthersConfirmThem()
    {
        (TestNode[] nodes, _, ReplicatedMap<string>[] routes) = Start(3);
        _world.Run(30);
        Assert.InRange(routes[0].Freshness.AgeAt(nodes[0].Loop.UtcNow)!.Value.TotalSeconds, 0, 10);
        routes[1].Put("default", "/svc => /#/fs", new RowVersion(1, 1));
        _world.Run(3);
        DateTimeOffset ended = nodes[0].Loop.UtcNow;
        nodes[0].IsStopped = true;

        _world.Run(3600);
        TestNode again = _world.AddNode(nodes[0].Disk);
        ReplicatedMap<string> routesAgain = again.OpenMap();
        _world.Run(100);
        bool wasOfThisLife = routesAgain.Freshness.IsOfThisLife || routesAgain.Freshness.IsOfThisProcess;
        DateTimeOffset asOf = routesAgain.Freshness.ConfirmedAt!.Value;
        _world.AllUp();
        _world.Run(20);

        Assert.False(wasOfThisLife);
        Assert.InRange(asOf, ended - TimeSpan.FromSeconds(15), ended);
        Assert.True(routesAgain.Freshness.IsOfThisLife);
        Assert.InRange(routesAgain.Freshness.AgeAt(again.Loop.UtcNow)!.Value.TotalSeconds, 0, 10);
    }

    [Fact]
    public void FirstConfirmation_SurvivesACrash_ThoughNothingChangedSince()
    {
        TestNode node = _world.AddNode();
        ReplicatedMap<string> routes = node.OpenMap();
        _world.AddNode().OpenMap();
        routes.Put("default", "/svc => /#/fs", new RowVersion(1, 1));
        _world.Run(2);
        Assert.Null(routes.Freshness.ConfirmedAt);
        _world.AllUp();
        Assert.True(_world.RunUntil(() => routes.Freshness.ConfirmedAt is not null, seconds: 60));
        DateTimeOffset confirmed = routes.Freshness.ConfirmedAt!.Value;
        _world.Run(1.1);
        node.IsStopped = true;

        ReplicatedMap<string> again = _world.AddNode(node.Disk).OpenMap();
        _world.Run(1);

        Assert.InRange((confirmed - again.Freshness.ConfirmedAt!.Value).TotalSeconds, 0, 1);
    }

    [Fact]
    public void OrderlyEnd_NotesUntilWhenOthersHadTheSame()
    {
        (TestNode[] nodes, _, ReplicatedMap<string>[] routes) = Start(2);
        routes[0].Put("default", "/svc => /#/fs", new RowVersion(1, 1));
        _world.Run(300);
        bool isOver = false;
        nodes[0].Tables.Stop(() => isOver = true);
        _world.Run(1);
        DateTimeOffset ended = nodes[0].Loop.UtcNow;
        nodes[0].IsStopped = true;

        ReplicatedMap<string> again = _world.AddNode(nodes[0].Disk).OpenMap();
        _world.Run(1);

        Assert.True(isOver);
        Assert.InRange(again.Freshness.ConfirmedAt!.Value, ended - TimeSpan.FromSeconds(15), ended);
    }

    [Fact]
    public void LastKnownRows_GiveWayToWhatThePeersSay()
    {
        (TestNode[] nodes, OwnerTable<string>[] instances, ReplicatedMap<string>[] routes) = Start(3);
        instances[1].Put("gone meanwhile", "1");
        instances[1].Put("still there", "1");
        routes[1].Put("default", "v1", new RowVersion(1, 1));
        _world.Run(3);
        nodes[0].IsStopped = true;
        _world.AllUp();
        instances[1].Remove("gone meanwhile");
        routes[1].Put("default", "v2", new RowVersion(1, 2));
        TestNode again = _world.AddNode(nodes[0].Disk);
        OwnerTable<string> instancesAgain = again.OpenOwned();
        ReplicatedMap<string> routesAgain = again.OpenMap();
        _world.Run(1);

        _world.AllUp();
        _world.Run(6);

        Assert.Equal(OwnerState.Up, Assert.Single(instancesAgain.Snapshot.Rows).State);
        Assert.Equal("v2", routesAgain.Snapshot.Find("default")!.Value);
        Assert.True(routesAgain.Snapshot.IsConfirmed);
    }

    [Fact]
    public void WholeClusterRestarts_WithItsRoutes()
    {
        (TestNode[] nodes, _, ReplicatedMap<string>[] routes) = Start(3);
        routes[1].Put("default", "v1", new RowVersion(1, 1));
        _world.Run(3);
        foreach (TestNode node in nodes) node.IsStopped = true;

        _world.Run(TimeSpan.FromHours(60));
        ReplicatedMap<string>[] again = [.. nodes.Select(node => _world.AddNode(node.Disk).OpenMap()), _world.AddNode().OpenMap()];
        _world.AllUp();
        _world.Run(60);

        Assert.All(again, map => Assert.Equal("v1", map.Snapshot.Find("default")!.Value));
        Assert.All(again, map => Assert.Equal(OwnerState.Up, map.Snapshot.Find("default")!.State));
    }

    [Fact]
    public void OldCopyOfAMap_IsNotOffered_BecauseItsRowsMayBeDeletedAndForgotten()
    {
        (TestNode ended, ReplicatedMap<string> others) = EndBeforeADeletion();
        _world.Run(TimeSpan.FromHours(30));

        AssertNothingComesBack(ended.Disk, others);
        Assert.Equal(2, ended.Disk.Buckets["table/routes"].Count);
    }

    [Fact]
    public void NodeThatWasCutOffForLong_OffersNothing_ThoughItWroteItsCopyMeanwhile()
    {
        (TestNode ended, ReplicatedMap<string> others) = EndBeforeADeletion();
        TestNode alone = _world.AddNode(ended.Disk);
        alone.OpenMap();
        _world.IsCut = (from, to) => from == alone || to == alone;
        _world.Run(TimeSpan.FromHours(30)); // it writes every 10 min that its copy is of now
        alone.IsStopped = true;
        _world.IsCut = (_, _) => false;

        AssertNothingComesBack(alone.Disk, others);
    }

    [Fact]
    public void CorruptAndTooNewCopies_AreSetAside_Named_AndRebuiltFromPeers()
    {
        (TestNode[] nodes, _, ReplicatedMap<string>[] routes) = Start(3);
        routes[1].Put("a", "v1", new RowVersion(1, 1));
        routes[1].Put("b", "v1", new RowVersion(1, 1));
        _world.Run(3);
        nodes[0].IsStopped = nodes[2].IsStopped = true;
        nodes[0].Disk.Buckets["table/routes"]["r/0000000000000000/a"] = new byte[] { 255, 255, 255 };
        nodes[2].Disk.Buckets["table/routes"]["about"] = new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, 0 };

        TestNode corrupt = _world.AddNode(nodes[0].Disk), tooNew = _world.AddNode(nodes[2].Disk);
        ReplicatedMap<string> one = corrupt.OpenMap(), other = tooNew.OpenMap();
        _world.Run(0.1);
        Assert.Equal("b", Assert.Single(one.Snapshot.Rows).Key);
        Assert.Empty(other.Snapshot.Rows);
        _world.AllUp();
        _world.Run(10);

        Assert.Equal(2, one.Snapshot.Rows.Count);
        Assert.Equal(2, other.Snapshot.Rows.Count);
        Assert.Contains(corrupt.Logged, line => line.Message.Contains("corrupt", StringComparison.Ordinal));
        Assert.Contains(tooNew.Logged, line => line.Message.Contains("newer version", StringComparison.Ordinal));
        Assert.Single(nodes[0].Disk.Buckets["table-aside/routes"]);
        Assert.Equal(3, nodes[2].Disk.Buckets["table-aside/routes"].Count);
        Assert.Equal(3, nodes[2].Disk.Buckets["table/routes"].Count);
    }

    [Fact]
    public void FullDisk_IsNamedOnce_AndHealsByItself()
    {
        (TestNode[] nodes, _, ReplicatedMap<string>[] routes) = Start(2);
        nodes[0].Disk.Fault = StorageFault.Full;

        for (uint i = 1; i < 30; i++)
        {
            routes[0].Put("a", $"v{i}", new RowVersion(1, i));
            _world.Run(1);
        }

        Assert.Single(nodes[0].Logged);
        Assert.NotNull(nodes[0].Tables.GetStatus()[1].CopyFault);
        nodes[0].Disk.Fault = null;
        _world.Run(10);
        Assert.Null(nodes[0].Tables.GetStatus()[1].CopyFault);
        Assert.Equal(0, nodes[0].Tables.GetStatus()[1].Unsaved);
    }

    [Fact]
    public void Writes_AreBehindAndBatched_AndACleanStopLosesNone()
    {
        (TestNode[] nodes, _, ReplicatedMap<string>[] routes) = Start(1);
        int before = nodes[0].Disk.Writes;

        for (int i = 0; i < 5000; i++) routes[0].Put($"k{i}", "v", new RowVersion(1, 1));
        bool stopped = false;
        _world.Run(0.5);
        nodes[0].Tables.Stop(() => stopped = true);
        _world.Run(1);

        Assert.True(stopped);
        Assert.Equal(5001, nodes[0].Disk.Buckets["table/routes"].Count);
        Assert.InRange(nodes[0].Disk.Writes - before, 2, 5);
    }

    [Fact]
    public void LoneNode_DoesNotWaitForPeers()
    {
        TestNode node = _world.AddNode();
        ReplicatedMap<string> map = node.OpenMap();
        TableWorld.SetView([node], _ => MemberStatus.Up, []);

        _world.Run(12);

        Assert.True(map.Snapshot.IsConfirmed);
    }

    [Fact]
    public void LoneNode_KeepsItsOldCopy_ThoughAWriterWasFaster()
    {
        TestNode node = _world.AddNode();
        ReplicatedMap<string> map = node.OpenMap();
        TableWorld.SetView([node], _ => MemberStatus.Up, []);
        map.Put("a", "v1", new RowVersion(1, 1));
        map.Put("b", "v1", new RowVersion(1, 1));
        _world.Run(5);
        node.IsStopped = true;
        _world.Run(TimeSpan.FromHours(60));

        TestNode again = _world.AddNode(node.Disk);
        ReplicatedMap<string> mapAgain = again.OpenMap();
        mapAgain.Put("a", "v2", new RowVersion(1, 2));
        TableWorld.SetView([again], _ => MemberStatus.Up, []);
        _world.Run(12);

        Assert.Equal(["v2", "v1"], mapAgain.Snapshot.Rows.Select(row => row.Value));
        Assert.All(mapAgain.Snapshot.Rows, row => Assert.Equal(OwnerState.Up, row.State));
        Assert.Equal(3, node.Disk.Buckets["table/routes"].Count);
    }

    [Theory]
    [InlineData(StorageFault.Corrupt, 0)]
    [InlineData(StorageFault.Unavailable, 40)]
    public void DiskThatNeverComes_CostsNoMoreMemoryThanATableHas(StorageFault fault, int most)
    {
        _world.Settings = _world.Settings with { MaxRows = 20 };
        TestNode node = _world.AddNode(new FakeDisk { Fault = fault });
        node.OpenOwned();

        for (int i = 0; i < 100; i++)
        {
            TestNode owner = _world.AddNode();
            OwnerTable<string> owned = owner.OpenOwned();
            TableWorld.SetView([node, owner], _ => MemberStatus.Up, []);
            for (int row = 0; row < 5; row++) owned.Put($"k{row}", "v");
            _world.Run(3);
            owner.IsStopped = true;
            TableWorld.SetView([node], _ => MemberStatus.Up, []);
        }

        Assert.InRange(node.Tables.GetStatus()[0].Unsaved, 0, most);
    }

    /// <summary>A node that has ended, and a map that has lost a row of two since then.</summary>
    private (TestNode Ended, ReplicatedMap<string> Others) EndBeforeADeletion()
    {
        (TestNode[] nodes, _, ReplicatedMap<string>[] routes) = Start(3);
        routes[1].Put("dead", "v1", new RowVersion(1, 1));
        routes[1].Put("alive", "v1", new RowVersion(1, 1));
        _world.Run(3);
        nodes[0].IsStopped = true;
        _world.AllUp();
        routes[1].Remove("dead", new RowVersion(1, 2));
        return (nodes[0], routes[1]);
    }

    /// <summary>A node that starts with that disk shows what it has, and takes over what the others have.</summary>
    private void AssertNothingComesBack(FakeDisk disk, ReplicatedMap<string> others)
    {
        ReplicatedMap<string> again = _world.AddNode(disk).OpenMap();
        _world.Run(1);
        Assert.Equal(2, again.Snapshot.Rows.Count);
        _world.AllUp();
        _world.Run(10);

        Assert.Equal("alive", Assert.Single(again.Snapshot.Rows).Key);
        Assert.Equal("alive", Assert.Single(others.Snapshot.Rows).Key);
    }

    private (TestNode[] Nodes, OwnerTable<string>[] Instances, ReplicatedMap<string>[] Routes) Start(int count)
    {
        TestNode[] nodes = [.. Enumerable.Range(0, count).Select(_ => _world.AddNode())];
        OwnerTable<string>[] instances = [.. nodes.Select(node => node.OpenOwned())];
        ReplicatedMap<string>[] routes = [.. nodes.Select(node => node.OpenMap())];
        _world.AllUp();
        _world.Run(35);
        return (nodes, instances, routes);
    }
}
