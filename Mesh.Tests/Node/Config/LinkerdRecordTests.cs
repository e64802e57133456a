using System.Net;
using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>What of Linkerd's vocabulary comes out of a file without faults: names, listeners, logs.</summary>
public sealed class LinkerdRecordTests
{
    [Fact]
    public void Identifiers_BecomeTheirRecords_InOrder()
    {
        RouterConfig router = Router("""
              identifier:
              - {kind: io.l5d.header}
              - {kind: io.l5d.path, segments: 2, consume: true}
              - {kind: methodAndHost, httpUriInDst: true}
              - {kind: io.l5d.static, path: /foo/bar}
            """);

        Assert.Equal<IdentifierConfig>(
            [
                new HeaderPathConfig("l5d-name"), new PathIdentifierConfig(2, true), new MethodAndHostConfig(true),
                new StaticIdentifierConfig("foo/bar"),
            ],
            router.Identifiers);
    }

    [Fact]
    public void OneIdentifier_NeedsNoList()
    {
        Assert.Equal<IdentifierConfig>([new PathIdentifierConfig(1, false)], Router("  identifier: {kind: io.l5d.path}\n").Identifiers);
    }

    [Fact]
    public void Transformers_BecomeTheirRecords_WithLinkerdsPrefixes()
    {
        RouterConfig router = Router("""
              interpreter:
                kind: default
                transformers:
                - {kind: io.l5d.port, port: 4141}
                - {kind: port, port: 1, prefix: /own/p}
                - {kind: io.l5d.localhost}
                - {kind: io.l5d.specificHost, host: 10.0.0.1}
                - {kind: io.l5d.replace, path: /#/io.l5d.fs/a}
                - {kind: io.l5d.const, path: /$/inet/a/1, prefix: c}
            """);

        Assert.Equal<TransformerConfig>(
            [
                new PortTransformerConfig("io.l5d.port/4141", 4141), new PortTransformerConfig("own/p", 1),
                new LocalhostTransformerConfig("io.l5d.localhost"), new SpecificHostTransformerConfig("io.l5d.specificHost", "10.0.0.1"),
                new ReplaceTransformerConfig("io.l5d.replace", "/#/io.l5d.fs/a"), new ConstTransformerConfig("c", "/$/inet/a/1"),
            ],
            Assert.IsType<DefaultInterpreterConfig>(router.Interpreter).Transformers);
    }

    [Fact]
    public void FileInterpreter_HasItsFile()
    {
        FsInterpreterConfig fs = Assert.IsType<FsInterpreterConfig>(Router("  interpreter: {kind: io.l5d.fs, dtabFile: a/b.dtab}\n").Interpreter);

        Assert.Equal("a/b.dtab", fs.DtabFile);
        Assert.Empty(fs.Transformers);
    }

    [Fact]
    public void RewriteNamer_HasPatternAndName()
    {
        MeshConfig config = Loading.Config(
            "namers:\n- {kind: io.l5d.rewrite, prefix: /apiToSrv, pattern: '/{service}/api', name: '/srv/{service}', "
            + "transformers: [{kind: io.l5d.port, port: 2}]}\n" + Loading.Minimal);

        RewriteNamerConfig namer = Assert.IsType<RewriteNamerConfig>(Assert.Single(config.Namers));
        Assert.Equal(("apiToSrv", "/{service}/api", "/srv/{service}"), (namer.Prefix, namer.Pattern, namer.Name));
        Assert.Equal(new PortTransformerConfig("io.l5d.port/2", 2), Assert.Single(namer.Transformers));
    }

    [Fact]
    public void Server_HasAllOfLinkerds()
    {
        ServerConfig server = Router("""
                label: front
                maxConcurrentRequests: 100
                timeoutMs: 5000
                clearContext: true
                addForwardedHeader: {by: {kind: static, label: edge-1}, for: {kind: "ip:port"}}
                timestampHeader: x-request-start
                maxCallDepth: 20
            """).Servers[0];

        Assert.Equal(("front", 100, 5000), (server.Label, server.MaxConcurrentRequests, server.TimeoutMs));
        Assert.Equal(
            new ServerContextConfig(
                true, new ForwardedConfig(new(ForwardedLabelKind.Static, "edge-1"), new(ForwardedLabelKind.IpPort)), "x-request-start", 20),
            server.Context);
    }

    [Theory]
    [InlineData("requestRandom")]
    [InlineData("connectionRandom")]
    [InlineData("ip")]
    [InlineData("router")]
    public void Labelers_AreLinkerds(string kind)
    {
        ServerConfig server = Router($"    addForwardedHeader: {{by: {{kind: {kind}}}}}\n").Servers[0];

        Assert.Equal(kind, server.Context.Forwarded!.By.Kind.ToString(), ignoreCase: true);
        Assert.Equal(new ForwardedLabel(ForwardedLabelKind.RequestRandom), server.Context.Forwarded.For);
    }

    [Fact]
    public void ServerThatSaysNothing_AddsNothing()
    {
        ServerConfig server = Router("").Servers[0];

        Assert.Equal(ServerContextConfig.Default, server.Context);
        Assert.Equal((null, null, null), (server.Label, server.MaxConcurrentRequests, server.TimeoutMs));
    }

    [Fact]
    public void ReadAndWriteTimeouts_TightenTheLimitsThatExist()
    {
        ServerConfig server = Router("    socketOptions: {readTimeoutMs: 9000, writeTimeoutMs: 4000}\n").Servers[0];

        Assert.Equal((9000, 4000, 9000), (server.HeadTimeoutMs, server.BodyIdleTimeoutMs, server.Session.IdleTimeMs));
    }

    [Fact]
    public void LongReadTimeouts_LoosenNothing_ButEndIdlingForEver()
    {
        ServerConfig server = Router("    socketOptions: {readTimeoutMs: 900000}\n    serverSession: {idleTimeMs: 0}\n").Servers[0];

        Assert.Equal((10_000, 60_000, 900_000), (server.HeadTimeoutMs, server.BodyIdleTimeoutMs, server.Session.IdleTimeMs));
    }

    [Theory]
    [InlineData("never", "Never", DayOfWeek.Sunday, 0)]
    [InlineData("Hourly", "Hourly", DayOfWeek.Sunday, 0)]
    [InlineData("daily", "Daily", DayOfWeek.Sunday, 0)]
    [InlineData("weekly(1)", "Weekly", DayOfWeek.Sunday, 0)]
    [InlineData("Weekly(7)", "Weekly", DayOfWeek.Saturday, 0)]
    [InlineData("100.megabytes", "Size", DayOfWeek.Sunday, 100 << 20)]
    [InlineData("1.gigabyte", "Size", DayOfWeek.Sunday, 1 << 30)]
    [InlineData("3.bytes", "Size", DayOfWeek.Sunday, 3)]
    public void RollPolicies_AreLinkerds(string written, string kind, DayOfWeek day, long bytes)
    {
        AccessLogConfig? log = Router($"  httpAccessLog: a.log\n  httpAccessLogRollPolicy: {written}\n").AccessLog;

        Assert.Equal(new AccessLogConfig("a.log", new RollPolicy(Enum.Parse<RollPolicyKind>(kind), day, bytes), true, -1), log);
    }

    [Fact]
    public void AccessLog_HasAppendAndRotateCount()
    {
        RouterConfig router = Router(
            "  httpAccessLog: /dev/stdout\n  httpAccessLogAppend: false\n  httpAccessLogRotateCount: 5\n  originator: true\n");

        Assert.Equal((new AccessLogConfig("/dev/stdout", RollPolicy.Never, false, 5), true), (router.AccessLog, router.Originator));
        Assert.Null(Router("").AccessLog);
    }

    [Fact]
    public void AdminSecurity_HasItsListsAndSwitches()
    {
        AdminConfig admin = Loading.Config("""
            admin:
              security:
                controlEnabled: false
                diagnosticsEnabled: false
                pathWhitelist: [/admin/threads, "/admin/metrics.*"]
                pathBlacklist: [/help]

            """ + Loading.Minimal).Admin;

        Assert.Equal((true, false, false), (admin.Security.UiEnabled, admin.Security.ControlEnabled, admin.Security.DiagnosticsEnabled));
        Assert.Equal<string>(["/admin/threads", "/admin/metrics.*"], admin.Security.PathWhitelist);
        Assert.Equal<string>(["/help"], admin.Security.PathBlacklist);
    }

    [Fact]
    public void QuotedNumbersAndShortAddresses_AreRead_AsLinkerdDoes()
    {
        ServerConfig server = Router("    ip: \"127.1\"\n    maxCallDepth: \"7\"\n    clearContext: \"true\"\n").Servers[0];

        Assert.Equal((IPAddress.Loopback, 7, true), (server.Ip, server.Context.MaxCallDepth, server.Context.ClearContext));
    }

    private static RouterConfig Router(string added) => Loading.Config(Loading.Minimal + added.TrimEnd('\n') + "\n").Routers[0];
}
