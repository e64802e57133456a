using System.Text.Json;
using Mesh.Node.AdminConsole;
using Mesh.Node.Cli;
using Mesh.Tests.EndToEnd;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole;

/// <summary>The palette <c>route</c> against a real node: its lines, its refusals, its exit codes.</summary>
public sealed class RouteConsoleTests : IAsyncLifetime
{
    private ClusterNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await ClusterNode.StartAsync();
        await Eventually.HoldsAsync(
            async () => (await ChangeAsync("route set -n web -d '/svc => /one'")).Exit == ExitCodes.Success, () => _node.Node.Log);
    }

    public Task DisposeAsync() => _node.DisposeAsync().AsTask();

    [Fact]
    public async Task ANamespacesLife()
    {
        Said set = await ChangeAsync("route set -n web -d '/svc => /one ; /svc/a => /two' -e 1");
        Said show = await _node.SayAsync("route show -n web");
        Said diff = await _node.SayAsync("route diff -n web");
        Said back = await ChangeAsync("route rollback -n web -v 1");
        Said wait = await _node.SayAsync("route wait -n web -v 3");
        Said gone = await ChangeAsync("route delete -n web");
        Said history = await _node.SayAsync("route history -n web");
        Said again = await ChangeAsync("route rollback -n web -v 2");
        Said old = await _node.SayAsync("route show -n web -v 1");
        Said list = await _node.SayAsync("route list");

        Assert.Equal("updated: web has version 2\n", set.Output);
        Assert.Equal("# version 2 (AAAAAAAAAAI=)\n/svc => /one ; /svc/a => /two\n", show.Output);
        Assert.Equal("# version 1 to 2\n+ /svc/a=>/two\n# 0 gone, 1 come\n", diff.Output);
        Assert.Equal("rolled back: web has version 3\n", back.Output);
        Assert.Matches(@"^mesh://mesh@127\.0\.0\.1:\d+ \| 3 \|  \| n1\nversion 3 is on every node that can be reached\n$", wait.Output);
        Assert.Equal("deleted: web has version 4\n", gone.Output);
        Assert.Matches(
            @"^1 \| created \| \S+Z \| admin@127\.0\.0\.1 \| dtab\n2 \| updated \| .*\n3 \| rolled back to 1 \| .*\n4 \| deleted \| .*\n"
            + @"Count: 4 changes\n$",
            history.Output);
        Assert.Equal("rolled back: web has version 5\n", again.Output);
        Assert.Equal("# version 1 (AAAAAAAAAAE=)\n/svc => /one\n", old.Output);
        Assert.Matches(@"^web \| 5 \| 2 rules \| \S+Z \| admin@127\.0\.0\.1 \| no policies\nCount: 1 namespaces, ", list.Output);
        Assert.All([set, show, diff, back, wait, gone, history, again, old, list], static said => Assert.Equal((0, ""), (said.Exit, said.Error)));
    }

    [Fact]
    public async Task History_TellsWhoEachCallerSaysToBe()
    {
        Assert.Equal(0, (await _node.SayAsync("route delete -n web", token: ClusterNode.Token, name: "ann")).Exit);
        Assert.Equal(0, (await _node.SayAsync("route rollback -n web -v 1", token: ClusterNode.Token, name: "a:b\u202ec\n")).Exit);
        using HttpClient http = new();
        using HttpRequestMessage request = new(HttpMethod.Put, new Uri(_node.Admin, "/api/1/dtabs/web"));
        request.Content = new StringContent("/a => /b");
        request.Headers.Authorization = new("Bearer", ClusterNode.Token);
        request.Headers.Add("X-Remote-User", "ci-" + new string('x', 200));
        using (HttpResponseMessage put = await http.SendAsync(request)) Assert.Equal(204, (int)put.StatusCode);

        Said history = await _node.SayAsync("route history -n web");

        Assert.Matches(@"1 .*\| admin@127\.0\.0\.1 \|.*\n2 .*\| ann@127\.0\.0\.1 \|.*\n3 .*\| a\.b\?c@127\.0\.0\.1 \|", history.Output);
        Assert.Matches(@"\n4 .*\| ci-x{61}@127\.0\.0\.1 \|", history.Output);
        Assert.Contains("(says ann) POST /api/1/console/run", _node.Node.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PoliciesOfANamespace()
    {
        Said set = await ChangeAsync("route set-policies -n web -d 'policies: [{headers: {request: {remove: [x-a]}}}]'");
        Said show = await _node.SayAsync("route policies -n web");
        Said list = await _node.SayAsync("route list");
        Said diff = await _node.SayAsync("route diff -n web");
        Said gone = await ChangeAsync("route delete-policies -n web -e 2");
        Said none = await _node.SayAsync("route policies -n web");
        Said back = await ChangeAsync("route rollback -n web -v 2");
        Said history = await _node.SayAsync("route history -n web");

        const string Document = "policies: [{headers: {request: {remove: [x-a]}}}]";
        Assert.Equal("updated: web has version 2\n", set.Output);
        Assert.Equal($"# version 2 (AAAAAAAAAAI=)\n{Document}\n", show.Output);
        Assert.Contains(" | policies\n", list.Output, StringComparison.Ordinal);
        Assert.Equal($"# version 1 to 2\n# 0 gone, 0 come\n# policies\n+ {Document}\n", diff.Output);
        Assert.Equal("updated: web has version 3\n", gone.Output);
        Assert.Equal((ExitCodes.No, "error: version 3 has no policies\n"), (none.Exit, none.Error));
        Assert.Equal("rolled back: web has version 4\n", back.Output);
        Assert.Matches(
            @"^1 \| created .* \| dtab\n2 \| updated .* \| policies\n3 .* \| policies\n4 \| rolled back to 2 .* \| policies\n", history.Output);
    }

    [Theory]
    [InlineData("route list")]
    [InlineData("route show -n web")]
    [InlineData("route history -n web")]
    [InlineData("route wait -n web")]
    [InlineData("route diff -n web -v 1 -w 1")]
    public async Task WhatTells_IsOneJsonValueToo(string line)
    {
        Said said = await _node.SayAsync(line, json: true);

        Assert.Equal((ExitCodes.Success, ""), (said.Exit, said.Error));
        using JsonDocument value = JsonDocument.Parse(said.Output);
        Assert.NotEqual(JsonValueKind.Undefined, value.RootElement.ValueKind);
    }

    [Theory]
    [InlineData("route set -n web -d '/svc = /x'", ExitCodes.BadInput, "Invalid dtab")]
    [InlineData("route set -n 'a b' -d '/svc => /x'", ExitCodes.BadInput, "a namespace's name has")]
    [InlineData("route set -n web -d '/svc => /x' -e 9", ExitCodes.No, "it has version 1")]
    [InlineData("route set -n web -d '/svc => /x' -e x", ExitCodes.BadInput, "-e is `x`")]
    [InlineData("route set-policies -n web -d 'policies: [{}]'", ExitCodes.BadInput, "Invalid policies: policies:1:12: an item of `policies` does")]
    [InlineData("route set-policies -n web -d 'policies: []' -e 9", ExitCodes.No, "it has version 1")]
    [InlineData("route delete-policies -n web", ExitCodes.No, "the namespace has no policies")]
    [InlineData("route delete-policies -n nobody", ExitCodes.No, "there is no such namespace")]
    [InlineData("route policies -n nobody", ExitCodes.No, "no namespace `nobody`")]
    [InlineData("route delete -n nobody", ExitCodes.No, "there is no such namespace")]
    [InlineData("route rollback -n web -v 9", ExitCodes.No, "version 9 is not kept; there are 1 to 1")]
    [InlineData("route show -n nobody", ExitCodes.No, "no namespace `nobody`; `route list` lists them")]
    [InlineData("route show -n web -v 9", ExitCodes.No, "no version 9")]
    [InlineData("route diff -n nobody", ExitCodes.No, "no namespace `nobody`")]
    [InlineData("route history -n nobody", ExitCodes.No, "no namespace `nobody`")]
    [InlineData("route wait -n nobody", ExitCodes.No, "no namespace `nobody`")]
    [InlineData("route wait -n web -v 9 -t 1", ExitCodes.No, "version 9 is not everywhere: n1 at mesh://mesh@127.0.0.1:")]
    public async Task ARefusal_SaysWhy(string line, int exit, string reason)
    {
        Said said = await ChangeAsync(line);

        Assert.Equal((exit, ""), (said.Exit, said.Output));
        Assert.StartsWith($"error: {reason}", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SetTakesAFile_UpToTheLargestDtab()
    {
        string file = Path.GetTempFileName();
        string rules = string.Concat(Enumerable.Range(0, 22_000).Select(static i => $"/svc/a{i} => /#/io.l5d.fs/service-{i} ;\n"));
        string large = $"# it's \"large\"\n{rules}";
        try
        {
            await File.WriteAllTextAsync(file, large);
            Said set = await ClusterNode.SayAsync(_node.Admin, $"route set -n web -f {file} -e 1", token: ClusterNode.Token);
            Said show = await _node.SayAsync("route show -n web");
            Said piped = await ClusterNode.SayAsync(_node.Admin, "route set -n web -f -", token: ClusterNode.Token, standardInput: "/svc => /piped");
            Said scripted = await ChangeAsync("route set -n web -f -");
            Said joined = await ClusterNode.SayAsync(_node.Admin, $"route set -n=web -f={file} -e=3", token: ClusterNode.Token);
            Said joinedPipe = await ClusterNode.SayAsync(
                _node.Admin, "route set -f=- -n=web", token: ClusterNode.Token, standardInput: "/svc => /joined");
            await File.WriteAllTextAsync(file, new string('#', OptionFiles.MaxChars + 1));
            Said tooLarge = await ChangeAsync($"route set -n web -f {file}");
            Said none = await ChangeAsync("route set -n web -f /no/such/file");
            Said neither = await ChangeAsync("route set -n web");

            Assert.True(large.Length > 900_000);
            Assert.Equal((0, "updated: web has version 2\n", ""), (set.Exit, set.Output, set.Error));
            Assert.Equal($"# version 2 (AAAAAAAAAAI=)\n{large}", show.Output);
            Assert.Equal("updated: web has version 3\n", piped.Output);
            Assert.Equal(("updated: web has version 4\n", ""), (joined.Output, joined.Error));
            Assert.Equal(("updated: web has version 5\n", ""), (joinedPipe.Output, joinedPipe.Error));
            Assert.Contains("`-f -` is for a command of its own", scripted.Error, StringComparison.Ordinal);
            Assert.Equal((ExitCodes.BadInput, "error: a file has at most 1048576 characters\n"), (tooLarge.Exit, tooLarge.Error));
            Assert.StartsWith("error: cannot read /no/such/file: ", none.Error, StringComparison.Ordinal);
            Assert.StartsWith("error: `-d` or `-f FILE` is needed; usage: route set ", neither.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>At the prompt, where quotes are understood.</summary>
    private Task<Said> ChangeAsync(string line) => _node.SayAsync(line + "\n", token: ClusterNode.Token);
}
