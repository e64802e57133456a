using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Connections that change their protocol.</summary>
public sealed class UpgradeTests
{
    private const string Ask = "GET /chat HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    private const string Switch = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";

    public static TheoryData<TransportKind> Transports => TestNode.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task WebSocket_IsTunnelledBothWays_EarlyDataIncluded(TransportKind transport)
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            string head = (await peer.TryReadHeadAsync())!;
            bool asked = head.Contains("Upgrade: websocket", StringComparison.OrdinalIgnoreCase);
            await peer.SendAsync((asked ? Switch : Origin.Ok("no upgrade")) + "hi");
            await peer.SendAsync("echo " + await peer.ReadAsync(10));
            await peer.SendAsync("echo " + await peer.ReadAsync(5));
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, transport: transport);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Ask + "early data");
        string head = (await client.TryReadHeadAsync())!;
        string both = await client.ReadAsync(17);
        await client.SendAsync("later");
        string later = await client.ReadAsync(10);

        Message response = new(head, [], "", true);
        Assert.Equal((101, "websocket", "x"), (response.Status, response["Upgrade"], response["Sec-WebSocket-Accept"]));
        Assert.Equal("Upgrade", response["Connection"], ignoreCase: true);
        Assert.Equal(("hiecho early data", "echo later"), (both, later));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task TunnelPassesOnAHalfClose_AndTheOtherWayGoesOn(TransportKind transport)
    {
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.TryReadHeadAsync();
            await peer.SendAsync(Switch);
            string all = await peer.ReadToEndAsync();
            await peer.SendAsync($"you said {all}, goodbye");
            peer.Dispose();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, transport: transport);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Ask);
        await client.TryReadHeadAsync();
        await client.SendAsync("bye");
        client.EndSending();
        string rest = await client.ReadToEndAsync();

        Assert.Equal("you said bye, goodbye", rest);
        await node.MetricIsAsync(0, "mesh_server_connections");
    }

    [Fact]
    public async Task ClientThatBreaksATunnel_BreaksItForTheBackend()
    {
        TaskCompletionSource ended = new();
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.TryReadHeadAsync();
            await peer.SendAsync(Switch);
            await peer.ReadToEndAsync();
            ended.SetResult();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Ask);
        await client.TryReadHeadAsync();
        client.Reset();

        await ended.Task.WaitAsync(Peer.Patience);
        await node.MetricIsAsync(0, "mesh_server_connections");
    }

    [Fact]
    public async Task RefusedUpgrade_IsAnOrdinaryResponse()
    {
        await using Origin origin = Origin.Answering(_ => "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message first = await client.AskAsync(Ask);
        Message second = await client.AskAsync(Ask);

        Assert.Equal((403, "no", 403), (first.Status, first.Text, second.Status));
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\nUpgrade: tls/1.0\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n")]
    [InlineData("Upgrade: websocket\r\n")]
    public async Task UpgradesNotAllowed_AreNotOfferedToTheBackend(string fields)
    {
        await using Origin origin = Origin.Saying("plain");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        using Peer client = await node.ConnectAsync();

        Message response = await client.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\n{fields}\r\n");

        Message seen = Assert.Single(origin.Requests);
        Assert.Equal((200, "plain"), (response.Status, response.Text));
        Assert.Equal((false, false, false), (seen.Has("Upgrade"), seen.Has("Connection"), seen.Has("HTTP2-Settings")));
    }

    [Fact]
    public async Task SwitchThatNobodyAskedFor_Is502()
    {
        await using Origin origin = Origin.Answering(_ => Switch);
        await using TestNode node = await TestNode.BeforeAsync(origin);

        Message response = await node.GetAsync();

        Assert.Equal(502, response.Status);
        Assert.Contains("switched protocols", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LifeOfATunnel_IsNoLatencyOfItsEndpoint()
    {
        int asked = 0;
        await using Origin chat = Origin.Scripted(async peer =>
        {
            while (await peer.TryReadHeadAsync() is { } head)
            {
                bool upgrades = head.Contains("Upgrade: websocket", StringComparison.OrdinalIgnoreCase);
                if (!upgrades) Interlocked.Increment(ref asked);
                await peer.SendAsync(upgrades ? Switch : Origin.Ok("chat"));
                if (upgrades) await peer.ReadToEndAsync();
                if (upgrades) return;
            }
        });
        await using Origin other = Origin.Saying("other");
        using NamesFolder names = new();
        names.Write("web", chat);
        await using TestNode node = await TestNode.RoutingAsync(
            "/svc => /#/io.l5d.fs",
            "client: {loadBalancer: {kind: ewma, decayTimeMs: 100}}, service: {faultInjection: [{delayMs: 3000, abortStatus: 418, header: X-Drill}]}",
            top: names.Config);
        using Peer client = await node.ConnectAsync(), clock = await node.ConnectAsync();
        await client.SendAsync(Ask);
        await client.TryReadHeadAsync();
        names.Write("web", chat, other);
        await Eventually.HoldsAsync(
            async () => (await clock.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n")).Text == "other",
            () => "the second endpoint never came");
        await clock.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nX-Drill: on\r\n\r\n");
        client.EndSending();
        await client.ReadToEndAsync();
        await node.MetricIsAsync(0, "mesh_destination_pending_requests");
        Volatile.Write(ref asked, 0);

        for (int i = 0; i < 40; i++) await node.GetAsync();

        Assert.InRange(asked, 1, 40);
    }
}
