using Mesh.Node.Config;
using Mesh.Routing.Balancing;
using Xunit;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Tests.Node.Config;

/// <summary>Routers <c>tcp</c> and <c>auto</c>.</summary>
public sealed class TcpConfigTests
{
    private static readonly Path s_client = Path.Parse("/#/io.l5d.fs/db");

    [Fact]
    public void RouterTcp_NamesByPort_PrefersTheLeastLoaded_AndWaitsAnHour()
    {
        RouterConfig router = Loading.Config("routers: [{protocol: tcp, servers: [{port: 5432}]}]").Routers[0];

        Assert.Equal(("tcp", RouterTakes.Opaque, 5432), (router.Label, router.Takes, router.Servers[0].Port));
        Assert.Equal((ConnectionIdentifierConfig[])[new PortIdentifierConfig()], router.ConnectionIdentifiers);
        Assert.Empty(router.Identifiers);
        Assert.Equal(BalancerKind.LeastLoaded, router.Client.For(s_client).LoadBalancer.Kind);
        Assert.Equal(OpaqueServerConfig.Default, router.Servers[0].Opaque);
    }

    [Fact]
    public void RouterAuto_IsHttps_AndNamesOtherConnectionsByWhatTheyTell()
    {
        RouterConfig router = Loading.Config("routers: [{protocol: auto, servers: [{}]}]").Routers[0];

        Assert.Equal(("auto", RouterTakes.Either, 4140, ClientProtocol.Http1), (router.Label, router.Takes, router.Servers[0].Port, router.Speaks));
        Assert.Equal(
            (ConnectionIdentifierConfig[])[new SniIdentifierConfig(), new OriginalDstIdentifierConfig(), new PortIdentifierConfig()],
            router.ConnectionIdentifiers);
        Assert.Equal((IdentifierConfig[])[new HeaderTokenConfig("Host")], router.Identifiers);
        Assert.Equal(BalancerKind.PeakEwma, router.Client.For(s_client).LoadBalancer.Kind);
    }

    [Fact]
    public void WhatIsWritten_IsRead()
    {
        RouterConfig router = Loading.Config("""
            routers:
            - protocol: tcp
              identifier: [{kind: io.mesh.sni}, {kind: io.l5d.static, path: /rest}]
              client: {proxyProtocol: v2, connectTimeoutMs: 250, loadBalancer: {kind: maglev, key: {kind: source}}}
              servers: [{port: 443, idleTimeoutMs: 5000, detect: {timeoutMs: 50}}]
            """).Routers[0];
        RouterConfig auto = Loading.Config("routers: [{protocol: auto, servers: [{detect: {opaquePorts: [1, 2, 1]}}]}]").Routers[0];

        Assert.Equal((ConnectionIdentifierConfig[])[new SniIdentifierConfig(), new StaticConnectionConfig("rest")], router.ConnectionIdentifiers);
        Assert.Equal((ProxyHeaderVersion.V2, 250), (router.Client.For(s_client).ProxyProtocol, router.Client.For(s_client).ConnectTimeoutMs));
        Assert.Equal((5000, 50), (router.Servers[0].Opaque.IdleTimeoutMs, router.Servers[0].Opaque.DetectTimeoutMs));
        Assert.Equal((int[])[1, 2], auto.Servers[0].Opaque.OpaquePorts.Items);
    }

    [Theory]
    [InlineData("{protocol: tcp, servers: [{}]}", "needs `port`")]
    [InlineData("{protocol: tcp, servers: [{port: 1, upgrades: []}]}", "`upgrades`")]
    [InlineData("{protocol: tcp, service: {totalTimeoutMs: 1}, servers: [{port: 1}]}", "`service` is not supported")]
    [InlineData("{protocol: tcp, identifier: {kind: io.l5d.header.token}, servers: [{port: 1}]}", "io.l5d.header.token")]
    [InlineData("{protocol: tcp, client: {protocol: h2}, servers: [{port: 1}]}", "`protocol` is not supported")]
    [InlineData("{protocol: tcp, client: {loadBalancer: {kind: maglev, key: {kind: header, name: a}}}, servers: [{port: 1}]}", "`kind: source`")]
    [InlineData("{protocol: http, client: {proxyProtocol: v1}, servers: [{}]}", "`proxyProtocol` is not supported")]
    [InlineData("{protocol: auto, client: {proxyProtocol: v1}, servers: [{}]}", "`proxyProtocol` is not supported")]
    [InlineData("{protocol: http, identifier: {kind: io.mesh.port}, servers: [{}]}", "io.mesh.port")]
    [InlineData("{protocol: http, servers: [{detect: {}}]}", "`detect`")]
    [InlineData("{protocol: auto, servers: [{detect: {opaquePorts: [0]}}]}", "`opaquePorts`")]
    [InlineData("{protocol: tcp, servers: [{port: 5000}]}, {protocol: auto, servers: [{port: 5000}]}", "already the address")]
    public void WhatCannotBe_IsAFault(string routers, string text) =>
        Assert.Contains(text, Assert.Single(Loading.Faults($"routers: [{routers}]")), StringComparison.Ordinal);

    [Fact]
    public void AnotherProtocol_OrIdentifier_NeedsARestart()
    {
        MeshConfig tcp = Loading.Config("routers: [{protocol: tcp, label: a, servers: [{port: 1}]}]");
        MeshConfig sni = Loading.Config("routers: [{protocol: tcp, label: a, identifier: {kind: io.mesh.sni}, servers: [{port: 1}]}]");
        MeshConfig dtab = Loading.Config("routers: [{protocol: tcp, label: a, dtab: /a => /b, client: {failFast: true}, servers: [{port: 1}]}]");

        Assert.Equal(["routers[0] (a): tcpIdentifier changed"], ConfigDifference.RestartNeeded(tcp, sni));
        Assert.Empty(ConfigDifference.RestartNeeded(tcp, dtab));
    }
}
