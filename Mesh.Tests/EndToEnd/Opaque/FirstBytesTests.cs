using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Mesh.Tests.EndToEnd.Opaque;

/// <summary>Names that stand in a ClientHello, which passes as it came; and what endpoints are told before a connection's own bytes.</summary>
public sealed class FirstBytesTests
{
    [Theory]
    [InlineData("a.example", "tcp", "identifier: {kind: io.mesh.sni},")]
    [InlineData("B.Example", "tcp", "identifier: {kind: io.mesh.sni},")]
    [InlineData("a.example", "auto", "")]
    [InlineData("b.example", "auto", "tcpIdentifier: [{kind: io.mesh.originalDst}, {kind: io.mesh.sni}],")]
    public async Task Tls_PassesThrough_ByItsHost(string host, string protocol, string keys)
    {
        TaskCompletionSource<string> helloed = new();
        await using Origin a = Hearing(helloed, "a");
        await using Origin b = Hearing(helloed, "b");
        await using TestNode node = await TestNode.StartAsync($$"""
            { admin: {port: 0, shutdownGraceMs: 100}, loops: 1, routers: [{ protocol: {{protocol}}, label: test, {{keys}}
              dtab: "/svc/a.example => /$/inet/127.0.0.1/{{a.Port}}; /svc/b.example => /$/inet/127.0.0.1/{{b.Port}}",
              servers: [{ port: 0, detect: {timeoutMs: 10000} }] }] }
            """);

        using TcpClient client = new();
        await client.ConnectAsync(node.Address);
        await using SslStream tls = new(client.GetStream());
        Task handshake = tls.AuthenticateAsClientAsync(host);

        Assert.Equal($"{char.ToLowerInvariant(host[0])} heard 16-3", await helloed.Task.WaitAsync(Peer.Patience));
        await Assert.ThrowsAnyAsync<Exception>(() => handshake);
    }

    [Fact]
    public async Task WithoutAHost_TheNextIdentifierIsAsked_OrNobody()
    {
        await using Origin echo = OpaqueTests.Echo();
        await using TestNode both = await TestNode.StartAsync(Config("[{kind: io.mesh.sni}, {kind: io.l5d.static, path: /rest}]", echo));
        await using TestNode alone = await TestNode.StartAsync(Config("{kind: io.mesh.sni}", echo));

        await OpaqueTests.SpeaksAsync(both);
        using Peer client = await alone.ConnectAsync();
        await client.SendAsync("no hello");

        Assert.True(await client.EndsByResetAsync());
        Assert.Contains("has no name: it has no TLS ClientHello", alone.Log, StringComparison.Ordinal);
        await alone.MetricIsAsync(1, "mesh_server_failures_total");
    }

    [Fact]
    public async Task WhoSaysNothing_IsNamedByTheNextIdentifier()
    {
        await using Origin greeter = Origin.Scripted(static peer => peer.SendAsync("220 ready"));
        await using TestNode node = await TestNode.StartAsync(
            Config("[{kind: io.mesh.sni}, {kind: io.l5d.static, path: /rest}]", greeter, "detect: {timeoutMs: 20}"));

        using Peer client = await node.ConnectAsync();

        Assert.Equal("220 ready", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Endpoints_AreToldWhoTheClientIs_InTheFirstVersion()
    {
        await using Origin origin = Origin.Scripted(static async peer => await peer.SendAsync(Encoding.Latin1.GetBytes(await LineAsync(peer))));
        await using TestNode node = await OpaqueTests.TcpAsync(OpaqueTests.To(origin), "client: {proxyProtocol: v1},");

        using Peer client = await node.ConnectAsync();
        await client.SendAsync("own\n");
        client.EndSending();
        string told = await client.ReadToEndAsync();

        Assert.Matches($@"^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ {node.Address.Port}\r\nown\n$", told);
    }

    [Theory]
    [InlineData("TCP4 192.0.2.1 192.0.2.2 1234 443")]
    [InlineData("TCP6 2001:db8::1 2001:db8::2 1234 443")]
    public async Task WhatABalancerBeforeTold_IsWhatEndpointsAreTold_OfBothEnds(string told)
    {
        await using Origin origin = Origin.Scripted(static async peer => await peer.SendAsync(Encoding.Latin1.GetBytes(await LineAsync(peer))));
        await using TestNode node = await OpaqueTests.TcpAsync(
            OpaqueTests.To(origin), "client: {proxyProtocol: v1},", "proxyProtocol: true");

        using Peer client = await node.ConnectAsync();
        await client.SendAsync($"PROXY {told}\r\nown\n");
        client.EndSending();

        Assert.Equal($"PROXY {told}\r\nown\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task ABalancerThatSpeaksForItself_IsTheClientThatIsTold()
    {
        await using Origin origin = Origin.Scripted(static async peer => await peer.SendAsync(Encoding.Latin1.GetBytes(await LineAsync(peer))));
        await using TestNode node = await OpaqueTests.TcpAsync(
            OpaqueTests.To(origin), "client: {proxyProtocol: v1},", "proxyProtocol: true");

        using Peer client = await node.ConnectAsync();
        await client.SendAsync("PROXY UNKNOWN\r\nown\n");
        client.EndSending();

        Assert.Matches($@"^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ {node.Address.Port}\r\nown\n$", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData("TCP4 192.0.2.1 127.0.0.9 1234 6379", "/svc/127.0.0.9/6379")]
    [InlineData("UNKNOWN", "/svc/here")]
    public async Task WhatTheClientOfABalancerConnectedTo_IsItsOriginalDestination(string told, string name)
    {
        await using Origin echo = OpaqueTests.Echo();
        await using TestNode node = await TestNode.StartAsync(
            Config("[{kind: io.mesh.originalDst}, {kind: io.l5d.static, path: /here}]", echo, "proxyProtocol: true"));

        using Peer client = await node.ConnectAsync();
        await client.SendAsync($"PROXY {told}\r\na");
        Assert.Equal("a", await client.ReadAsync(1));
        client.EndSending();

        await node.MetricIsAsync(1, "mesh_service_success_total", ("service", name));
    }

    [Fact]
    public async Task TheSecondVersion_IsBinary()
    {
        TaskCompletionSource<byte[]> first = new();
        await using Origin origin = Origin.Scripted(async peer => first.SetResult(await peer.ReadBytesAsync(28)));
        await using TestNode node = await OpaqueTests.TcpAsync(OpaqueTests.To(origin), "client: {proxyProtocol: v2},");

        using Peer client = await node.ConnectAsync();
        byte[] header = await first.Task.WaitAsync(Peer.Patience);

        Assert.Equal("0D0A0D0A000D0A515549540A2111000C7F0000017F000001", Convert.ToHexString(header)[..48]);
    }

    private static async Task<string> LineAsync(Peer peer) => Encoding.Latin1.GetString(await peer.ReadBytesAsync(int.MaxValue));

    private static string Config(string identifier, Origin origin, string server = "") => $$"""
        { admin: {port: 0, shutdownGraceMs: 100}, loops: 1, routers: [{ protocol: tcp, label: test, identifier: {{identifier}},
          dtab: "/svc => /$/inet/127.0.0.1/{{origin.Port}}", servers: [{ port: 0, {{server}} }] }] }
        """;

    /// <summary>Tells that it was given a ClientHello, and by its name which origin it is.</summary>
    private static Origin Hearing(TaskCompletionSource<string> heard, string name) => Origin.Scripted(async peer =>
    {
        byte[] first = await peer.ReadBytesAsync(2);
        heard.TrySetResult($"{name} heard {first[0]:x}-{first[1]:x}");
    });
}
