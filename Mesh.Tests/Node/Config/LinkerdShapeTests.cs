using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>Configs as Linkerd 1's users write them, one a feature: they load as they are, or say which kind is not supported and where.</summary>
public sealed class LinkerdShapeTests
{
    public static TheoryData<string> ThatLoad() =>
    [
        LinkerdShapes.Chain, LinkerdShapes.AdminLists, LinkerdShapes.DtabFile, LinkerdShapes.HeadersAndLog, LinkerdShapes.Balancing,
        LinkerdShapes.Rewriting, LinkerdShapes.MeshPair, LinkerdShapes.Sockets, LinkerdShapes.Policies, LinkerdShapes.MetricsAndMethods,
        LinkerdShapes.Retries, LinkerdShapes.Windows, LinkerdShapes.Json,
    ];

    [Theory]
    [MemberData(nameof(ThatLoad))]
    public void SupportedShapes_LoadAsTheyAre_WithoutAWord(string text)
    {
        ConfigResult result = ConfigLoader.Load("f", text, [], Hooks);

        Assert.Empty(Loading.Lines(result.Faults));
        Assert.Empty(Loading.Lines(result.Warnings));
    }

    [Theory]
    [InlineData("- {protocol: thrift, thriftProtocol: binary, servers: [{port: 4140}]}", "2:14 protocol `thrift`")]
    [InlineData("- {protocol: thriftmux, experimental: true, servers: [{port: 4140}]}", "2:14 protocol `thriftmux`")]
    [InlineData("- {protocol: mux, servers: [{port: 4141}]}", "2:14 protocol `mux`")]
    [InlineData("- {protocol: http, servers: [{}], interpreter: {kind: io.l5d.namerd, dst: /$/inet/a/1}}", "2:55 kind `io.l5d.namerd`")]
    [InlineData("- {protocol: http, servers: [{}], interpreter: {kind: io.l5d.mesh, root: /default}}", "2:55 kind `io.l5d.mesh`")]
    [InlineData("- {protocol: http, servers: [{}], interpreter: {kind: io.l5d.consul.interpreter}}", "2:55 kind `io.l5d.consul.interpreter`")]
    [InlineData("- {protocol: http, servers: [{}], announcers: [{kind: io.l5d.serversets}]}", "2:35 `announcers`")]
    [InlineData("- {protocol: http, servers: [{port: 1, announce: [/#/a/b]}]}", "2:40 `announce`")]
    public void OtherShapes_SayWhatIsNotSupported_AndWhere(string router, string refused)
    {
        ConfigFault fault = Assert.Single(ConfigLoader.Load("f", "routers:\n" + router + "\n", [], Hooks).Faults);

        Assert.StartsWith($"{refused} is not supported", $"{fault.At.Short} {fault.What}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("io.l5d.consul")]
    [InlineData("io.l5d.k8s")]
    [InlineData("io.l5d.k8s.ns")]
    [InlineData("io.l5d.k8s.external")]
    [InlineData("io.l5d.marathon")]
    [InlineData("io.l5d.serversets")]
    [InlineData("io.l5d.zkLeader")]
    [InlineData("io.l5d.curator")]
    [InlineData("io.l5d.dnssrv")]
    [InlineData("io.l5d.rancher")]
    public void NamersThatAreNotThere_AreNamed_WhateverTheirKeys(string kind)
    {
        string text = $"namers:\n- kind: {kind}\n  experimental: true\n  host: localhost\n  zkAddrs: [{{host: a, port: 1}}]\n" + Loading.Minimal;

        string fault = Assert.Single(Loading.Lines(ConfigLoader.Load("f", text, [], Hooks).Faults));

        Assert.StartsWith($"f:2:9: kind `{kind}` is not supported", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("io.l5d.statsd\n  prefix: linkerd\n  gaugeIntervalMs: 10")]
    [InlineData("io.l5d.tracelog\n  sampleRate: 0.2\n  level: INFO")]
    [InlineData("io.l5d.zipkin\n  host: localhost\n  port: 9410")]
    [InlineData("io.l5d.recentRequests\n  sampleRate: 1.0")]
    public void TelemetersThatAreNotThere_OnlyWarn(string telemeter)
    {
        ConfigResult result = ConfigLoader.Load("f", $"telemetry:\n- kind: {telemeter}\n" + Loading.Minimal, [], Hooks);

        Assert.NotNull(result.Config);
        Assert.StartsWith("f:2:9: warning: kind `io.l5d.", Assert.Single(Loading.Lines(result.Warnings)), StringComparison.Ordinal);
    }

    /// <summary>Dtabs are judged as the program does.</summary>
    private static ConfigHooks Hooks => Loading.Hooks with { CheckDtab = Mesh.Node.Hosting.DtabCheck.FirstFault };
}
