using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>Configs as Linkerd 1's users write them, one a feature: they load as they are, or say which kind is not supported and where.</summary>
public sealed class LinkerdShapeTests
{
    private const string Fs = "namers:\n- kind: io.l5d.fs\n  rootDir: disco\n";

    public static TheoryData<string> ThatLoad() => new()
    {
        // A chain of two routers, each with a log, and a dtab that ends in a semicolon.
        "admin:\n  port: 9990\nrouters:\n- protocol: http\n  httpAccessLog: logs/one.log\n  label: one\n  dtab: |\n    /svc => /$/inet/127.1/4141;\n"
            + "  servers:\n  - port: 4140\n- protocol: http\n  httpAccessLog: logs/two.log\n  label: two\n  dtab: |\n    /svc => /$/inet/127.1/8080;\n"
            + "  servers:\n  - port: 4141\n",

        // Paths of the request, with what admin may show.
        "admin:\n  security:\n    controlEnabled: false\n    pathWhitelist:\n    - \"/admin/.*\"\n    pathBlacklist:\n    - \"/help\"\nrouters:\n"
            + "- protocol: http\n  dtab: |\n    /svc/* => /$/inet/127.1/9990;\n  identifier:\n    kind: io.l5d.path\n    segments: 1\n    consume: true\n"
            + "  servers:\n  - port: 4140\n",

        // A dtab from a file.
        Fs + "routers:\n- protocol: http\n  interpreter:\n    kind: io.l5d.fs\n    dtabFile: routes.dtab\n  servers:\n  - port: 4140\n",

        // Headers, limits, the log's policy.
        Fs + "routers:\n- protocol: http\n  httpAccessLog: logs/a.log\n  httpAccessLogRollPolicy: daily\n  httpAccessLogAppend: true\n"
            + "  httpAccessLogRotateCount: -1\n  maxHeadersKB: 16\n  maxInitialLineKB: 16\n  identifier: {kind: io.l5d.header}\n"
            + "  dtab: |\n    /svc => /#/io.l5d.fs;\n  servers:\n  - port: 4140\n    addForwardedHeader:\n      by: {kind: \"ip:port\"}\n      for: {kind: \"ip\"}\n",

        // Balancer, pool, accrual with backoff.
        Fs + "routers:\n- protocol: http\n  dtab: |\n    /svc => /#/io.l5d.fs\n  servers:\n  - port: 4140\n    maxConcurrentRequests: 10\n  client:\n"
            + "    loadBalancer:\n      kind: p2c\n      maxEffort: 10\n    hostConnectionPool:\n      minSize: 0\n      maxSize: 10\n      idleTimeMs: 10\n"
            + "      maxWaiters: 5\n    failureAccrual:\n      kind: io.l5d.consecutiveFailures\n      failures: 5\n      backoff:\n        kind: jittered\n"
            + "        minMs: 5\n        maxMs: 300\n",

        // Names in order of another's segments.
        Fs + "- kind: io.l5d.rewrite\n  prefix: /turn\n  pattern: \"/{service}/api\"\n  name: \"/srv/{service}\"\nrouters:\n- protocol: http\n  identifier:\n"
            + "    kind: io.l5d.path\n    segments: 2\n  dtab: |\n    /srv => /#/io.l5d.fs ;\n    /svc => /#/turn ;\n  servers:\n  - port: 4140\n",

        // A pair of routers on each host.
        Fs + "routers:\n- protocol: http\n  label: outgoing\n  interpreter:\n    kind: default\n    transformers:\n    - kind: io.l5d.port\n      port: 4141\n"
            + "  dtab: |\n    /svc => /#/io.l5d.fs;\n  servers:\n  - port: 4140\n- protocol: http\n  label: incoming\n  interpreter:\n    kind: default\n"
            + "    transformers:\n    - kind: io.l5d.localhost\n  dtab: |\n    /svc => /#/io.l5d.fs;\n  servers:\n  - port: 4141\n",

        // Sockets.
        "routers:\n- protocol: http\n  servers:\n  - port: 4140\n    socketOptions:\n      noDelay: true\n      reuseAddr: true\n      reusePort: true\n"
            + "      readTimeoutMs: 61000\n      writeTimeoutMs: 61000\n      keepAlive: true\n      backlog: 128\n",

        // Policies by prefix.
        "routers:\n- protocol: http\n  dtab: |\n    /svc/* => /$/inet/localhost/8080\n  service:\n    kind: io.l5d.static\n    configs:\n"
            + "    - prefix: /svc # all\n      totalTimeoutMs: 500\n    - prefix: /svc/foo\n      totalTimeoutMs: 1000\n  client:\n    kind: io.l5d.static\n"
            + "    configs:\n    - prefix: /\n      failFast: false\n    - prefix: \"/$/inet/{host}\"\n      requestAttemptTimeoutMs: 100\n  servers:\n  - port: 4140\n",

        // Metrics where they are anyway; no namers; method and host.
        "namers: []\ntelemetry:\n- kind: io.l5d.prometheus\n- kind: io.l5d.influxdb\nrouters:\n- protocol: http\n  identifier:\n"
            + "    kind: io.l5d.methodAndHost\n    httpUriInDst: true\n  dtab: |\n    /ph => /$/io.buoyant.rinet ;\n    /svc => /ph/80 ;\n"
            + "    /svc => /$/io.buoyant.porthostPfx/ph ;\n  servers:\n  - port: 4140\n",

        // JSON.
        "{\"routers\": [{\"protocol\": \"http\", \"dtab\": \"/svc => /$/inet/127.1/8080;\", \"servers\": [{\"port\": 4140, \"ip\": \"127.0.0.1\"}]}]}",
    };

    [Theory]
    [MemberData(nameof(ThatLoad))]
    public void SupportedShapes_LoadAsTheyAre_WithoutAWord(string text)
    {
        ConfigResult result = ConfigLoader.Load("f", text, [], Hooks);

        Assert.Empty(Loading.Lines(result.Faults));
        Assert.Empty(Loading.Lines(result.Warnings));
    }

    [Theory]
    [InlineData("- protocol: h2\n  servers:\n  - port: 4140\n", "2:13 protocol `h2`")]
    [InlineData("- protocol: thrift\n  thriftProtocol: binary\n  servers:\n  - port: 4140\n", "2:13 protocol `thrift`")]
    [InlineData("- protocol: thriftmux\n  experimental: true\n  servers:\n  - port: 4140\n", "2:13 protocol `thriftmux`")]
    [InlineData("- protocol: http\n  interpreter:\n    kind: io.l5d.namerd\n    dst: /$/inet/a/1\n  servers:\n  - port: 4140\n", "4:11 kind `io.l5d.namerd`")]
    [InlineData("- protocol: http\n  interpreter:\n    kind: io.l5d.namerd.http\n    experimental: true\n  servers:\n  - port: 4140\n",
        "4:11 kind `io.l5d.namerd.http`")]
    [InlineData("- protocol: http\n  interpreter:\n    kind: io.l5d.mesh\n    root: /default\n  servers:\n  - port: 4140\n", "4:11 kind `io.l5d.mesh`")]
    [InlineData("- protocol: http\n  interpreter: {kind: io.l5d.consul.interpreter}\n  servers:\n  - port: 1\n", "3:23 kind `io.l5d.consul.interpreter`")]
    [InlineData("- protocol: http\n  client:\n    tls:\n      commonName: foo\n  servers:\n  - port: 1\n", "4:5 `tls`")]
    [InlineData("- protocol: http\n  servers:\n  - port: 1\n    tls:\n      certPath: a\n      keyPath: b\n", "5:5 `tls`")]
    [InlineData("- protocol: http\n  client:\n    failureAccrual:\n      kind: io.l5d.successRate\n  servers:\n  - port: 1\n", "5:13 kind `io.l5d.successRate`")]
    [InlineData("- protocol: http\n  service:\n    retries:\n      budget: {ttlSecs: 15}\n  servers:\n  - port: 1\n", "4:5 `retries`")]
    [InlineData("- protocol: http\n  announcers:\n  - kind: io.l5d.serversets\n  servers:\n  - port: 1\n", "3:3 `announcers`")]
    [InlineData("- protocol: http\n  servers:\n  - port: 1\n    announce:\n    - /#/a/b\n", "5:5 `announce`")]
    public void OtherShapes_SayWhatIsNotSupported_AndWhere(string router, string refused)
    {
        ConfigFault fault = Assert.Single(ConfigLoader.Load("f", "routers:\n" + router, [], Hooks).Faults);

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
