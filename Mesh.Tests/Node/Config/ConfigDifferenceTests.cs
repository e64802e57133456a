using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>What of a changed file needs a restart, and what does not.</summary>
public sealed class ConfigDifferenceTests
{
    private const string Base = """
        admin: {port: 1, security: {pathBlacklist: [/help]}}
        loops: 2
        namers: [{kind: fs, rootDir: d}]
        routers:
        - protocol: http
          label: a
          dtab: /svc => /a
          identifier: [{kind: path}, {kind: header}]
          client: {connectTimeoutMs: 5}
          service: {totalTimeoutMs: 5}
          interpreter: {kind: default}
          servers: [{port: 2, upgrades: [websocket]}]
        - {protocol: http, label: b, servers: [{port: 3}]}

        """;

    [Theory]
    [InlineData("dtab: /svc => /a", "dtab: /svc => /b")]
    [InlineData("rootDir: d", "rootDir: e")]
    [InlineData("connectTimeoutMs: 5", "connectTimeoutMs: 6")]
    [InlineData("client: {connectTimeoutMs: 5}", "client: {kind: static, configs: [{prefix: /, connectTimeoutMs: 6}]}")]
    [InlineData("totalTimeoutMs: 5", "totalTimeoutMs: 6")]
    [InlineData("totalTimeoutMs: 5", "retries: {maxRetries: 1}, rateLimits: [{requestsPerSec: 5}], faultInjection: [{delayMs: 5}]")]
    [InlineData("connectTimeoutMs: 5", "loadBalancer: {kind: maglev, key: {kind: source}}, healthCheck: {kind: tcp}, concurrency: {kind: adaptive}")]
    [InlineData("label: b,", "label: b, bindingTimeoutMs: 5, bindingCache: {paths: 5},")]
    [InlineData("interpreter: {kind: default}", "interpreter: {kind: fs, dtabFile: x}")]
    [InlineData("loops: 2", "loops: 2 # a word")]
    [InlineData("upgrades: [websocket]", "upgrades: ['WebSocket']")]
    [InlineData("/help", "'/help'")]
    public void NamesAndPolicies_NeedNoRestart(string written, string changed)
    {
        MeshConfig now = Loading.Config(Base.Replace(written, changed, StringComparison.Ordinal));

        Assert.Empty(ConfigDifference.RestartNeeded(Loading.Config(Base), now));
    }

    [Theory]
    [InlineData("admin: {port: 1", "admin: {port: 7", "admin changed")]
    [InlineData("/help", "/helm", "admin changed")]
    [InlineData("loops: 2", "loops: 3", "loops changed")]
    [InlineData("loops: 2", "loops: 2\ntransport: sockets", "transport changed")]
    [InlineData("{kind: path}", "{kind: path, segments: 2}", "routers[0] (a): identifier changed")]
    [InlineData("upgrades: [websocket]", "upgrades: [h2c]", "routers[0] (a): servers changed")]
    [InlineData("{port: 3}", "{port: 3, clearContext: true}", "routers[1] (b): servers changed")]
    [InlineData("servers: [{port: 3}]", "servers: [{port: 3}, {port: 4}]", "routers[1] (b): servers changed")]
    [InlineData("label: b,", "label: b, dstPrefix: /x,", "routers[1] (b): dstPrefix changed")]
    [InlineData("label: b,", "label: b, originator: true,", "routers[1] (b): originator changed")]
    [InlineData("label: b,", "label: b, httpAccessLog: x,", "routers[1] (b): httpAccessLog changed")]
    [InlineData("label: b,", "label: b, maxHeadersKB: 63,", "routers[1] (b): maxHeadersKB, maxInitialLineKB or maxHeaderFields changed")]
    [InlineData("- {protocol: http, label: b, servers: [{port: 3}]}\n", "", "routers[1] (b): removed")]
    [InlineData("- {protocol: http, label: b",
        "- {protocol: http, label: c, servers: [{port: 9}]}\n- {protocol: http, label: b", "routers[1] (c): added")]
    public void WhatIsBuiltAtStart_IsNamed(string written, string changed, string line)
    {
        MeshConfig now = Loading.Config(Base.Replace(written, changed, StringComparison.Ordinal));

        Assert.Equal([line], ConfigDifference.RestartNeeded(Loading.Config(Base), now));
    }

    [Fact]
    public void AnotherLabel_IsAnotherRouter()
    {
        IReadOnlyList<string> lines = ConfigDifference.RestartNeeded(
            Loading.Config(Base), Loading.Config(Base.Replace("label: b", "label: c", StringComparison.Ordinal)));

        Assert.Equal(["routers[1] (c): added", "routers[1] (b): removed"], lines);
    }

    [Fact]
    public void RecordsOfNames_AreEqualByWhatTheyHold()
    {
        const string Text = "namers: [{kind: fs, rootDir: d, transformers: [{kind: port, port: 1}]}]\n"
            + Loading.Minimal + "  interpreter: {transformers: [{kind: localhost}]}\n";
        MeshConfig left = Loading.Config(Text), right = Loading.Config("# a word\n" + Text);

        Assert.Equal(left.Namers[0], right.Namers[0]);
        Assert.Equal(left.Routers[0].Interpreter, right.Routers[0].Interpreter);
        Assert.NotEqual(left.Namers[0], Loading.Config(Text.Replace("port: 1", "port: 2", StringComparison.Ordinal)).Namers[0]);
        Assert.NotEqual(left.Routers[0].Interpreter, InterpreterConfig.Default);
    }
}
