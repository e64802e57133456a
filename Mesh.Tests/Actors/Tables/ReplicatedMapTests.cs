using Google.Protobuf;
using Mesh.Actors.Tables;
using Mesh.Actors.Tables.Protocol;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

public sealed class ReplicatedMapTests
{
    private readonly TableWorld _world = new(12);

    [Fact]
    public void HighestEpochWins_WhateverTheSequence()
    {
        (_, ReplicatedMap<string>[] maps) = Start(3);

        maps[0].Put("r", "old owner", new RowVersion(1, 900));
        maps[1].Put("r", "new owner", new RowVersion(2, 1));
        _world.Run(1);

        Assert.All(maps, map => Assert.Equal("new owner", map.Snapshot.Find("r")!.Value));
        Assert.Equal(WriteResult.Outdated, maps[0].Put("r", "zombie", new RowVersion(1, 901)));
        Assert.Equal(WriteResult.BadVersion, maps[0].Put("r", "x", new RowVersion(3, 0)));
    }

    [Fact]
    public void OneVersionWithTwoContents_IsCounted_AndAllAgreeAllTheSame()
    {
        (TestNode[] nodes, ReplicatedMap<string>[] maps) = Start(3);
        _world.IsCut = (_, _) => true;

        maps[0].Put("r", "a", new RowVersion(1, 1));
        maps[1].Put("r", "b", new RowVersion(1, 1));
        _world.IsCut = (_, _) => false;
        _world.Run(20);

        Assert.All(maps, map => Assert.Equal("b", map.Snapshot.Find("r")!.Value));
        Assert.Contains(nodes, node => node.Tables.GetStatus()[0].Conflicts > 0);
    }

    [Fact]
    public void Delete_BlocksAnOlderRow_FromANodeThatWasAway()
    {
        (TestNode[] nodes, ReplicatedMap<string>[] maps) = Start(3);
        maps[0].Put("r", "v1", new RowVersion(1, 1));
        _world.Run(1);
        _world.IsCut = (from, to) => from == nodes[2] || to == nodes[2];
        maps[0].Remove("r", new RowVersion(1, 2));
        _world.Run(TimeSpan.FromHours(2));

        _world.IsCut = (_, _) => false;
        _world.Run(20);

        Assert.All(maps, map => Assert.Null(map.Snapshot.Find("r")));
        Assert.Equal(new RowAnswer(new RowVersion(1, 2), true), maps[2].VersionOf("r"));
    }

    [Fact]
    public void Tombstones_AreForgottenEverywhere_AndDoNotWanderForEver()
    {
        _world.Settings = new TableSettings { SyncInterval = TimeSpan.FromSeconds(10) };
        (TestNode[] nodes, ReplicatedMap<string>[] maps) = Start(4);
        maps[0].Put("r", "v1", new RowVersion(1, 1));
        _world.Run(1);
        maps[0].Remove("r", new RowVersion(1, 2));

        _world.Run(TimeSpan.FromHours(13));
        long repairedAtHalf = Messages<SyncDigest>(600);
        _world.Run(TimeSpan.FromHours(12));

        Assert.Equal(0, repairedAtHalf);
        Assert.All(nodes, node => Assert.Equal(0, node.Tables.GetStatus()[0].Rows));
    }

    [Fact]
    public void GarbageAndOversize_AreDroppedAndCounted()
    {
        (TestNode[] nodes, ReplicatedMap<string>[] maps) = Start(2);
        Row[] garbage =
        [
            new() { Key = "big", Sequence = 1, Value = ByteString.CopyFrom(new byte[TableSettings.MaxValueBytes + 1]) },
            new() { Key = new string('k', 600), Sequence = 1 },
            new() { Key = "", Sequence = 1 },
            new() { Key = "unversioned" },
            new() { Key = "owned", Sequence = 1, Origin = 5 },
            new() { Key = "dead with a value", Sequence = 1, Deleted = true, Value = ByteString.CopyFromUtf8("x") },
        ];

        nodes[0].Messenger.Deliver(nodes[1].Self, new TableDelta { Table = "routes", Rows = { garbage } });
        nodes[0].Messenger.Deliver(nodes[1].Self, new TableDelta { Table = "no such table", Rows = { garbage } });
        var hashes = new BucketHashes { Table = "routes", Hashes = ByteString.CopyFromUtf8("short") };
        nodes[0].Messenger.Deliver(nodes[1].Self, new SyncBuckets { Tables = { hashes } });
        nodes[0].Messenger.Deliver(nodes[1].Self, new SyncDigest { Table = "routes", Mask = ByteString.CopyFromUtf8("short") });
        nodes[0].Messenger.Deliver(nodes[1].Self, new SyncRows { Table = "routes", Wanted = ByteString.CopyFromUtf8("123") });

        Assert.Empty(maps[0].Snapshot.Rows);
        Assert.Equal(8, nodes[0].Tables.GetStatus()[0].Refused);
    }

    [Fact]
    public void FullTable_RefusesWhatPeersSend_AndCounts()
    {
        _world.Settings = new TableSettings { MaxRows = 10 };
        (TestNode[] nodes, _) = Start(2);
        Row[] rows = [.. Enumerable.Range(0, 15).Select(i => new Row { Key = $"k{i}", Sequence = 1 })];

        nodes[0].Messenger.Deliver(nodes[1].Self, new TableDelta { Table = "routes", Rows = { rows } });

        Assert.Equal(10, nodes[0].Tables.GetStatus()[0].Rows);
        Assert.Equal(5, nodes[0].Tables.GetStatus()[0].Refused);
    }

    [Fact]
    public void Versions_CanBeAskedOfOtherNodes()
    {
        (TestNode[] nodes, ReplicatedMap<string>[] maps) = Start(2);
        maps[0].Put("r", "v1", new RowVersion(3, 7));
        _world.Run(1);
        List<RowAnswer?> answers = [];

        nodes[0].Tables.AskVersion(nodes[1].Self, "routes", 0, "r", TimeSpan.FromSeconds(1), answers.Add);
        nodes[0].Tables.AskVersion(nodes[1].Self, "routes", 0, "nothing", TimeSpan.FromSeconds(1), answers.Add);
        _world.Run(0.5);
        _world.IsCut = (_, _) => true;
        nodes[0].Tables.AskVersion(nodes[1].Self, "routes", 0, "r", TimeSpan.FromSeconds(1), answers.Add);
        _world.Run(2);

        Assert.Equal(3, answers.Count);
        Assert.Contains(new RowAnswer(new RowVersion(3, 7), false), answers);
        Assert.Contains(new RowAnswer(null, false), answers);
        Assert.Null(answers[2]);
    }

    [Fact]
    public void Watchers_GetBatches_WithVersionsThatOnlyRise()
    {
        (_, ReplicatedMap<string>[] maps) = Start(2);
        maps[0].Put("r", "v0", new RowVersion(1, 1));
        _world.Run(1);
        List<TableChange<string>> heard = [];
        using IDisposable watch = maps[1].Watch(heard.Add);

        for (uint i = 2; i < 400; i++)
        {
            maps[0].Put("r", $"v{i}", new RowVersion(1, i));
            _world.Run(TimeSpan.FromMilliseconds(5));
        }

        _world.Run(1);
        Assert.InRange(heard.Count, 8, 22);
        Assert.Null(heard[0].Changes[0].Before);
        ulong[] versions = [.. heard.SelectMany(change => change.Changes).Select(change => change.After!.Version.Sequence)];
        Assert.Equal(versions.Order().Distinct(), versions);
        Assert.Equal("v399", heard[^1].Changes[0].After!.Value);
    }

    [Fact]
    public void ThrowingWatcher_StopsNobodyElse()
    {
        (TestNode[] nodes, ReplicatedMap<string>[] maps) = Start(1);
        int calls = 0;
        using IDisposable bad = maps[0].Watch(_ => throw new InvalidOperationException("no"));
        using IDisposable good = maps[0].Watch(_ => calls++);

        _world.Run(1);
        maps[0].Put("r", "v", new RowVersion(1, 1));
        _world.Run(1);

        Assert.Equal(2, calls);
        Assert.Contains(nodes[0].Logged, line => line.Message.Contains("watcher of table routes", StringComparison.Ordinal));
    }

    private long Messages<T>(double seconds)
    {
        long count = 0;
        _world.Sent = (message, _) => count += message is T ? 1 : 0;
        _world.Run(seconds);
        _world.Sent = null;
        return count;
    }

    private (TestNode[] Nodes, ReplicatedMap<string>[] Maps) Start(int count)
    {
        TestNode[] nodes = [.. Enumerable.Range(0, count).Select(_ => _world.AddNode())];
        ReplicatedMap<string>[] maps = [.. nodes.Select(node => node.OpenMap())];
        _world.AllUp();
        _world.Run(3);
        return (nodes, maps);
    }
}
