using Mesh.Actors.Membership;
using Mesh.Actors.Tables;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

/// <summary>Who restarts with a copy that is newer than what its peers tell it first: its readers never see a version go back.</summary>
public sealed class NeverBackTests
{
    private readonly TableWorld _world = new(17) { Settings = new TableSettings { SyncInterval = TimeSpan.FromSeconds(5) } };
    private readonly List<RowVersion> _seen = [];

    [Fact]
    public void RowOfTheDisk_StaysAhead_OfAPeerThatLagsBehind()
    {
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(3);
        tables[1].Put("key", "old");
        _world.Run(3);
        _world.IsCut = (from, to) => from == nodes[2] || to == nodes[2];
        tables[1].Put("key", "new");
        _world.Run(3);
        TestNode again = Restart(nodes[0]);
        _world.IsCut = (from, to) => from == nodes[1] || to == nodes[1];
        OwnerTable<string> table = again.OpenOwned();
        Look(table, 0.1);

        _world.AllUp();
        Look(table, 12);
        Assert.Equal(tables[2].Snapshot.Find("key")!.Version, again.Tables.VersionOf("instances", nodes[1].Self.Uid, "key").Version);
        TableWorld.SetView(Living(), node => node == nodes[1] ? MemberStatus.Joining : MemberStatus.Up, []);
        Look(table, 1);
        _world.AllUp();
        Look(table, 12);
        _world.IsCut = (_, _) => false;
        Look(table, 12);

        Assert.Equal("new", table.Snapshot.Find("key")!.Value);
        Assert.Equal(OwnerState.Up, table.Snapshot.Find("key")!.State);
        Assert.Equal(_seen.Order(), _seen);
    }

    [Fact]
    public void RowThatPeersDidNotKnow_ComesBackNoOlderThanItWas()
    {
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(4);
        _world.IsCut = (from, to) => from == nodes[2] || to == nodes[2];
        tables[1].Put("key", "old");
        _world.Run(3);
        _world.IsCut = (from, to) => from == nodes[2] || to == nodes[2] || from == nodes[3] || to == nodes[3];
        tables[1].Put("key", "new");
        _world.Run(3);
        TestNode again = Restart(nodes[0]);
        _world.IsCut = (from, to) => from == nodes[1] || to == nodes[1] || from == nodes[3] || to == nodes[3];
        OwnerTable<string> table = again.OpenOwned();
        Look(table, 0.1);
        _world.AllUp();
        Look(table, 12);

        _world.IsCut = (from, to) => from == nodes[1] || to == nodes[1];
        Look(table, 12);
        _world.IsCut = (_, _) => false;
        Look(table, 12);

        Assert.Equal("new", table.Snapshot.Find("key")!.Value);
        Assert.Equal(_seen.Order(), _seen);
    }

    [Fact]
    public void RowThatWasDeletedMeanwhile_DoesNotStay()
    {
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(3);
        tables[1].Put("key", "value");
        _world.Run(3);
        TestNode again = Restart(nodes[0]);
        _world.IsCut = (from, to) => from == again || to == again;
        OwnerTable<string> table = again.OpenOwned();
        Look(table, 0.1);
        tables[1].Remove("key");
        _world.AllUp();
        _world.Run(TimeSpan.FromHours(1));
        Assert.Equal(OwnerState.LastKnown, Assert.Single(table.Snapshot.Rows).State);

        _world.IsCut = (_, _) => false;
        Look(table, 12);

        Assert.Empty(table.Snapshot.Rows);
    }

    private IEnumerable<TestNode> Living() => _world.Nodes.Where(node => !node.IsStopped);

    private TestNode Restart(TestNode node)
    {
        node.IsStopped = true;
        return _world.AddNode(node.Disk);
    }

    private void Look(OwnerTable<string> table, double seconds)
    {
        for (double passed = 0; passed < seconds; passed += 0.01)
        {
            _world.Run(0.01);
            if (table.Snapshot.Find("key") is { } row && (_seen.Count == 0 || _seen[^1] != row.Version)) _seen.Add(row.Version);
        }
    }

    private (TestNode[] Nodes, OwnerTable<string>[] Tables) Start(int count)
    {
        TestNode[] nodes = [.. Enumerable.Range(0, count).Select(_ => _world.AddNode())];
        OwnerTable<string>[] tables = [.. nodes.Select(node => node.OpenOwned())];
        _world.AllUp();
        _world.Run(35);
        return (nodes, tables);
    }
}
