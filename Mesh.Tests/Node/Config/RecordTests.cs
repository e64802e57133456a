using Mesh.Wire.Loops;
using System.Net;
using Mesh.Node.Config;
using Mesh.Routing.Accrual;
using Mesh.Routing.Balancing;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>What comes out of a file without faults.</summary>
public sealed class RecordTests
{
    private static readonly BackoffConfig s_eleven = new BackoffConfig.Constant(TimeSpan.FromMilliseconds(11));

    [Fact]
    public void LeftOutKeys_HaveTheirDefaults()
    {
        MeshConfig config = Loading.Config("routers:\n- protocol: http\n  servers:\n  -\n");

        RouterConfig router = Assert.Single(config.Routers);
        ServerConfig server = Assert.Single(router.Servers);
        Assert.Equal(new AdminConfig(IPAddress.Loopback, 9990, 10_000, AdminSecurityConfig.Default, null), config.Admin);
        Assert.Equal(TransportKind.Auto, config.Transport);
        Assert.InRange(config.Loops, 1, 64);
        Assert.Empty(config.Namers);
        Assert.Equal(("http", "/svc", "", 10_000), (router.Label, router.DstPrefix, router.Dtab, router.BindingTimeoutMs));
        Assert.Equal(new HeaderTokenConfig("Host"), Assert.Single(router.Identifiers));
        Assert.Equal(new BindingCacheConfig(1000, 1000, 600), router.BindingCache);
        Assert.Equal((64 * 1024, 16 * 1024, 200), (router.Limits.MaxHeadersBytes, router.Limits.MaxInitialLineBytes, router.Limits.MaxHeaderFields));
        Assert.Equal(
            new BalancerConfig { Kind = BalancerKind.PeakEwma, MaxEffort = 5, Decay = TimeSpan.FromSeconds(10), PanicThreshold = 0.5 },
            router.Client.Defaults.LoadBalancer);
        Assert.Equal(
            new AccrualConfig.ConsecutiveFailures
            {
                Failures = 5, Backoff = new BackoffConfig.EqualJittered(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(300)),
            },
            router.Client.Defaults.FailureAccrual);
        Assert.Equal((TimeSpan.FromSeconds(1), null), (router.Client.Defaults.ConnectTimeout, router.Client.Defaults.RequestAttemptTimeout));
        Assert.Equal(new ConnectionPoolConfig(0, 1024, 60_000, 1024), router.Client.Defaults.Pool);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 4140), server.EndPoint);
        Assert.Equal("*", Assert.Single(server.Upgrades));
        Assert.Equal((10_000, 60_000), (server.HeadTimeoutMs, server.BodyIdleTimeoutMs));
        Assert.Equal(new SocketOptionsConfig(true, false, false, 4096), server.SocketOptions);
        Assert.Equal((TimeSpan.FromMinutes(10), null), (server.Session.IdleTime, server.Session.LifeTime));
    }

    [Fact]
    public void WrittenKeys_ReachTheirRecords()
    {
        MeshConfig config = Loading.Config("""
            admin: {ip: "::1", port: 0, shutdownGraceMs: 5}
            loops: 3
            transport: sockets
            namers:
            - {kind: io.l5d.fs, rootDir: a/b}
            - {kind: fs, rootDir: c, prefix: /#/other}
            routers:
            - protocol: http
              label: out
              dstPrefix: /http
              dtab: |
                /svc => /a ;
                /svc/x => /b
              identifier:
              - {kind: io.l5d.header.token, header: X-Name}
              - kind: header.token
              interpreter: {kind: default}
              bindingTimeoutMs: 7
              bindingCache: {paths: 1, clients: 4, idleTtlSecs: 5}
              maxHeadersKB: 9
              maxInitialLineKB: 8
              maxHeaderFields: 7
              client:
                kind: io.l5d.global
                loadBalancer: {kind: roundRobin, maxEffort: 2}
                failureAccrual: {kind: consecutiveFailures, failures: 2, backoff: {kind: constant, ms: 11}}
                connectTimeoutMs: 12
                requestAttemptTimeoutMs: 13
                hostConnectionPool: {minSize: 1, maxSize: 2, idleTimeMs: 3, maxWaiters: 4}
              servers:
              - port: 1
                ip: 0.0.0.0
                socketOptions: {noDelay: false, reusePort: true, keepAlive: true, backlog: 9}
                serverSession: {idleTimeMs: 0, lifeTimeMs: 10}
                headTimeoutMs: 14
                bodyIdleTimeoutMs: 15
                upgrades: [WebSocket, h2c]
              - {port: 2}
            """);

        RouterConfig router = Assert.Single(config.Routers);
        ServerConfig server = router.Servers[0];
        Assert.Equal(new AdminConfig(IPAddress.IPv6Loopback, 0, 5, AdminSecurityConfig.Default, null), config.Admin);
        Assert.Equal((3, TransportKind.Sockets), (config.Loops, config.Transport));
        Assert.Equal((new FsNamerConfig("io.l5d.fs", [], "a/b"), new FsNamerConfig("other", [], "c")), (config.Namers[0], config.Namers[1]));
        Assert.Equal(("out", "/http", "/svc => /a ;\n/svc/x => /b\n", 7), (router.Label, router.DstPrefix, router.Dtab, router.BindingTimeoutMs));
        Assert.Equal((new HeaderTokenConfig("X-Name"), new HeaderTokenConfig("Host")), (router.Identifiers[0], router.Identifiers[1]));
        Assert.Equal(new BindingCacheConfig(1, 4, 5), router.BindingCache);
        Assert.Equal(new HttpLimitsConfig(9, 8, 7), router.Limits);
        Assert.Equal(new BalancerConfig { Kind = BalancerKind.RoundRobin, MaxEffort = 2 }, router.Client.Defaults.LoadBalancer);
        Assert.Equal(new AccrualConfig.ConsecutiveFailures { Failures = 2, Backoff = s_eleven }, router.Client.Defaults.FailureAccrual);
        Assert.Equal((12, 13), (router.Client.Defaults.ConnectTimeoutMs, router.Client.Defaults.RequestAttemptTimeoutMs));
        Assert.Equal(new ConnectionPoolConfig(1, 2, 3, 4), router.Client.Defaults.Pool);
        Assert.Equal(new IPEndPoint(IPAddress.Any, 1), server.EndPoint);
        Assert.Equal(new SocketOptionsConfig(false, true, true, 9), server.SocketOptions);
        Assert.Equal((null, TimeSpan.FromMilliseconds(10)), (server.Session.IdleTime, server.Session.LifeTime));
        Assert.Equal((14, 15), (server.HeadTimeoutMs, server.BodyIdleTimeoutMs));
        Assert.Equal("websocket h2c", string.Join(' ', server.Upgrades));
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 2), router.Servers[1].EndPoint);
    }

    [Fact]
    public void NoAccrual_IsOneThatNeverActs()
    {
        MeshConfig config = Loading.Config(Loading.Minimal + "  client: {failureAccrual: {kind: none}}\n");

        Assert.Equal(new AccrualConfig.None(), config.Routers[0].Client.Defaults.FailureAccrual);
    }

    [Fact]
    public void ConfiguredJitter_IsDecorrelated_AsInLinkerd()
    {
        MeshConfig config = Loading.Config(Loading.Minimal + "  client: {failureAccrual: {backoff: {kind: jittered, minMs: 1, maxMs: 2}}}\n");

        Assert.Equal(
            new BackoffConfig.Jittered(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2)),
            config.Routers[0].Client.Defaults.FailureAccrual.Backoff);
    }

    [Theory]
    [InlineData("io.l5d.fs")]
    [InlineData("/io.l5d.fs")]
    [InlineData("/#/io.l5d.fs")]
    public void NamerPrefix_MayBeWrittenAsAName(string written)
    {
        MeshConfig config = Loading.Config($"namers: [{{kind: fs, rootDir: d, prefix: {written}}}]\n" + Loading.Minimal);

        Assert.Equal("io.l5d.fs", config.Namers[0].Prefix);
    }

    [Fact]
    public void Json_IsReadByTheSameRules()
    {
        const string Text = "{\n\t\"admin\": {\"port\": 1},\n\t\"routers\": [\n\t\t"
            + "{\"protocol\": \"http\", \"servers\": [{\"port\": 2}], \"dtab\": \"\\/svc=>\\u002fa\"}\n\t]\n}\n";

        MeshConfig config = Loading.Config(Text);

        Assert.Equal((1, 2, "/svc=>/a"), (config.Admin.Port, config.Routers[0].Servers[0].Port, config.Routers[0].Dtab));
        Assert.StartsWith("f:2:20: `port` is `x`", Assert.Single(Loading.Faults(Text.Replace("1}",
            "\"x\"}", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_SaysWhatWouldRun()
    {
        MeshConfig config = Loading.Config("namers: [{kind: fs, rootDir: d}]\n" + Loading.Minimal + "  - {port: 1, ip: '::'}\n");

        Assert.Equal("router http on 127.0.0.1:4140, [::]:1; namer /#/io.l5d.fs; admin on 127.0.0.1:9990", ConfigSummary.Of(config));
    }
}
