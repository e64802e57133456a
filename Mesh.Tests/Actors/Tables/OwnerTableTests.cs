using Mesh.Actors.Membership;
using Mesh.Actors.Tables;
using Mesh.Actors.Tables.Protocol;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

public sealed class OwnerTableTests
{
    private readonly TableWorld _world = new(11);

    [Fact]
    public void Write_IsSeenHereAtOnce_AndEverywhereSoon()
    {
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(5);

        WriteResult result = tables[0].Put("users/1", "10.0.0.1:80");

        Assert.Equal(WriteResult.Accepted, result);
        Assert.Equal("10.0.0.1:80", tables[0].Snapshot.Find("users/1")!.Value);
        _world.Run(0.5);
        Assert.All(tables, table => Assert.Equal("10.0.0.1:80", table.Snapshot.Find("users/1", nodes[0].Self.Uid)!.Value));
    }

    [Fact]
    public void SameBytesAgain_SendNothing()
    {
        (_, OwnerTable<string>[] tables) = Start(2);
        tables[0].Put("a", "1");

        WriteResult result = tables[0].Put("a", "1");

        Assert.Equal(WriteResult.Unchanged, result);
    }

    [Fact]
    public void ValueOver16KiB_IsRefusedAtTheWrite()
    {
        (_, OwnerTable<string>[] tables) = Start(1);

        Assert.Equal(WriteResult.ValueTooBig, tables[0].Put("a", new string('x', TableSettings.MaxValueBytes + 1)));
        Assert.Equal(WriteResult.BadKey, tables[0].Put("", "x"));
        Assert.Equal(WriteResult.BadKey, tables[0].Put(new string('k', TableSettings.MaxKeyBytes + 1), "x"));
        Assert.Empty(tables[0].Snapshot.Rows);
    }

    [Fact]
    public void FullTable_RefusesNewRows_NotNewValues()
    {
        _world.Settings = new TableSettings { MaxRowsPerOrigin = 2 };
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(1);
        tables[0].Put("a", "1");
        tables[0].Put("b", "1");

        Assert.Equal(WriteResult.Full, tables[0].Put("c", "1"));
        Assert.Equal(WriteResult.Accepted, tables[0].Put("a", "2"));
        Assert.Equal(1, nodes[0].Tables.GetStatus()[0].Refused);
    }

    [Fact]
    public void RowsFollowTheirOwnersStanding()
    {
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(3);
        tables[2].Put("a", "1");
        _world.Run(1);
        OwnerState? State() => tables[0].Snapshot.Find("a")?.State;

        Assert.Equal(OwnerState.Up, State());
        TableWorld.SetView(nodes, _ => MemberStatus.Up, [nodes[2]]);
        Assert.Equal(OwnerState.Unreachable, State());
        TableWorld.SetView(nodes, _ => MemberStatus.Up, []);
        Assert.Equal(OwnerState.Up, State());
        TableWorld.SetView(nodes, node => node == nodes[2] ? MemberStatus.Leaving : MemberStatus.Up, []);
        Assert.Equal(OwnerState.Leaving, State());
        TableWorld.SetView(nodes, node => node == nodes[2] ? MemberStatus.Exiting : MemberStatus.Up, []);
        Assert.Null(State());
    }

    /// <summary>The core is gone, and what is left of it has given up its membership: those who are cut off with it have nothing better.</summary>
    [Fact]
    public void RowsOfADownedOwner_AreUsedLast_WhileNobodyLeads_AndGoWhenItIsRemoved()
    {
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(3);
        tables[2].Put("a", "1");
        _world.Run(1);

        TableWorld.SetView(nodes, node => node == nodes[0] ? MemberStatus.Joining : MemberStatus.Down, []);
        OwnerState? leaderless = tables[0].Snapshot.Find("a")?.State;
        TableWorld.SetView(nodes[..2], _ => MemberStatus.Up, []);

        Assert.Equal(OwnerState.Unreachable, leaderless);
        Assert.Null(tables[0].Snapshot.Find("a"));
    }

    [Fact]
    public void RowsOfARemovedOwner_AreGone_AndDoNotComeBackFromALaggard()
    {
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(3);
        tables[2].Put("a", "1");
        _world.Run(1);
        nodes[2].IsStopped = true;
        nodes[0].Membership.Set(
            [nodes[0].AsMember(MemberStatus.Up), nodes[1].AsMember(MemberStatus.Up)], [], [nodes[1].Self]);

        _world.Run(20);

        Assert.Null(tables[0].Snapshot.Find("a"));
        Assert.NotNull(tables[1].Snapshot.Find("a"));
        Assert.Equal(0, nodes[0].Tables.GetStatus()[0].Rows);
        Assert.Contains("tables: a row of a removed owner was refused", _world.PointsReached);
    }

    [Fact]
    public void RowsOfAnUnknownOwner_WaitForMembership_ButNotForLong()
    {
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(3);
        nodes[0].Membership.Set([nodes[0].AsMember(MemberStatus.Up), nodes[1].AsMember(MemberStatus.Up)], [], [nodes[1].Self]);
        var stranger = new TableWorld(99);
        TestNode late = stranger.AddNode();
        var row = new Row { Origin = late.Self.Uid, Key = "a", Sequence = 4, Value = Google.Protobuf.ByteString.CopyFromUtf8("x") };

        nodes[0].Messenger.Deliver(nodes[1].Self, new TableDelta { Table = "instances", Rows = { row } });

        Assert.Equal(1, nodes[0].Tables.GetStatus()[0].Waiting);
        Assert.Empty(tables[0].Snapshot.Rows);
        Member[] three = [nodes[0].AsMember(MemberStatus.Up), nodes[1].AsMember(MemberStatus.Up), late.AsMember(MemberStatus.Up)];
        nodes[0].Membership.Set([.. three.OrderBy(member => member.UniqueAddress)], [], []);
        Assert.Equal("x", tables[0].Snapshot.Find("a")!.Value);

        row = new Row(row) { Origin = 77 };
        nodes[0].Messenger.Deliver(nodes[1].Self, new TableDelta { Table = "instances", Rows = { row } });
        _world.Run(70);
        Assert.Equal(0, nodes[0].Tables.GetStatus()[0].Waiting);
    }

    [Fact]
    public void RestartedOwner_SaysItsRowsAgainUnderItsNewUid()
    {
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(3);
        tables[2].Put("a", "old");
        _world.Run(1);
        nodes[2].IsStopped = true;
        TestNode again = _world.AddNode(nodes[2].Disk);
        OwnerTable<string> table = again.OpenOwned();
        table.Put("a", "new");

        _world.AllUp();
        _world.Run(1);

        Assert.Equal("new", Assert.Single(tables[0].Snapshot.Rows).Value);
        Assert.Equal(again.Self.Uid, tables[0].Snapshot.Find("a")!.Owner);
    }

    [Fact]
    public void CollectedDelete_CannotBeUndoneByWhoSleptThroughIt()
    {
        _world.Settings = new TableSettings { SyncInterval = TimeSpan.FromSeconds(20) };
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(4);
        tables[0].Put("dead", "1");
        tables[0].Put("alive", "1");
        _world.Run(30);
        _world.IsCut = (from, to) => from == nodes[3] || to == nodes[3];

        tables[0].Remove("dead");
        _world.Run(TimeSpan.FromHours(3));
        Assert.Equal(0, nodes[1].Tables.GetStatus()[0].Tombstones);
        _world.IsCut = (_, _) => false;
        _world.Run(200);

        Assert.All(tables, table => Assert.Equal("alive", Assert.Single(table.Snapshot.Rows).Key));
        Assert.Single(nodes.Select(node => node.Tables.GetStatus()[0].Root).Distinct());
    }

    [Fact]
    public void FastWriter_IsConflatedToTheNewest()
    {
        (_, OwnerTable<string>[] tables) = Start(2);
        int rows = 0;
        _world.Sent = (message, _) => rows += message is TableDelta delta ? delta.Rows.Count : 0;

        for (int i = 0; i < 1000; i++)
        {
            tables[0].Put("a", $"{i}");
            _world.Run(TimeSpan.FromMilliseconds(1));
        }

        _world.Run(0.3);
        Assert.InRange(rows, 1, 7);
        Assert.Equal("999", tables[1].Snapshot.Find("a")!.Value);
    }

    [Fact]
    public void NobodyElse_CanWriteAnOwnersRows()
    {
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(2);
        tables[0].Put("a", "mine");
        var forged = new Row { Origin = nodes[0].Self.Uid, Key = "a", Sequence = 1000, Value = Google.Protobuf.ByteString.CopyFromUtf8("forged") };

        nodes[0].Messenger.Deliver(nodes[1].Self, new TableDelta { Table = "instances", Rows = { forged } });

        Assert.Equal("mine", tables[0].Snapshot.Find("a")!.Value);
        Assert.Equal(1, nodes[0].Tables.GetStatus()[0].Refused);
    }

    [Fact]
    public void RowOfANewerVersion_IsPassedOnButNotShown()
    {
        (TestNode[] nodes, OwnerTable<string>[] tables) = Start(2);

        tables[0].Put("a", "!from the future");
        _world.Run(1);

        Assert.Empty(tables[1].Snapshot.Rows);
        Assert.Equal(1, nodes[1].Tables.GetStatus()[0].Rows);
    }

    private (TestNode[] Nodes, OwnerTable<string>[] Tables) Start(int count)
    {
        TestNode[] nodes = [.. Enumerable.Range(0, count).Select(_ => _world.AddNode())];
        OwnerTable<string>[] tables = [.. nodes.Select(node => node.OpenOwned())];
        _world.AllUp();
        _world.Run(3);
        return (nodes, tables);
    }
}
