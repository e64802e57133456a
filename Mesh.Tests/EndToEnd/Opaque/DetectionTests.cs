using System.Net.Security;
using System.Net.Sockets;
using Mesh.Tests.Actors.Remoting;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.EndToEnd.Opaque;

/// <summary>A router <c>auto</c> tells from first bytes what is HTTP, and passes all else on unread.</summary>
public sealed class DetectionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task Http_IsRouted_AByteAtATimeToo(int atOnce)
    {
        await using Origin web = Origin.Saying("web");
        await using Origin raw = OpaqueTests.Echo();
        await using TestNode node = await AutoAsync(web, raw, "timeoutMs: 10000");
        const string request = "GET / HTTP/1.1\r\nHost: web\r\n\r\n";

        using Peer client = await node.ConnectAsync();
        for (int at = 0; at < request.Length; at += atOnce) await client.SendAsync(request[at..Math.Min(request.Length, at + atOnce)]);
        Message answer = await client.ReadResponseAsync();

        Assert.Equal("web", answer.Text);
        await node.MetricIsAsync(1, "mesh_server_detected_total", ("spoken", "http1"));
        Assert.Equal(0, raw.Connections);
    }

    [Theory]
    [InlineData("*1\r\n$4\r\nPING\r\n", "opaque")]
    [InlineData("\0\0\0\u0008\u0004\u00d2\u0016/", "opaque")]
    [InlineData("QUIT\r\n", "opaque")]
    [InlineData("get foo\r\n", "opaque")]
    [InlineData("SET a b\r\n", "opaque")]
    [InlineData("OPTIONS rtsp://media.example/a RTSP/1.0\r\nCSeq: 1\r\n\r\n", "opaque")]
    [InlineData("REGISTER sip:a.example SIP/2.0\r\n\r\n", "opaque")]
    [InlineData("SSH-2.0-OpenSSH_9.6 FreeBSD-20240701\r\n", "opaque")]
    [InlineData("\u0016\u0003\u0001", "tls")]
    public async Task OtherBytes_PassUnread(string bytes, string spoken)
    {
        await using Origin web = Origin.Saying("web");
        await using Origin raw = OpaqueTests.Echo();
        await using TestNode node = await AutoAsync(web, raw, "timeoutMs: 10000");

        using Peer client = await node.ConnectAsync();
        await client.SendAsync(bytes);
        client.EndSending();

        Assert.Equal(bytes, await client.ReadToEndAsync());
        await node.MetricIsAsync(1, "mesh_server_detected_total", ("spoken", spoken));
        await node.MetricIsAsync(1, "mesh_server_success_total");
    }

    [Theory]
    [InlineData("GET  / HTTP/1.1\r\nHost: web\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\nHost: web\n\n", 400)]
    [InlineData("GET / HTTP/2.0\r\nHost: web\r\n\r\n", 505)]
    public async Task MalformedHttp_IsRefused_AndNotPassedUnread(string request, int status)
    {
        await using Origin web = Origin.Saying("web");
        await using Origin raw = OpaqueTests.Echo();
        await using TestNode node = await AutoAsync(web, raw, "timeoutMs: 10000");

        using Peer client = await node.ConnectAsync();
        Message answer = await client.AskAsync(request);

        Assert.Equal((status, 0), (answer.Status, raw.Connections));
    }

    [Fact]
    public async Task ALineBeyondEveryLimit_IsRefused_AsHttp()
    {
        await using Origin web = Origin.Saying("web");
        await using Origin raw = OpaqueTests.Echo();
        await using TestNode node = await AutoAsync(web, raw, "timeoutMs: 10000");

        using Peer client = await node.ConnectAsync();
        await client.SendAsync($"GET /{new string('a', 40_000)}");

        Assert.Equal((414, 0), ((await client.ReadResponseAsync()).Status, raw.Connections));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3000)]
    public async Task Http_IsRouted_HoweverTlsCutsItsLine(int atOnce)
    {
        using TestCertificates certificates = new();
        CertificatePaths server = certificates.Issue("front");
        await using Origin web = Origin.Saying("web");
        await using Origin raw = OpaqueTests.Echo();
        await using TestNode node = await AutoAsync(
            web, raw, "timeoutMs: 10000", keys: $"tls: {{certPath: '{server.Certificate}', keyPath: '{server.Key}'}}");
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(node.Address);
        await using SslStream tls = new(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "front",
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
        }).WaitAsync(Peer.Patience);
        using Peer client = new(socket, tls);

        string request = $"GET /{new string('a', atOnce == 1 ? 10 : 8000)} HTTP/1.1\r\nHost: web\r\n\r\n";
        foreach (char[] piece in request.Chunk(atOnce)) await client.SendAsync(new string(piece));

        Assert.Equal("web", (await client.ReadResponseAsync()).Text);
        Assert.Equal(0, raw.Connections);
    }

    [Fact]
    public async Task WhoWaitsForItsServer_IsPassedOn_AfterAShortWait()
    {
        await using Origin web = Origin.Saying("web");
        await using Origin mysql = Origin.Scripted(static peer => peer.SendAsync("5.7 ready"));
        await using TestNode node = await AutoAsync(web, mysql, "timeoutMs: 20");

        using Peer client = await node.ConnectAsync();

        Assert.Equal("5.7 ready", await client.ReadToEndAsync());
        await node.MetricIsAsync(1, "mesh_server_detected_total", ("spoken", "silent"));
    }

    [Fact]
    public async Task OpaquePorts_AreNotWaitedFor()
    {
        await using Origin web = Origin.Saying("web");
        await using Origin mysql = Origin.Scripted(static peer => peer.SendAsync("5.7 ready"));
        int port = Kit.Ports.Free();
        await using TestNode node = await AutoAsync(web, mysql, $"timeoutMs: 10000, opaquePorts: [{port}]", port);

        using Peer client = await node.ConnectAsync();

        Assert.Equal("5.7 ready", await client.ReadToEndAsync());
        await node.MetricIsAsync(1, "mesh_server_detected_total", ("spoken", "port"));
    }

    [Fact]
    public async Task AConnectionOfHttp_StaysOne()
    {
        await using Origin web = Origin.Saying("web");
        await using Origin raw = OpaqueTests.Echo();
        await using TestNode node = await AutoAsync(web, raw, "timeoutMs: 10000");

        using Peer client = await node.ConnectAsync();
        for (int i = 0; i < 3; i++) Assert.Equal("web", (await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n")).Text);

        await node.MetricIsAsync(3, "mesh_server_responses_total", ("status", "2xx"));
        Assert.Equal(1, node.Metric("mesh_server_detected_total"));
    }

    /// <summary>Requests go to one, all else to the other.</summary>
    private static Task<TestNode> AutoAsync(Origin web, Origin raw, string detect, int port = 0, string keys = "") => TestNode.StartAsync($$"""
        { admin: {port: 0, shutdownGraceMs: 100}, loops: 1, routers: [{ protocol: auto, label: test, tcpIdentifier: {kind: io.l5d.static, path: /raw},
          dtab: "/svc => /$/inet/127.0.0.1/{{web.Port}}; /svc/raw => /$/inet/127.0.0.1/{{raw.Port}}",
          servers: [{ port: {{port}}, detect: {{{detect}}}, {{keys}} }] }] }
        """);
}
