using System.Globalization;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Connections that carry many requests, on both sides of the node.</summary>
public sealed class KeepAliveTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

    public static TheoryData<TransportKind> Transports => TestNode.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task ManyRequestsOfOneClient_UseOneConnectionToTheBackend(TransportKind transport)
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin, transport: transport);
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 50; i++)
        {
            Message response = await client.AskAsync(Get);
            Assert.Equal((200, "hello"), (response.Status, response.Text));
        }

        Assert.Equal(1, origin.Connections);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Posts_UseThePooledConnectionToo(TransportKind transport)
    {
        await using Origin origin = Origin.Answering(request => Origin.Ok(request.Text));
        await using TestNode node = await TestNode.BeforeAsync(origin, transport: transport);
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 10; i++)
        {
            Message response = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nhi");
            Assert.Equal("hi", response.Text);
        }

        Assert.Equal(1, origin.Connections);
    }

    [Fact]
    public async Task ClientsOneAfterTheOther_ShareThePooledConnection()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("hello", (await node.GetAsync()).Text);
            await node.MetricIsAsync(1, "mesh_destination_connections", ("state", "idle"));
        }

        Assert.Equal(1, origin.Connections);
        Assert.Equal(1, node.Metric("mesh_destination_connects_total"));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task PipelinedRequests_AreAnsweredInOrder(TransportKind transport)
    {
        await using Origin origin = Origin.Answering(request => Origin.Ok(request.StartLine.Split(' ')[1]));
        await using TestNode node = await TestNode.BeforeAsync(origin, transport: transport);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(string.Concat(Enumerable.Range(0, 20).Select(i => $"GET /{i} HTTP/1.1\r\nHost: web\r\n\r\n")));

        for (int i = 0; i < 20; i++) Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"/{i}"), (await client.ReadResponseAsync()).Text);
    }

    [Fact]
    public async Task ConnectionCloseOfTheClient_EndsItsConnectionAndKeepsThePooledOne()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n");
        string rest = await client.ReadToEndAsync();

        Assert.Equal(("hello", "close", ""), (response.Text, response["Connection"], rest));
        Assert.Null(Assert.Single(origin.Requests)["Connection"]);
        await node.MetricIsAsync(1, "mesh_destination_connections", ("state", "idle"));
    }

    [Fact]
    public async Task ClientsOfHttp10_AreServedAndClosed()
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.ReadRequestAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.0\r\nHost: web\r\n\r\n");
        string all = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", all, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nhello", all, StringComparison.Ordinal);
        Assert.DoesNotContain("chunked", all, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task KeepAliveOfHttp10_IsHonoured()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        for (int i = 0; i < 3; i++)
        {
            Message response = await client.AskAsync("GET / HTTP/1.0\r\nHost: web\r\nConnection: keep-alive\r\n\r\n");
            Assert.Equal(("hello", "keep-alive"), (response.Text, response["Connection"]?.ToLowerInvariant()));
        }
    }

    [Fact]
    public async Task AbsoluteForm_IsRoutedByItsAuthorityAndForwardedInOriginForm()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.RoutingAsync($"/svc/web => /$/inet/127.0.0.1/{origin.Port}");
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET http://web/a?b HTTP/1.1\r\nHost: other\r\n\r\n");

        Message seen = Assert.Single(origin.Requests);
        Assert.Equal(200, response.Status);
        Assert.Equal(("GET /a?b HTTP/1.1", "web"), (seen.StartLine, seen["Host"]));
    }

    [Fact]
    public async Task Connect_IsRefusedInClearWords()
    {
        await using Origin origin = Origin.Saying("hello");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("CONNECT web:443 HTTP/1.1\r\nHost: web:443\r\n\r\n");

        Assert.Equal(405, response.Status);
        Assert.Contains("CONNECT", response.Text, StringComparison.Ordinal);
        Assert.Equal(0, origin.Connections);
    }
}
