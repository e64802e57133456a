using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Where two rules of the request path meet: context cleared or asked for, changes of protocol, requests behind one another.</summary>
public sealed class OddCaseTests
{
    private const string Switch = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nl5d-err: x\r\n\r\n";
    private const string Upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";

    [Fact]
    public async Task ErrorTellsNothingOfTheRequestBeforeIt()
    {
        await using Origin origin = Origin.Saying("here");
        using NamesFolder names = new();
        names.Write("none", "");
        await using TestNode node = await TestNode.RoutingAsync(
            $"/svc => /#/io.l5d.fs; /svc/web => /$/inet/127.0.0.1/{origin.Port}", top: names.Config);
        using Peer client = await node.ConnectAsync();

        await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Message response = await client.AskAsync("GET / HTTP/1.1\r\nHost: none\r\n\r\n");

        Assert.Equal(502, response.Status);
        Assert.Contains("\nselected address: none\n", response.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: web\r\n" + Upgrade + "\r\n", "clearContext: true")]
    [InlineData("TRACE / HTTP/1.1\r\nHost: web\r\nl5d-add-context: true\r\n" + Upgrade + "\r\n", "")]
    public async Task ChangedProtocol_IsTunnelled_WhateverContextIsClearedOrAskedFor(string request, string server)
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.TryReadHeadAsync();
            await peer.SendAsync(Switch);
            await peer.SendAsync("echo " + await peer.ReadAsync(2));
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, server: server);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(request);
        Message head = new((await client.TryReadHeadAsync())!, [], "", true);
        await client.SendAsync("hi");

        Assert.Equal((101, server.Length == 0), (head.Status, head.Has("l5d-err")));
        Assert.Equal("echo hi", await client.ReadAsync(7));
    }

    [Fact]
    public async Task BareError_WhileTheBodyIsOnItsWay_EndsTheConnection_AndGivesThePlaceBack()
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            string head = (await peer.TryReadHeadAsync())!;
            bool isPost = head.StartsWith("POST", StringComparison.Ordinal);
            await peer.SendAsync(isPost ? "HTTP/1.1 503 No\r\nl5d-err: secret\r\nContent-Length: 6\r\n\r\nsecret" : Origin.Ok("next"));
            await peer.ReadToEndAsync();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, server: "clearContext: true, maxConcurrentRequests: 1");
        using Peer client = await node.ConnectAsync();

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 1000000\r\n\r\nthe first of many");
        Message bare = await client.ReadResponseAsync();
        string rest = await client.ReadToEndAsync();
        await node.MetricIsAsync(1, "mesh_server_requests_total");
        Message next = await node.GetAsync();

        Assert.Equal((503, "", "", "close"), (bare.Status, bare.Text, rest, bare["Connection"]));
        Assert.False(bare.Has("l5d-err"));
        Assert.Equal((200, "next"), (next.Status, next.Text));
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    public async Task TraceThatEndsHere_WithABody_LeavesNothingOfItForTheNextRequest(string body)
    {
        await using Origin origin = Origin.Saying("next");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync($"TRACE / HTTP/1.1\r\nHost: web\r\nMax-Forwards: 0\r\n{body}GET / HTTP/1.1\r\nHost: web\r\n\r\n");
        Message first = await client.ReadResponseAsync();
        string rest = await client.ReadToEndAsync();

        Assert.Equal((200, "close", ""), (first.Status, first["Connection"], rest));
        Assert.Empty(origin.Requests);
    }

    [Fact]
    public async Task TraceThatCollectsContext_OfAResponseWithoutABody_LeavesTheConnectionInStep()
    {
        await using Origin origin = Origin.Answering(
            request => request.StartLine.StartsWith("TRACE", StringComparison.Ordinal) ? "HTTP/1.1 204 No Content\r\n\r\n" : Origin.Ok("next"));
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message first = await client.AskAsync("TRACE / HTTP/1.1\r\nHost: web\r\nl5d-add-context: true\r\n\r\n");
        Message next = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.Equal((204, "next"), (first.Status, next.Text));
    }
}
