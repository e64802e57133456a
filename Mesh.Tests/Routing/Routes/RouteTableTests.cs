using Mesh.Actors.Events;
using Mesh.Actors.Tables;
using Mesh.Routing.Bindings;
using Mesh.Routing.Routes;
using Mesh.Routing.Routes.Protocol;
using Mesh.Tests.Actors.Tables;
using Mesh.Tests.EndToEnd;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Routing.Routes;

/// <summary>What a node makes of the rows that reach it, and what the publisher makes of what the rows' table says.</summary>
public sealed class RouteTableTests
{
    private readonly List<LogEvent> _logged = [];

    /// <summary>After a restart it was routed as if it had no rules: requests went to the router's own, past what the fleet says.</summary>
    [Fact]
    public async Task ANamespaceThatIsHereAndCannotBeRead_Waits_AndSaysWhy()
    {
        TableWorld world = new(3);
        (RouteTable table, ReplicatedMap<Row> map) = Open(world);
        Put(map, "newer", 1, "/a = /b");
        Put(map, "halved", 1, Noise(), static key => key != "halved/1");
        Put(map, "good", 1, "/a => /b");

        table.Settle();
        world.Run(1);
        await Eventually.HoldsAsync(() => table.Find("good") is not null, () => "nothing was read");

        Assert.Contains("version 1 is here, but not understood here", Waiting(table, "newer"), StringComparison.Ordinal);
        Assert.Contains("version 1 is here, but not all of its parts are", Waiting(table, "halved"), StringComparison.Ordinal);
        Assert.IsType<DtabState.Known>(table.StateOf("nowhere"));
        Assert.Contains("names by it wait", Assert.Single(_logged).Message, StringComparison.Ordinal);
        Assert.Equal(["halved", "newer"], table.Current.Unread.Keys);
    }

    [Fact]
    public async Task WhatWasShown_HoldsOn_WhenItsNextVersionCannotBeRead()
    {
        TableWorld world = new(4);
        (RouteTable table, ReplicatedMap<Row> map) = Open(world);
        Put(map, "web", 1, "/a => /b");
        world.Run(1);
        await Eventually.HoldsAsync(() => table.Find("web") is not null, () => "nothing was read");

        Put(map, "web", 2, "/a = /b");
        Put(map, "mark", 1, "/a => /b");
        world.Run(1);
        await Eventually.HoldsAsync(() => table.Find("mark") is not null, () => "nothing was read");

        Assert.Equal("/a => /b", table.Find("web")!.Text);
        Assert.Null(table.WhyNot("web"));
        Assert.Contains("what was there before holds on", Assert.Single(_logged).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AHeader_IsNotWritten_WhenItsPartsHaveNoRoom()
    {
        TableWorld world = new(5) { Settings = new() { MaxRows = 3, MaxRowsPerOrigin = 3 } };
        (_, ReplicatedMap<Row> map) = Open(world);

        PublishOutcome outcome = Publish(map, 7, Noise());

        Assert.Equal((WriteResult.Full, false), (outcome.Result, outcome.IsThere));
        Assert.Equal(default, map.VersionOf("web"));
        Assert.Contains("is full", Assert.Single(_logged).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnOutdatedChange_IsTold_WithTheEpochThatIsKnown()
    {
        TableWorld world = new(6);
        (_, ReplicatedMap<Row> map) = Open(world);
        Publish(map, 40, Noise());

        PublishOutcome low = Publish(map, 7, "/a => /b");
        PublishOutcome again = Publish(map, 40, Noise());

        Assert.Equal(new PublishOutcome(WriteResult.Outdated, 40), low);
        Assert.True(again.IsThere);
    }

    private static string Waiting(RouteTable table, string name) => Assert.IsType<DtabState.Pending>(table.StateOf(name)).WaitingFor;

    private static void Put(ReplicatedMap<Row> map, string name, long version, string text, Predicate<string>? isThere = null)
    {
        foreach ((string key, Row row) in RouteRows.Split(name, Change(version, text)))
            if (isThere is null || isThere(key))
                Assert.Equal(WriteResult.Accepted, map.Put(key, row, new RowVersion(1, (ulong)version)));
    }

    private static RouteChange Change(long version, string text) =>
        new(version, RouteChangeKind.Updated, PackedText.Of(text), "me", DateTimeOffset.UnixEpoch, $"{version}");

    private static string Noise()
    {
        byte[] noise = new byte[60_000];
        new Random(7).NextBytes(noise);
        return "/a => /b # " + Convert.ToBase64String(noise);
    }

    private PublishOutcome Publish(ReplicatedMap<Row> map, long epoch, string text)
    {
        PublishOutcome outcome = default;
        var publisher = new RoutePublisher(map, static act => act(), _logged.Add);
        publisher.Publish("web", epoch, RouteBook.Empty.After(Change(1, text)), told => outcome = told);
        return outcome;
    }

    private (RouteTable Table, ReplicatedMap<Row> Map) Open(TableWorld world)
    {
        Actors.Tables.TestNode node = world.AddNode(start: false);
        ReplicatedMap<Row> map = node.Tables.OpenMap(RouteRows.Table, RouteRowCodec.Instance);
        var table = new RouteTable(_logged.Add, new FakeTime());
        table.Attach(map);
        node.Tables.Start();
        world.AllUp();
        return (table, map);
    }
}
