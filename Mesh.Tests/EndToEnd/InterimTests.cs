using Mesh.Node.Proxy;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>1xx responses, Expect, and backends that answer before they have the whole request.</summary>
public sealed class InterimTests
{
    [Fact]
    public async Task EarlyHints_ArePassedOn()
    {
        await using Origin origin = Origin.Answering(_ => "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + Origin.Ok("hello"));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message hints = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Message response = await client.ReadResponseAsync();

        Assert.Equal((103, "</a.css>"), (hints.Status, hints["Link"]));
        Assert.Equal((200, "hello"), (response.Status, response.Text));
    }

    [Fact]
    public async Task InterimsWithoutEnd_AreABrokenBackend()
    {
        string hints = string.Concat(Enumerable.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", RequestPath.MaxInterims + 1));
        await using Origin origin = Origin.Answering(_ => hints + Origin.Ok("hello"));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET / HTTP/1.0\r\nHost: web\r\n\r\n");

        Assert.Equal(502, response.Status);
    }

    [Fact]
    public async Task Interim_IsNotShownToClientsOfHttp10()
    {
        await using Origin origin = Origin.Answering(_ => "HTTP/1.1 103 Early Hints\r\n\r\n" + Origin.Ok("hello"));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("GET / HTTP/1.0\r\nHost: web\r\n\r\n");

        Assert.Equal((200, "hello"), (response.Status, response.Text));
    }

    [Fact]
    public async Task Expect_GoesEndToEnd_TheBodyAfterTheBackendAskedForIt()
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            string head = (await peer.TryReadHeadAsync())!;
            await peer.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            string body = await peer.ReadAsync(5);
            await peer.SendAsync(Origin.Ok(body + (head.Contains("100-continue", StringComparison.Ordinal) ? "!" : "?")));
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message interim = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        await client.SendAsync("hello");
        Message response = await client.ReadResponseAsync();

        Assert.Equal(100, interim.Status);
        Assert.Equal("hello!", response.Text);
    }

    [Fact]
    public async Task Expect_WhenRefusedByTheBackend_EndsWithItsAnswerAndNoBody()
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.TryReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno");
            await peer.ReadToEndAsync();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync("POST / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        string rest = await client.ReadToEndAsync();

        Assert.Equal((417, "no", "close", ""), (response.Status, response.Text, response["Connection"], rest));
    }

    [Fact]
    public async Task EarlyResponse_ReachesTheClientWhileItStillSends()
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.TryReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 413 Too Big\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig");
            await peer.ReadToEndAsync();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 1000000\r\n\r\nonly the beginning");
        Message response = await client.ReadResponseAsync();

        Assert.Equal((413, "big"), (response.Status, response.Text));
    }

    [Fact]
    public async Task EarlyResponse_OfABackendThatReadsOn_LeavesBothConnectionsUsable()
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.TryReadHeadAsync();
            await peer.SendAsync(Origin.Ok("early"));
            await peer.ReadAsync(10);
            await peer.ReadRequestAsync();
            await peer.SendAsync(Origin.Ok("second"));
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 10\r\n\r\nhello");
        Message early = await client.ReadResponseAsync();
        await client.SendAsync("world");
        Message second = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.Equal(("early", "second", 1), (early.Text, second.Text, origin.Connections));
    }
}
