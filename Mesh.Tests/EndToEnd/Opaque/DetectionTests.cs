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
    private static Task<TestNode> AutoAsync(Origin web, Origin raw, string detect, int port = 0) => TestNode.StartAsync($$"""
        { admin: {port: 0, shutdownGraceMs: 100}, loops: 1, routers: [{ protocol: auto, label: test, tcpIdentifier: {kind: io.l5d.static, path: /raw},
          dtab: "/svc => /$/inet/127.0.0.1/{{web.Port}}; /svc/raw => /$/inet/127.0.0.1/{{raw.Port}}",
          servers: [{ port: {{port}}, detect: {{{detect}}} }] }] }
        """);
}
