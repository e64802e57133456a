using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>Settings of Linkerd's that Mesh knows and does not act on.</summary>
public sealed class SupportTests
{
    [Theory]
    [InlineData("  client: {requestAuthorizers: [{kind: io.l5d.k8s.istio}]}\n", "5:12")]
    [InlineData("  client: {socketOptions: {keepAlive: true}}\n", "5:28")]
    [InlineData("  identifier: [{kind: header.token}, {kind: io.l5d.ingress}]\n", "5:45")]
    [InlineData("  interpreter: {transformers: [{kind: io.l5d.k8s.daemonset}]}\n", "5:39")]
    [InlineData("  tracePropagator: {kind: io.l5d.zipkin}\n", "5:3")]
    [InlineData("  interpreter: {kind: io.l5d.namerd, dst: /x}\n", "5:23")]
    [InlineData("    socketOptions: {reuseAddr: false}\n", "5:21")]
    [InlineData("- {protocol: thrift, servers: [{port: 1}]}\n", "5:14")]
    [InlineData("- {protocol: mux, servers: [{}]}\n", "5:14")]
    [InlineData("admin: {httpIdentifierPort: 5}\n", "5:9")]
    [InlineData("admin: {socketOptions: {noDelay: false}}\n", "5:25")]
    [InlineData("admin: {security: {pathWhitelist: ['/(?!admin).*']}}\n", "5:36")]
    [InlineData("namers: [{kind: io.l5d.consul}]\n", "5:17")]
    public void WhatTrafficWouldNotice_IsRefused(string added, string place)
    {
        string fault = Assert.Single(Loading.Faults(Loading.Minimal + added));

        Assert.StartsWith($"f:{place}: ", fault, StringComparison.Ordinal);
        Assert.Contains("not supported", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  service: {responseClassifier: {kind: io.l5d.http.nonRetryable5XX}}\n")]
    [InlineData("  client: {failFast: true, forwardClientCert: false, requestAuthorizers: []}\n")]
    [InlineData("  client: {tls: {enabled: false}, socketOptions: {noDelay: true, reuseAddr: true, reusePort: false, keepAlive: false}}\n")]
    [InlineData("telemetry: [{kind: io.l5d.prometheus, path: /admin/metrics/prometheus}]\n")]
    [InlineData("admin: {socketOptions: {noDelay: true}}\n")]
    [InlineData("  interpreter: {kind: default, transformers: []}\n")]
    [InlineData("  tracePropagator: {kind: io.l5d.default}\n")]
    [InlineData("  streamingEnabled: true\n")]
    [InlineData("    clearContext: false\n")]
    [InlineData("    socketOptions: {reuseAddr: true}\n")]
    [InlineData("    announce: []\n")]
    [InlineData("admin: {tls: null}\n")]
    [InlineData("admin:\n")]
    public void WhatAsksForNothing_Loads(string added)
    {
        var result = Loading.Load(Loading.Minimal + added);

        Assert.Empty(result.Faults);
        Assert.Empty(result.Warnings);
    }

    [Theory]
    [InlineData("  bindingCache: {trees: 5}\n", "f:5:18: warning: `trees` has no effect")]
    [InlineData("  bindingCache: {bounds: 5}\n", "f:5:18: warning: `bounds` has no effect")]
    [InlineData("usage: {enabled: false}\n", "f:5:1: warning: `usage` has no effect")]
    [InlineData("admin: {workerThreads: 2}\n", "f:5:9: warning: `workerThreads` has no effect")]
    [InlineData("admin: {ip: 0.0.0.0}\n", "f:5:13: warning: admin listens on 0.0.0.0")]
    [InlineData("admin: {ip: '::'}\n", "f:5:13: warning: admin listens on ::")]
    [InlineData("  client: {failureAccrual: {kind: none, backoff: {kind: constant, ms: 5}}}\n",
    "f:5:41: warning: `backoff` has no effect; nothing is taken")]
    [InlineData("  compressionLevel: 5\n", "f:5:3: warning: `compressionLevel` has no effect")]
    [InlineData("  experimental: true\n", "f:5:3: warning: `experimental` has no effect")]
    [InlineData("telemetry: [{kind: io.l5d.prometheus, path: /x}]\n",
    "f:5:45: warning: `path` has no effect; these metrics are served at /admin/metrics/prometheus")]
    [InlineData("telemetry: [{kind: io.l5d.prometheus, prefix: l5d_}]\n", "f:5:47: warning: `prefix` has no effect; names begin as Linkerd's")]
    [InlineData("  httpAccessLogAppend: false\n", "f:5:24: warning: `httpAccessLogAppend` has no effect without `httpAccessLog`")]
    [InlineData("  interpreter: {kind: fs, dtabFile: missing.dtab}\n",
    "f:5:37: warning: `dtabFile` names `missing.dtab`, which is no file here yet; the node waits for it")]
    [InlineData("telemetry: [{kind: com.example.own}]\n", "f:5:20: warning: kind `com.example.own` is unknown")]
    public void WhatNothingDependsOn_LoadsWithAWarning(string added, string begins)
    {
        var result = Loading.Load(Loading.Minimal + added);

        Assert.NotNull(result.Config);
        Assert.StartsWith(begins, Assert.Single(Loading.Lines(result.Warnings)), StringComparison.Ordinal);
    }
}
