using Mesh.Node.Config;
using Mesh.Node.Hosting;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Config;

/// <summary>Routers of protocol <c>h2</c>, and Linkerd's keys for connections of HTTP/2.</summary>
public sealed class Http2ConfigTests
{
    private const string Keys = "headerTableBytes: 8192, initialStreamWindowBytes: 1048576, maxFrameBytes: 32768, maxHeaderListBytes: 16384";

    private static readonly Path s_client = Path.Parse("/#/io.l5d.fs/web");

    [Fact]
    public void RouterH2_DiffersFromHttp_InItsDefaultsAlone()
    {
        RouterConfig h2 = Loading.Config("routers: [{protocol: h2, servers: [{}]}]").Routers[0];
        RouterConfig http = Loading.Config("routers: [{protocol: http, servers: [{}]}]").Routers[0];

        Assert.Equal(("h2", 4142, ClientProtocol.Http2), (h2.Label, h2.Servers[0].Port, h2.Speaks));
        Assert.Equal(("http", 4140, ClientProtocol.Http1), (http.Label, http.Servers[0].Port, http.Speaks));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("client: {protocol: http1},", ClientProtocol.Http1)]
    [InlineData(
        "client: {kind: io.l5d.static, configs: [{prefix: /, protocol: auto}, {prefix: '/#/io.l5d.fs/web', failFast: true}]},",
        ClientProtocol.Auto)]
    internal void ClientProtocol_IsTheRoutersWhereNoneIsWritten(string client, ClientProtocol? protocol)
    {
        RouterConfig router = Loading.Config($"routers: [{{protocol: h2, {client} servers: [{{}}]}}]").Routers[0];

        Assert.Equal(protocol, router.Client.For(s_client).Protocol);
    }

    [Fact]
    public void LinkerdsKeys_BecomeLimitsOfConnections()
    {
        RouterConfig router = Loading.Config(
            $"routers: [{{protocol: h2, client: {{{Keys}}}, servers: [{{maxConcurrentStreamsPerConnection: 32768, {Keys}}}]}}]").Routers[0];

        Http2Options server = Http2Terms.OfServer(router.Servers[0], new ServerConnectionOptions());
        Http2Options client = Http2Terms.OfClient(router.Client.For(s_client).Http2, ClientSessionConfig.Default, new Http1Limits());

        Assert.All([server, client], static options => Assert.Equal(
            (8192, 1_048_576, 32_768, 16_384),
            (options.HeaderTableBytes, options.StreamWindowBytes, options.MaxFrameBytes, options.MaxHeaderListBytes)));
        Assert.Equal((32_768, true), (server.MaxConcurrentStreams, server.TakesTunnels));
        Assert.Equal(Http2Options.Default.MaxConcurrentStreams, client.MaxConcurrentStreams);
    }

    [Fact]
    public void KeysThatAreNotWritten_LeaveMeshsDefaults_AndHeadsToTheRoutersLimits()
    {
        RouterConfig router = Loading.Config("routers: [{protocol: http, servers: [{upgrades: []}]}]").Routers[0];

        Http2Options server = Http2Terms.OfServer(
            router.Servers[0], new ServerConnectionOptions { Limits = new Http1Limits { MaxHeadBytes = 2048 } });

        Assert.Equal((2048, false), (server.MaxHeaderListBytes, server.TakesTunnels));
        Assert.Equal(
            (Http2Options.Default.StreamWindowBytes, Http2Options.Default.MaxConcurrentStreams),
            (server.StreamWindowBytes, server.MaxConcurrentStreams));
    }

    [Theory]
    [InlineData("{protocol: h2, servers: [{maxFrameBytes: 16383}]}", "`maxFrameBytes`")]
    [InlineData("{protocol: h2, servers: [{maxConcurrentStreamsPerConnection: 0}]}", "`maxConcurrentStreamsPerConnection`")]
    [InlineData("{protocol: h2, client: {protocol: http2}, servers: [{}]}", "`protocol`")]
    [InlineData("{protocol: h2, servers: [{}]}, {protocol: h2, label: other, servers: [{port: 4142}]}", "already the address")]
    [InlineData("{protocol: h2, h2AccessLog: a, httpAccessLog: b, servers: [{}]}", "`h2AccessLog`")]
    public void WhatCannotBe_IsAFault(string routers, string text) =>
        Assert.Contains(text, Assert.Single(Loading.Faults($"routers: [{routers}]")), StringComparison.Ordinal);

    [Fact]
    public void LinkerdsOwnNamesOfAnH2Router_AreKnown()
    {
        RouterConfig router = Loading.Config("""
            routers:
            - protocol: h2
              h2AccessLog: logs/access.log
              h2AccessLogRotateCount: 3
              identifier: [{kind: io.l5d.header.token, header: ':authority'}, {kind: io.l5d.header.path, segments: 2}, {kind: header.path}]
              service: {responseClassifier: {kind: io.l5d.h2.retryableRead5XX}}
              client: {windowUpdateRatio: 0.25}
              servers: [{windowUpdateRatio: 0.99, addForwardedHeader: {}}]
            """).Routers[0];

        Assert.Equal(0.99, router.Servers[0].Http2.WindowUpdateRatio);
        Assert.Equal(("logs/access.log", 3), (router.AccessLog!.Path, router.AccessLog.RotateCount));
        Assert.Equal(
            (IdentifierConfig[])[new HeaderTokenConfig(":authority"), new HeaderSegmentsConfig(":path", 2), new HeaderSegmentsConfig(":path", null)],
            router.Identifiers);
    }
}
