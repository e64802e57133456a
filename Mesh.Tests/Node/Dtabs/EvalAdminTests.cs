using Mesh.Node.Cli;
using Mesh.Node.Hosting;
using Mesh.Tests.Kit;
using Mesh.Tests.Node.Admin.Dtabs;
using Xunit;

namespace Mesh.Tests.Node.Dtabs;

/// <summary><c>mesh dtab eval</c> of names that only a running node knows, and of services that a config hosts.</summary>
public sealed class EvalAdminTests(DtabLab lab) : IClassFixture<DtabLab>, IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task ANamespaceOfTheFleet_IsToldByTheNode_WithRulesBehindIt()
    {
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/eval", "/svc => /#/io.l5d.fs");

        int plain = await Eval("--admin", $"{lab.Node.Host.Admin}", "--namespace", "eval", "/svc/one");
        int other = await Eval("--admin", $"{lab.Node.Host.Admin}", "--namespace", "eval", "--dtab", "/svc/one => !", "/svc/one");

        Assert.Equal((0, 2), (plain, other));
        string end = $"/#/io.l5d.fs/one: bound, 127.0.0.1:{lab.One.Port}\n\nbound: /#/io.l5d.fs/one\n";
        Assert.Contains(end, _output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\n\nbinds to nothing: !\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARouter_IsToldByItsOwnRules()
    {
        int code = await Eval("--admin", $"http://{lab.Node.Host.Admin}", "--router", "test", "/svc/local");

        Assert.Equal((0, ""), (code, _error.ToString()));
        Assert.EndsWith("\n\nbound: /#/io.l5d.fs/two\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatCannotBeAsked_IsSaid()
    {
        string admin = lab.Node.Host.Admin.ToString();

        Assert.Equal(1, await Eval("--admin", admin, "--router", "none", "/svc/a"));
        Assert.Equal(1, await Eval("--admin", admin, "--dtab", "/a => /b", "/svc/a"));
        Assert.Equal(1, await Eval("--namespace", "web", "/svc/a"));
        Assert.Equal(1, await Eval("--admin", admin, "--namespace", "web", "/svc/"));
        Assert.Equal(70, await Eval("--admin", $"127.0.0.1:{Ports.Free()}", "/svc/a"));

        Assert.Contains("no router `none`", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("--dtab with --admin needs --namespace", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("--namespace needs --admin", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("error: PATH: ", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/svc/web/rest", 0, "bound: /#/io.mesh.services/web[/rest]\n", "addresses: 127.0.0.1:8080, 127.0.0.1:8081")]
    [InlineData("/svc/elsewhere", 2, "does not bind: error: the config hosts no `elsewhere`", "--admin HOST:PORT")]
    public async Task ServicesThatTheConfigHosts_AreTakenToBeUp(string path, int code, string told, string also)
    {
        string file = System.IO.Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file,
            """
            cluster: {node: n1}
            services: [{name: web, port: 8080}, {name: web, port: 8081}]
            namers: [{kind: io.mesh.services}]
            routers: [{protocol: http, dtab: /svc => /#/io.mesh.services, servers: [{port: 0}]}]
            """);

        int exit = await Eval("--config", file, path);
        File.Delete(file);

        Assert.Equal((code, ""), (exit, _error.ToString()));
        Assert.Contains(told, _output.ToString(), StringComparison.Ordinal);
        Assert.Contains(also, _output.ToString(), StringComparison.Ordinal);
    }

    private Task<int> Eval(params string[] arguments) => MeshCommand.InvokeAsync(
        ["dtab", "eval", .. arguments], new CommandContext(null!, DtabCheck.Hooks, _output, _error, static () => Stream.Null));
}
