using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Mesh.Tests.Actors.Remoting;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Tunnels where HTTP/2 is spoken on one side or both (RFC 8441).</summary>
public sealed class Http2UpgradeTests
{
    private const string Ask = "GET /chat HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    [Fact]
    public async Task UpgradeOfHttp1_CrossesAHopOfHttp2_AndTheClientsKeyIsAnswered()
    {
        List<string> heads = [];
        await using Origin origin = Echo(heads);
        await using TestNode behind = await TestNode.BeforeAsync(origin);
        await using TestNode node = await BeforeAsync(behind);
        using Peer client = await node.ConnectAsync();

        await client.SendAsync(Ask + "early");
        Message response = new((await client.TryReadHeadAsync())!, [], "", true);
        string early = await client.ReadAsync(5);
        await client.SendAsync("later");
        string later = await client.ReadAsync(5);
        client.EndSending();
        string end = await client.ReadToEndAsync();

        // The answer that RFC 6455 section 1.3 gives for its sample key.
        Assert.Equal((101, "websocket", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), (response.Status, response["Upgrade"], response["Sec-WebSocket-Accept"]));
        Assert.Equal(("early", "later", "bye"), (early, later, end));
        Message seen = new(Assert.Single(heads), [], "", true);
        Assert.Equal(("GET /chat HTTP/1.1", "1.1 mesh, 2 mesh"), (seen.Head.Split("\r\n")[0], seen["Via"]));
        Assert.NotEqual("dGhlIHNhbXBsZSBub25jZQ==", seen["Sec-WebSocket-Key"]);
        await node.MetricIsAsync(0, "mesh_server_connections");
        await behind.MetricIsAsync(0, "mesh_destination_pending_requests");
    }

    [Fact]
    public async Task WebSocketOverHttp2_ReachesABackendOfHttp1()
    {
        using TestCertificates authority = new();
        CertificatePaths own = authority.Issue("localhost");
        List<string> heads = [];
        await using Origin origin = Origin.Scripted(async peer =>
        {
            heads.Add((await peer.TryReadHeadAsync())!);
            await peer.SendAsync(Switch(heads[0]));

            // One masked text frame of five bytes, given back unmasked (RFC 6455 section 5.2).
            byte[] frame = await peer.ReadBytesAsync(11);
            for (int i = 0; i < 5; i++) frame[6 + i] ^= frame[2 + (i % 4)];
            await peer.SendAsync((byte[])[frame[0], 5, .. frame[6..]]);
            await peer.ReadToEndAsync();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, server: $"tls: {{certPath: '{own.Certificate}', keyPath: '{own.Key}'}}");
        using HttpClient http = AlpnTests.Client(HttpVersion.Version20);
        using ClientWebSocket socket = new();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using CancellationTokenSource patience = new(Peer.Patience);

        await socket.ConnectAsync(new Uri($"wss://localhost:{node.Address.Port}/chat"), http, patience.Token);
        await socket.SendAsync(Encoding.ASCII.GetBytes("hello"), WebSocketMessageType.Text, true, patience.Token);
        byte[] answer = new byte[64];
        WebSocketReceiveResult received = await socket.ReceiveAsync(answer, patience.Token);

        Assert.Equal("hello", Encoding.ASCII.GetString(answer, 0, received.Count));
        Message seen = new(heads[0], [], "", true);
        Assert.Equal(("GET /chat HTTP/1.1", "websocket", "2 mesh"), (seen.Head.Split("\r\n")[0], seen["Upgrade"], seen["Via"]));
        socket.Abort();
        await node.MetricIsAsync(0, "mesh_destination_pending_requests");
    }

    [Fact]
    public async Task WebSocketOverHttp2_CrossesAHopOfHttp2()
    {
        using TestCertificates authority = new();
        CertificatePaths own = authority.Issue("localhost");
        List<string> heads = [];
        await using Origin origin = Echo(heads);
        await using TestNode behind = await TestNode.BeforeAsync(origin);
        await using TestNode node = await TestNode.RoutingAsync(
            $"/svc => /$/inet/127.0.0.1/{behind.Address.Port}", "client: {protocol: h2}",
            $"tls: {{certPath: '{own.Certificate}', keyPath: '{own.Key}'}}");
        using HttpClient http = AlpnTests.Client(HttpVersion.Version20);
        using ClientWebSocket socket = new();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using CancellationTokenSource patience = new(Peer.Patience);

        await socket.ConnectAsync(new Uri($"wss://localhost:{node.Address.Port}/chat"), http, patience.Token);

        Message seen = new(Assert.Single(heads), [], "", true);
        Assert.Equal(("websocket", "2 mesh, 2 mesh"), (seen["Upgrade"], seen["Via"]));
        socket.Abort();
        await node.MetricIsAsync(0, "mesh_destination_pending_requests");
        await behind.MetricIsAsync(0, "mesh_destination_pending_requests");
    }

    [Fact]
    public async Task BackendThatDoesNotSwitch_IsNoTunnel()
    {
        using TestCertificates authority = new();
        CertificatePaths own = authority.Issue("localhost");
        await using Origin origin = Origin.Saying("no upgrade");
        await using TestNode node = await TestNode.BeforeAsync(origin, server: $"tls: {{certPath: '{own.Certificate}', keyPath: '{own.Key}'}}");

        Assert.Equal(HttpStatusCode.BadGateway, await TryAsync(node));
    }

    [Theory]
    [InlineData("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")]
    [InlineData("")]
    public async Task BackendThatSwitchesWithoutTheRightAnswerToOurKey_IsNoTunnel(string accept)
    {
        using TestCertificates authority = new();
        CertificatePaths own = authority.Issue("localhost");
        await using Origin origin = Origin.Scripted(async peer =>
        {
            await peer.TryReadHeadAsync();
            await peer.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{accept}\r\n");
            await peer.ReadToEndAsync();
        });
        await using TestNode node = await TestNode.BeforeAsync(origin, server: $"tls: {{certPath: '{own.Certificate}', keyPath: '{own.Key}'}}");

        Assert.Equal(HttpStatusCode.BadGateway, await TryAsync(node));
        await node.MetricIsAsync(0, "mesh_destination_pending_requests");
    }

    [Fact]
    public async Task TokenThatIsNotAllowed_Is501()
    {
        using TestCertificates authority = new();
        CertificatePaths own = authority.Issue("localhost");
        await using Origin origin = Echo([]);
        await using TestNode node = await TestNode.BeforeAsync(
            origin, server: $"upgrades: [chat], tls: {{certPath: '{own.Certificate}', keyPath: '{own.Key}'}}");

        Assert.Equal(HttpStatusCode.NotImplemented, await TryAsync(node));
        Assert.Equal(0, origin.Connections);
    }

    [Fact]
    public async Task EndpointThatTakesNoTunnels_IsNotSentOne_AndTheFaultSaysSo()
    {
        await using Origin origin = Echo([]);
        await using TestNode behind = await TestNode.BeforeAsync(origin, server: "upgrades: []");
        await using TestNode node = await BeforeAsync(behind);
        using Peer client = await node.ConnectAsync();

        Message answer = await client.AskAsync(Ask);

        Assert.Equal(502, answer.Status);
        Assert.Contains("SETTINGS_ENABLE_CONNECT_PROTOCOL", answer.Text, StringComparison.Ordinal);
        Assert.Equal(0, origin.Connections);
        Assert.Equal(502, (await client.AskAsync(Ask)).Status);
    }

    [Fact]
    public async Task ClientThatBreaksATunnel_BreaksItAcrossHttp2()
    {
        TaskCompletionSource ended = new();
        await using Origin origin = Origin.Scripted(async peer =>
        {
            string head = (await peer.TryReadHeadAsync())!;
            await peer.SendAsync(Switch(head));
            await peer.ReadToEndAsync();
            ended.SetResult();
        });
        await using TestNode behind = await TestNode.BeforeAsync(origin);
        await using TestNode node = await BeforeAsync(behind);
        using Peer client = await node.ConnectAsync();
        await client.SendAsync(Ask);
        await client.TryReadHeadAsync();

        client.Reset();

        await ended.Task.WaitAsync(Peer.Patience);
        await behind.MetricIsAsync(0, "mesh_destination_pending_requests");
    }

    private static Task<TestNode> BeforeAsync(TestNode behind) => TestNode.RoutingAsync(
        $"/svc => /$/inet/127.0.0.1/{behind.Address.Port}", "client: {protocol: h2}");

    /// <summary>What a WebSocket over HTTP/2 is answered with when it is refused.</summary>
    private static async Task<HttpStatusCode> TryAsync(TestNode node)
    {
        using HttpClient http = AlpnTests.Client(HttpVersion.Version20);
        using ClientWebSocket socket = new();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.CollectHttpResponseDetails = true;
        using CancellationTokenSource patience = new(Peer.Patience);
        await Assert.ThrowsAsync<WebSocketException>(
            () => socket.ConnectAsync(new Uri($"wss://localhost:{node.Address.Port}/chat"), http, patience.Token));
        return socket.HttpStatusCode;
    }

    /// <summary>Switches, gives back what comes, and says goodbye.</summary>
    private static Origin Echo(List<string> heads) => Origin.Scripted(async peer =>
    {
        string head = (await peer.TryReadHeadAsync())!;
        lock (heads) heads.Add(head);
        await peer.SendAsync(Switch(head));
        for (int i = 0; i < 2; i++) await peer.SendAsync(await peer.ReadAsync(5));
        await peer.ReadToEndAsync();
        await peer.SendAsync("bye");
    });

    /// <summary>What a server of WebSockets answers.</summary>
    internal static string Switch(string head)
    {
        string key = new Message(head, [], "", true)["Sec-WebSocket-Key"]!;
#pragma warning disable CA5350 // RFC 6455 section 4.2.2.
        string accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
        return $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n";
    }
}
