using System.Net;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Names that lead somewhere, elsewhere a moment later, or nowhere: the status, and words that tell why.</summary>
public sealed class NamesTests
{
    private const string ByFiles = "/svc => /#/io.l5d.fs";

    [Fact]
    public async Task MissingFile_Is502_AndNamesIt()
    {
        using NamesFolder names = new();
        await using TestNode node = await TestNode.RoutingAsync(ByFiles, top: names.Config);

        Message response = await node.GetAsync(host: "web");

        Assert.Equal(502, response.Status);
        Assert.Contains("/#/io.l5d.fs/web", response.Text, StringComparison.Ordinal);
        Assert.Contains("/svc/web cannot be bound", WebUtility.UrlDecode(response["l5d-err"]!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MalformedFile_Is502_NamingFileAndLine_AndIsLoggedOnce()
    {
        using NamesFolder names = new();
        names.Write("web", "127.0.0.1 80\n127.0.0.1 eighty\n");
        await using TestNode node = await TestNode.RoutingAsync(ByFiles, top: names.Config);

        Message first = await node.GetAsync(host: "web");
        Message second = await node.GetAsync(host: "web");

        Assert.Equal((502, 502), (first.Status, second.Status));
        Assert.Contains($"{names.PathOf("web")}:2: 'eighty' is no port", first.Text, StringComparison.Ordinal);
        Assert.Single(node.Log.Split('\n'), line => line.Contains("'eighty' is no port", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EmptyFile_Is502_SayingThatNobodyIsThere()
    {
        using NamesFolder names = new();
        names.Write("web", "");
        await using TestNode node = await TestNode.RoutingAsync(ByFiles, top: names.Config);

        Message response = await node.GetAsync(host: "web");

        Assert.Equal(502, response.Status);
        Assert.Contains("/svc/web", response.Text, StringComparison.Ordinal);
        Assert.Contains("address", response.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task ChangedFile_MovesTheTraffic_AndTheCountsGoOn()
    {
        await using Origin one = Origin.Saying("one"), two = Origin.Saying("two");
        using NamesFolder names = new();
        names.Write("web", one);
        await using TestNode node = await TestNode.RoutingAsync(ByFiles, top: names.Config);
        Assert.Equal("one", (await node.GetAsync()).Text);
        await node.MetricIsAsync(1, "mesh_destination_requests_total");

        names.Write("web", two);
        await UntilTextAsync(node, "two");

        double requests = node.Metric("mesh_server_requests_total");
        Assert.Equal(1, node.Metric("mesh_destination_endpoints"));
        await node.MetricIsAsync(node.Metric("mesh_server_requests_total"), "mesh_destination_requests_total");
        Assert.True(node.Metric("mesh_destination_requests_total") >= requests);
    }

    [Fact]
    public async Task MalformedChange_KeepsTheLastGoodAddresses_AndSaysSo()
    {
        await using Origin origin = Origin.Saying("hello");
        using NamesFolder names = new();
        names.Write("web", origin);
        await using TestNode node = await TestNode.RoutingAsync(ByFiles, top: names.Config);
        await node.GetAsync();

        names.Write("web", "rubbish\n");
        await Eventually.HoldsAsync(() => node.Log.Contains("web:1:", StringComparison.Ordinal), () => "nothing in the log: " + node.Log);

        Assert.Equal("hello", (await node.GetAsync()).Text);
    }

    [Fact]
    public async Task DeletedFile_FallsThroughToTheAlternative_AndTheCountsComeBackWithTheFile()
    {
        await using Origin first = Origin.Saying("first"), second = Origin.Saying("second");
        using NamesFolder names = new();
        names.Write("web", first);
        names.Write("spare", second);
        await using TestNode node = await TestNode.RoutingAsync("/svc/web => /#/io.l5d.fs/web | /#/io.l5d.fs/spare", top: names.Config);
        Assert.Equal("first", (await node.GetAsync()).Text);

        names.Delete("web");
        await UntilTextAsync(node, "second");
        names.Write("web", first);
        await UntilTextAsync(node, "first");

        await Eventually.HoldsAsync(
            () => node.Metric("mesh_destination_requests_total", ("destination", "/#/io.l5d.fs/web")) >= 2,
            () => "the counts of the destination began again");
    }

    [Fact]
    public async Task NewName_WorksAtOnce()
    {
        await using Origin origin = Origin.Saying("hello");
        using NamesFolder names = new();
        await using TestNode node = await TestNode.RoutingAsync(ByFiles, top: names.Config);
        int before = (await node.GetAsync()).Status;

        names.Write("web", origin);

        await UntilTextAsync(node, "hello");
        Assert.Equal(502, before);
    }

    [Fact]
    public async Task NameThatBindsToNothing_ExplainsEachAlternative()
    {
        using NamesFolder names = new();
        await using TestNode node = await TestNode.RoutingAsync("/svc/web => /#/io.l5d.fs/one | /#/io.l5d.fs/two | /nowhere", top: names.Config);

        Message response = await node.GetAsync(host: "web");

        Assert.Equal(502, response.Status);
        foreach (string tried in (string[])["/#/io.l5d.fs/one", "/#/io.l5d.fs/two", "/nowhere"])
            Assert.Contains(tried, response.Text, StringComparison.Ordinal);
        await node.MetricIsAsync(1, "mesh_service_failures_total", ("service", "unbound"));
        Assert.Equal(double.NaN, node.Metric("mesh_service_requests_total", ("service", "/svc/web")));
    }

    [Fact]
    public async Task RandomNames_MakeNoSeries()
    {
        await using TestNode node = await TestNode.RoutingAsync("/svc/web => /$/inet/127.0.0.1/1");
        await node.GetAsync(host: "the-first-502-makes-its-code-a-series");
        await node.MetricIsAsync(1, "mesh_server_requests_total");
        double before = node.Metric("mesh_metrics_series");
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 100; i++) Assert.Equal(502, (await client.AskAsync($"GET / HTTP/1.1\r\nHost: r{i}\r\n\r\n")).Status);

        Assert.Equal(before, node.Metric("mesh_metrics_series"));
    }

    [Fact]
    public async Task RequestWithoutAName_Is400()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET / HTTP/1.0\r\n\r\n");

        Assert.Equal(400, response.Status);
        Assert.Contains("Router test cannot name this request: it has no header Host, or an empty one.", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OfSeveralIdentifiers_TheFirstThatFindsAName_Wins()
    {
        await using Origin one = Origin.Saying("one"), two = Origin.Saying("two");
        await using TestNode node = await TestNode.RoutingAsync(
            $"/svc/one => /$/inet/127.0.0.1/{one.Port} ; /svc/two => /$/inet/127.0.0.1/{two.Port}",
            "identifier: [{kind: io.l5d.header.token, header: my-service}, {kind: io.l5d.header.token}]");
        using Peer client = await node.ConnectAsync();

        Message byHeader = await client.AskAsync("GET / HTTP/1.1\r\nHost: two\r\nMy-Service: one\r\n\r\n");
        Message byHost = await client.AskAsync("GET / HTTP/1.1\r\nHost: two\r\n\r\n");
        Message byNeither = await client.AskAsync("GET / HTTP/1.0\r\n\r\n");

        Assert.Equal(("one", "two", 400), (byHeader.Text, byHost.Text, byNeither.Status));
        Assert.Contains("it has no header my-service, or an empty one; it has no header Host", byNeither.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IdentifierHeaderOfTheConfig_NamesRequests()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.RoutingAsync(
            $"/http/users => /$/inet/127.0.0.1/{origin.Port}", "dstPrefix: /http, identifier: {kind: io.l5d.header.token, header: my-service}");
        using Peer client = await node.ConnectAsync();

        Message with = await client.AskAsync("GET / HTTP/1.1\r\nHost: any\r\nMy-Service: users\r\n\r\n");
        Message without = await client.AskAsync("GET / HTTP/1.1\r\nHost: users\r\n\r\n");

        Assert.Equal(("hello", 400), (with.Text, without.Status));
        Assert.Equal("/http/users", Assert.Single(origin.Requests)["l5d-dst-service"]);
    }

    [Fact]
    public async Task BrokenNames_LeaveOtherNamesAlone()
    {
        await using Origin origin = Origin.Saying("hello");
        using NamesFolder names = new();
        names.Write("good", origin);
        names.Write("bad", "rubbish\n");
        names.Write("down", $"127.0.0.1 {Ports.Free()}\n");
        await using TestNode node = await TestNode.RoutingAsync(ByFiles, top: names.Config);
        using Peer client = await node.ConnectAsync();

        foreach (string name in (string[])["good", "bad", "good", "down", "good", "missing", "good"])
        {
            Message response = await client.AskAsync($"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n");
            Assert.Equal(name == "good" ? 200 : 502, response.Status);
        }
    }

    private static async Task UntilTextAsync(TestNode node, string text)
    {
        long began = TimeProvider.System.GetTimestamp();
        while ((await node.GetAsync()).Text != text)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Peer.Patience, $"'{text}' never came\n{node.Log}");
        }
    }
}
