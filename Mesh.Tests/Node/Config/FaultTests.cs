using Mesh.Node.Config;
using Xunit;

namespace Mesh.Tests.Node.Config;

/// <summary>What is said about a file that is wrong, and where.</summary>
public sealed class FaultTests
{
    /// <summary>A text, and how its only fault begins and what it also says.</summary>
    public static TheoryData<string, string, string> OneFault() => new()
    {
        // Shape
        { "", "f:1:1: the top level needs `routers`", "one router or more" },
        { "- a\n", "f:1:1: the top level is a list here; it must be a mapping", "routers" },
        { "hello\n", "f:1:1: the top level is a single value here", "routers" },
        { "routers: []\n", "f:1:10: `routers` is empty; it needs at least 1", "" },
        { "routers:\n", "f:1:1: the top level needs `routers`", "" },
        { "routers:\n  protocol: http\n", "f:2:3: `routers` is a mapping; it must be a list", "`- `" },
        { "routers:\n- http\n", "f:2:3: a router is a single value here; it must be a mapping", "protocol: http" },
        { "routers:\n- protocol: http\n", "f:2:3: a router needs `servers`", "- port: 4140" },
        { "routers:\n- protocol: http\n  servers: []\n", "f:3:12: `servers` is empty", "" },
        { "routers:\n- label: x\n  servers: [{}]\n", "f:2:3: a router needs `protocol`; supported are `http`, `h2`", "" },
        { "routers:\n- protocol: [http]\n  servers: [{}]\n", "f:2:13: `protocol` is a list; supported are `http`, `h2`", "" },
        { "admin: 9990\n" + Loading.Minimal, "f:1:8: `admin` is a single value here; it must be a mapping with the keys ip, port", "" },
        { "? [a]\n: b\n" + Loading.Minimal, "f:1:3: a key must be plain text, not a list", "name: value" },

        // Unknown names
        { "router:\n" + Loading.Minimal, "f:1:1: unknown key `router` in the top level; did you mean `routers`?", "legal here: admin, namers" },
        { "admin: {Port: 1}\n" + Loading.Minimal, "f:1:9: unknown key `Port` in `admin`; did you mean `port`?", "ip, port" },
        { "admin: {prot: 1}\n" + Loading.Minimal, "f:1:9: unknown key `prot` in `admin`; did you mean `port`?", "" },
        { "quux: 1\n" + Loading.Minimal, "f:1:1: unknown key `quux` in the top level; legal here:", "transport" },
        { "routers:\n- protocol: http\n  backlog: 5\n  servers: [{}]\n",
            "f:3:3: unknown key `backlog` in a router; it belongs under `servers.socketOptions`", "" },
        { "routers:\n- protocol: htpp\n  servers: [{}]\n", "f:2:13: unknown protocol `htpp` for a router; did you mean `http`?",
            "supported are `http`, `h2`" },
        { Loading.Minimal + "  client: {loadBalancer: {kind: emwa}}\n", "f:5:33: unknown kind `emwa` for a load balancer; did you mean `ewma`?",
            "`roundRobin`" },
        { "namers: [{kind: io.l5d.fz, rootDir: x}]\n" + Loading.Minimal, "f:1:17: unknown kind `io.l5d.fz` for a namer; did you mean `io.l5d.fs`?",
            "" },

        // Values
        { "admin: {port: 65536}\n" + Loading.Minimal, "f:1:15: `port` is `65536`; it must be a whole number from 0 to 65535", "(default 9990)" },
        { "admin: {port: -1}\n" + Loading.Minimal, "f:1:15: `port` is `-1`", "from 0 to 65535" },
        { "admin: {port: 99999999999999}\n" + Loading.Minimal, "f:1:15: `port` is `99999999999999`", "" },
        { "admin: {port: 1.5}\n" + Loading.Minimal, "f:1:15: `port` is `1.5`", "whole number" },
        { "admin: {port: [1]}\n" + Loading.Minimal, "f:1:15: `port` is a list; it must be a whole number", "" },
        { "admin: {shutdownGraceMs: 10s}\n" + Loading.Minimal, "f:1:26: `shutdownGraceMs` is `10s`; it must be a whole number of ms",
            "(default 10000)" },
        { "admin: {ip: localhost}\n" + Loading.Minimal, "f:1:13: `ip` is `localhost`; it must be an IPv4 or IPv6 address", "127.0.0.1" },
        { "admin: {ip: 80}\n" + Loading.Minimal, "f:1:13: `ip` is `80`", "" },
        { "admin: {ip: '[::1]:80'}\n" + Loading.Minimal, "f:1:13: `ip` is `[::1]:80`", "" },
        { "loops: 0\n" + Loading.Minimal, "f:1:8: `loops` is `0`; it must be a whole number of event loops from 1 to 64", "one a processor" },
        { "transport: iouring\n" + Loading.Minimal, "f:1:12: `transport` is `iouring`; it must be one of `auto`, `epoll`, `sockets`",
            "(default auto)" },
        { "namers: [{kind: fs}]\n" + Loading.Minimal, "f:1:10: namer `io.l5d.fs` needs `rootDir`", "" },
        { "namers: [{kind: fs, rootDir: missing}]\n" + Loading.Minimal, "f:1:30: `rootDir` names `missing`, which is no directory", "create it" },
        { "namers: [{kind: fs, rootDir: d, prefix: a//b}]\n" + Loading.Minimal, "f:1:41: `prefix` is `a//b`", "" },
        { Loading.Minimal + "  dstPrefix: svc\n", "f:5:14: `dstPrefix` is `svc`; it must be a path such as `/svc`", "(default /svc)" },
        { Loading.Minimal + "  dstPrefix: /svc/\n", "f:5:14: `dstPrefix` is `/svc/`", "" },
        { Loading.Minimal + "  label: a b\n", "f:5:10: `label` is `a b`", "" },
        { Loading.Minimal + "    socketOptions: {noDelay: yes}\n", "f:5:30: `noDelay` is `yes`; it must be `true` or `false`", "(default true)" },
        { Loading.Minimal + "    upgrades: [web socket]\n", "f:5:16: `upgrades` is `web socket`", "websocket" },
        { Loading.Minimal + "  identifier: []\n", "f:5:15: `identifier` is empty", "" },
        { Loading.Minimal + "  maxInitialLineKB: 65\n", "f:5:21: `maxInitialLineKB` (65) is more than `maxHeadersKB` (64)", "" },
        { Loading.Minimal + "  maxHeadersKB: 8\n", "f:5:17: `maxInitialLineKB` (16) is more than `maxHeadersKB` (8)", "" },
        { Loading.Minimal + "  client: {hostConnectionPool: {minSize: 2, maxSize: 1}}\n", "f:5:42: `minSize` (2) is more than `maxSize` (1)", "" },
        { Loading.Minimal + "  client: {failureAccrual: {backoff: {kind: jittered, minMs: 5, maxMs: 4}}}\n",
            "f:5:62: `minMs` (5) is more than `maxMs` (4)", "" },
        { Loading.Minimal + "  client: {failureAccrual: {kind: none, failures: 3}}\n", "f:5:41: unknown key `failures` in failure accrual `none`",
            "" },

        // Twice the same
        { "admin: {port: 1, port: 2}\n" + Loading.Minimal, "f:1:18: duplicate key `port`, already written at 1:9", "keep one" },
        { Loading.Minimal + "- protocol: http\n  servers: [{port: 1}]\n", "f:5:3: router label `http` is already taken at 2:3", "`label`" },
        { Loading.Minimal + "- {protocol: http, label: b, servers: [{port: 4140}]}\n",
            "f:5:47: 127.0.0.1:4140 is already the address of a server of `http` (4:11)", "" },
        { Loading.Minimal + "  - ip: 127.0.0.1\n", "f:5:5: 127.0.0.1:4140 is already the address of a server of `http` (4:11)", "another `port`" },
        { Loading.Minimal + "  - {ip: 0.0.0.0, port: 4140}\n", "f:5:25: 0.0.0.0:4140 is already", "(4:11)" },
        { Loading.Minimal + "  - {ip: '::', port: 4140}\n", "f:5:22: [::]:4140 is already", "(4:11)" },
        { Loading.Minimal + "  - port: 9990\n", "f:5:11: 127.0.0.1:9990 is already the address of admin", "" },
    };

    [Theory]
    [MemberData(nameof(OneFault))]
    public void Says_WhereAndWhat(string text, string begins, string alsoSays)
    {
        string[] faults = Loading.Faults(text);

        string fault = Assert.Single(faults);
        Assert.StartsWith(begins, fault, StringComparison.Ordinal);
        Assert.Contains(alsoSays, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_EverythingAtOnce_InTheOrderOfTheFile()
    {
        const string Text = """
            admin:
              prot: 1
              port: x
            namers:
            - kind: nope
            routers:
            - protocol: http
              servers:
              - port: 70000
                tls: {}
            - protocol: mux
            loops: 65
            """;

        string[] places = [.. Loading.Load(Text).Faults.Select(fault => fault.At.Short)];

        Assert.Equal(["2:3", "3:9", "5:9", "9:11", "10:10", "10:10", "11:13", "12:8"], places);
    }

    [Fact]
    public void ServerWithABadPort_IsNoConflictWithTheDefaultPort()
    {
        string fault = Assert.Single(Loading.Faults(Loading.Minimal + "  - port: x\n"));

        Assert.StartsWith("f:5:11: `port` is `x`", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownProtocol_HidesNoOtherFault()
    {
        string[] faults = Loading.Faults("routers:\n- protocol: htp\n  servers:\n  - port: 99999\n");

        Assert.Equal(2, faults.Length);
        Assert.Contains("did you mean `http`?", faults[0], StringComparison.Ordinal);
        Assert.Contains("`port` is `99999`", faults[1], StringComparison.Ordinal);
    }

    [Fact]
    public void ServersOnFreePorts_DoNotConflict()
    {
        MeshConfig config = Loading.Config("admin: {port: 0}\nrouters:\n- {protocol: http, servers: [{port: 0}, {port: 0}]}\n");

        Assert.Equal(2, config.Routers[0].Servers.Length);
    }

    [Fact]
    public void SameLabelOnThreeRouters_NamesTheFirstEachTime()
    {
        string router = "- {protocol: http, label: a, servers: [{port: 0}]}\n";

        string[] faults = Loading.Faults("routers:\n" + router + router + router);

        Assert.Equal(2, faults.Length);
        Assert.All(faults, fault => Assert.Contains("already taken at 2:27", fault, StringComparison.Ordinal));
    }

    [Fact]
    public void ManyFaults_AreCountedBeyondTheLimit()
    {
        string text = Loading.Minimal + string.Concat(Enumerable.Range(0, 1000).Select(number => $"key{number}: 1\n"));

        string[] faults = Loading.Faults(text);

        Assert.Equal(FaultList.MaxKept + 1, faults.Length);
        Assert.Equal("f: 800 more faults are not shown; mend these first", faults[^1]);
    }

    [Fact]
    public void TextInMessages_IsShortAndCannotSteerATerminal()
    {
        string fault = Assert.Single(Loading.Faults(Loading.Minimal + "\"\\e[2J" + new string('x', 900) + "\": 1\n"));

        Assert.Contains("unknown key `\\x1b[2Jxxx", fault, StringComparison.Ordinal);
        Assert.True(fault.Length < 300, fault);
    }
}
