using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Where two rules of the request path meet: context that is cleared or asked for, changes of protocol, requests behind one another.</summary>
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
}
