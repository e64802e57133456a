using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>What is said about wrong values of Linkerd's vocabulary, and where.</summary>
public sealed class LinkerdFaultTests
{
    [Theory]
    [InlineData("  identifier: {kind: path, segments: 0}\n", "5:38: `segments` is `0`; it must be a whole number of segments from 1")]
    [InlineData("  identifier: {kind: static}\n", "5:15: identifier `io.l5d.static` needs `path`")]
    [InlineData("  identifier: {kind: static, path: foo}\n", "5:36: `path` is `foo`; it must be a path such as `/svc/web`")]
    [InlineData("  interpreter: {kind: fs}\n", "5:16: interpreter `io.l5d.fs` needs `dtabFile`")]
    [InlineData("  interpreter: {kind: fs, dtabFile: bad.dtab}\n",
        "5:37: `dtabFile` names `bad.dtab`, whose dtab is wrong at 2:9: a tree is expected; write a path")]
    [InlineData("  interpreter: {transformers: [{kind: port}]}\n", "5:32: transformer `io.l5d.port` needs `port`")]
    [InlineData("  interpreter: {transformers: [{kind: port, port: 0}]}\n", "5:51: `port` is `0`; it must be a whole number from 1 to 65535")]
    [InlineData("  interpreter: {transformers: [{kind: nope}]}\n", "5:39: unknown kind `nope` for a transformer")]
    [InlineData("  interpreter: {transformers: [{kind: specificHost, host: 'a b'}]}\n", "5:59: `host` is `a b`")]
    [InlineData("  interpreter: {transformers: [{kind: const, path: a}]}\n", "5:52: `path` is `a`")]
    [InlineData("  client: {kind: static}\n", "5:11: `client` of kind `io.l5d.static` needs `configs`")]
    [InlineData("  client: {kind: static, configs: [{connectTimeoutMs: 1}]}\n", "5:36: an item of `configs` needs `prefix`")]
    [InlineData("  client: {kind: static, configs: [{prefix: svc}]}\n", "5:45: `prefix` is `svc`; it must be a path such as `/svc/users`")]
    [InlineData("  client: {kind: static, configs: [{prefix: /a//b}]}\n", "5:45: `prefix` is `/a//b`")]
    [InlineData("  client: {kind: static, configs: [{prefix: /, tset: 1}]}\n", "5:48: unknown key `tset` in an item of `configs`")]
    [InlineData("  client: {kind: static, connectTimeoutMs: 5, configs: []}\n",
        "5:26: unknown key `connectTimeoutMs` in `client` of kind `io.l5d.static`; it belongs under `configs`")]
    [InlineData("  client: {configs: []}\n", "5:12: unknown key `configs` in `client`; kind `io.l5d.static` has it; legal here: kind, loadBalancer")]
    [InlineData("  service: {totalTimeoutMs: 0}\n", "5:29: `totalTimeoutMs` is `0`")]
    [InlineData("  service: {responseClassifier: {}}\n", "5:33: a response classifier needs `kind`")]
    [InlineData("  httpAccessLog: a\n  httpAccessLogRollPolicy: weekly(8)\n", "6:28: `httpAccessLogRollPolicy` is `weekly(8)`; it must be `never`")]
    [InlineData("  httpAccessLog: a\n  httpAccessLogRollPolicy: 5.furlongs\n", "6:28: `httpAccessLogRollPolicy` is `5.furlongs`")]
    [InlineData("  httpAccessLog: a\n  httpAccessLogRollPolicy: 0.bytes\n", "6:28: `httpAccessLogRollPolicy` is `0.bytes`")]
    [InlineData("  httpAccessLog: a\n  httpAccessLogRollPolicy: 99999999999.terabytes\n",
        "6:28: `httpAccessLogRollPolicy` is `99999999999.terabytes`")]
    [InlineData("  httpAccessLog: a\n  httpAccessLogRollPolicy: sighup\n", "6:28: `httpAccessLogRollPolicy` is `sighup`")]
    [InlineData("  httpAccessLog: a\n  httpAccessLogRotateCount: -2\n", "6:29: `httpAccessLogRotateCount` is `-2`")]
    [InlineData("    maxConcurrentRequests: 0\n", "5:28: `maxConcurrentRequests` is `0`")]
    [InlineData("    addForwardedHeader: true\n", "5:25: `addForwardedHeader` is a single value here; it must be a mapping with the keys by, for")]
    [InlineData("    addForwardedHeader: {by: {kind: port}}\n", "5:37: unknown kind `port` for a labeler")]
    [InlineData("    addForwardedHeader: {by: {kind: static}}\n", "5:30: labeler `static` needs `label`")]
    [InlineData("    addForwardedHeader: {by: {kind: static, label: a b}}\n", "5:52: `label` is `a b`")]
    [InlineData("    timestampHeader: a b\n", "5:22: `timestampHeader` is `a b`; it must be the name of a header")]
    [InlineData("    maxCallDepth: 0\n", "5:19: `maxCallDepth` is `0`")]
    [InlineData("namers: [{kind: rewrite, pattern: /a, name: /b}]\n", "5:10: namer `io.l5d.rewrite` needs `prefix`")]
    [InlineData("namers: [{kind: rewrite, prefix: p, pattern: '/{a}', name: '/x/{b}'}]\n",
        "5:60: `name` uses `{b}`, which `pattern` `/{a}` does not capture")]
    [InlineData("admin: {security: {pathWhitelist: ['/a(']}}\n", "5:40: `pathWhitelist` is no regular expression: Not enough )'s")]
    [InlineData("admin: {security: {pathBlacklist: ['(?x)/a # b']}}\n", "5:47: `pathBlacklist` is no regular expression: Not enough )'s")]
    [InlineData("admin: {security: {pathBlacklist: /a}}\n", "5:35: `pathBlacklist` is a single value; it must be a list")]
    [InlineData("admin: {security: {uiEnabled: yes}}\n", "5:31: `uiEnabled` is `yes`")]
    public void Says_WhereAndWhat(string added, string begins)
    {
        Loading.Files["bad.dtab"] = "/a => /b ;\n/svc => !!";

        string fault = Assert.Single(Loading.Faults(Loading.Minimal + added));

        Assert.StartsWith("f:" + begins, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void RoutersThatShareALog_AgreeOnIt()
    {
        const string Log = "  httpAccessLog: a.log\n";
        const string Second = "- protocol: http\n  label: b\n  servers: [{port: 1}]\n" + Log;

        Assert.Empty(Loading.Faults(Loading.Minimal + Log + Second));
        Assert.StartsWith("f:9:18: `httpAccessLog` `a.log` is also the log at 5:18, with other settings; give it the same, or another file",
            Assert.Single(Loading.Faults(Loading.Minimal + Log + Second + "  httpAccessLogRollPolicy: daily\n")), StringComparison.Ordinal);
    }

    [Fact]
    public void BracesThatCaptureNothing_AreDoubted()
    {
        ConfigResult result = Loading.Load(Loading.Minimal + "  client: {kind: static, configs: [{prefix: '/#/{a b}/{c}'}]}\n");

        Assert.Empty(result.Faults);
        Assert.StartsWith("f:5:45: warning: `prefix` `/#/{a b}/{c}` has braces that capture nothing", Assert.Single(Loading.Lines(result.Warnings)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/#/*/{service}")]
    [InlineData("/$/inet/{host}/443")]
    [InlineData("/#/io.l5d.serversets/{role}/{service}:https")]
    public void PrefixesOfLinkerd_Load(string prefix)
    {
        ConfigResult result = Loading.Load(Loading.Minimal + $"  client: {{kind: static, configs: [{{prefix: '{prefix}'}}]}}\n");

        Assert.Empty(result.Faults);
        Assert.Empty(result.Warnings);
    }
}
