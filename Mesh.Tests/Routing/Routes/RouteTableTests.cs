using Mesh.Actors.Events;
using Mesh.Actors.Tables;
using Mesh.Routing.Routes;
using Mesh.Routing.Routes.Protocol;
using Mesh.Tests.Actors.Tables;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Routing.Routes;

/// <summary>What the publisher makes of what the rows' table says.</summary>
public sealed class RouteTableTests
{
    private readonly List<LogEvent> _logged = [];

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
