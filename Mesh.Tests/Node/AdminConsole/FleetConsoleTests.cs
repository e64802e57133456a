using System.Text.Json;
using System.Text.RegularExpressions;
using Mesh.Node.Cli;
using Mesh.Tests.EndToEnd;
using Xunit;

namespace Mesh.Tests.Node.AdminConsole;

/// <summary>What the console tells and explains in a cluster of two real nodes: the first hosts an app, the second routes to it.</summary>
public sealed class FleetConsoleTests : IAsyncLifetime
{
    private readonly Origin _app = Origin.Saying("app");
    private InboundPair _pair = null!;

    public async Task InitializeAsync()
    {
        _pair = await InboundPair.StartAsync(_app);
        await _pair.ReachesAsync("app");
    }

    public Task DisposeAsync() => _pair.DisposeAsync().AsTask();

    [Fact]
    public async Task Destinations_AreTold_AsAnyNodeSeesThem()
    {
        Said own = await AskSecondAsync("dest list -p /#/io.mesh.services");
        Said asked = await AskFirstAsync("dest list -p /#/io.mesh.services --node n2");
        Said shown = await AskFirstAsync("dest show -n web --node n2");
        Said all = await AskFirstAsync("dest list --all");
        Said json = await AskFirstAsync("dest show -n web --node n2", json: true);

        Assert.Matches(@"\n/#/io\.mesh\.services/web \| test   \| 1/1  \| 0   \| 100% +\| [\d.]+ [mu]s +\| [\d.]+ [mu]s", own.Output);
        Assert.Equal(own.Output.Split('\n')[1][..40], asked.Output.Split('\n')[1][..40]);
        string endpoint = $@"\n127\.0\.0\.1:{_pair.Inbound.Port} web/a \| alive for .* \| weight 1 \| out 0 \| ewma .* \| idle 1, busy 0\n";
        Assert.Matches(endpoint, shown.Output);
        Assert.Matches(@"^== n1 \| mesh://[^\n]*\n(.*\n)*.*/#/io\.mesh\.local/web/a \| inbound (.*\n)*== n2 \| ", all.Output);
        Assert.EndsWith("Count: 2 of 2 nodes answered\n", all.Output, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(json.Output);
        Assert.Equal("web/a", document.RootElement[0].GetProperty("endpoints")[0].GetProperty("instance").GetString());
        Assert.All([own, asked, shown, all, json], static said => Assert.Equal((ExitCodes.Success, ""), (said.Exit, said.Error)));
    }

    [Fact]
    public async Task Explain_AsksTheNodeBehind()
    {
        Said text = await AskSecondAsync("explain GET http://web/users/7");
        Said json = await AskFirstAsync("explain http://web/ --node n2", json: true);
        Said own = await AskFirstAsync("explain http://web/");

        Assert.Equal((ExitCodes.Success, ""), (text.Exit, text.Error));
        Assert.StartsWith("+ GET /users/7 is /svc/web, and goes to /#/io.mesh.services/web\n", text.Output, StringComparison.Ordinal);
        Assert.Matches($@"\+ 127\.0\.0\.1:{_pair.Inbound.Port} web/a may be picked; alive", text.Output);
        Assert.Contains($"+ node n1 forwards to the app at 127.0.0.1:{_app.Port}, up for ", text.Output, StringComparison.Ordinal);
        using JsonDocument document = JsonDocument.Parse(json.Output);
        Assert.Equal("/svc/web", document.RootElement.GetProperty("service").GetString());
        Assert.Contains("\"kind\":\"host\",\"verdict\":\"yes\"", json.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("node n1 forwards", own.Output, StringComparison.Ordinal); // it dials its own app
        Assert.Contains($"+ 127.0.0.1:{_app.Port} ", own.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_AsksEachNodeForItsOwn_WhereTwoHaveInstancesOfOneName()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("mesh-third-");
        await using Origin twin = Origin.Saying("twin");
        int seed = _pair.First.Host.Cluster!.Self.Address.Port!.Value;
        TestNode third = await TestNode.StartAsync($$"""
            { admin: {port: 0, shutdownGraceMs: 500}, loops: 1, journal: {kind: sqlite}, inbound: {port: 0},
              cluster: {node: n3, port: 0, seeds: ['127.0.0.1:{{seed}}'], roles: [edge], directory: '{{folder.FullName}}'},
              services: [{name: web, id: a, port: {{twin.Port}} }], routers: [{ protocol: http, label: test, servers: [{ port: 0 }] }] }
            """);
        Said text = new(0, "", "");

        await Eventually.HoldsAsync(
            async () => (text = await AskSecondAsync("explain http://web/")).Output.Contains("live 2/2", StringComparison.Ordinal), () => third.Log);

        string Inbound(TestNode node) => $"+ 127.0.0.1:{node.Host.Servers.Last().BoundEndPoint!.Port} web/a may be picked";
        string words = string.Join(' ', text.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches($@"{Regex.Escape(Inbound(_pair.First))}[^+]*\+ node n1 forwards to the app at 127.0.0.1:{_app.Port}", words);
        Assert.Matches($@"{Regex.Escape(Inbound(third))}[^+]*\+ node n3 forwards to the app at 127.0.0.1:{twin.Port}", words);
        await third.Host.KillAsync();
        await third.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Explain_TellsWhatEndsARequest_ByItsExitCodeToo()
    {
        Said nameless = await AskSecondAsync("explain /");
        Said overridden = await AskSecondLineAsync("explain http://web/ -H 'l5d-dtab: /svc/web => /$/nil'");
        Said broken = await AskSecondLineAsync("explain http://web/ -H 'l5d-dtab: /svc'");
        Said json = await AskSecondAsync("explain /", json: true);

        Assert.Equal((ExitCodes.No, ExitCodes.No), (nameless.Exit, json.Exit));
        Assert.StartsWith("- GET / has no name here, and is answered 400\n", nameless.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.No, overridden.Exit);
        string words = string.Join(' ', overridden.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("(the request, rule 1 of 1)", words, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.No, broken.Exit);
        Assert.Contains("- its override dtab cannot be read:", broken.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANodeThatIsGone_IsNamed()
    {
        await _pair.First.Host.KillAsync();

        Said all = await AskSecondAsync("dest list --all");
        Said one = await AskSecondAsync("dest list --node n1");
        Said explained = await AskSecondAsync("explain http://web/");

        Assert.Matches(@"no answer: n1 \| mesh://\S+ \| it (did not answer|cannot be reached)", all.Output);
        Assert.EndsWith("Count: 1 of 2 nodes answered\n", all.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Success, all.Exit);
        Assert.Equal((ExitCodes.Broken, ""), (one.Exit, one.Output));
        Assert.Contains("? node n1: it ", explained.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheInboundSide_TellsWhatItDoesWithARequest()
    {
        Said there = await AskFirstAsync("service inbound -s web -i a");
        Said not = await AskFirstAsync("service inbound -s web -i b");
        Said elsewhere = await AskSecondAsync("service inbound -s web -i a");

        Assert.StartsWith($"+ node n1 forwards to the app at 127.0.0.1:{_app.Port}, up for ", there.Output, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.No, ExitCodes.No), (not.Exit, elsewhere.Exit));
        Assert.StartsWith("- node n2 hosts no instance web/a: its inbound side answers that nothing was", elsewhere.Output, StringComparison.Ordinal);
    }

    private Task<Said> AskFirstAsync(string line, bool json = false) => AskAsync(_pair.First, line, json);

    private Task<Said> AskSecondAsync(string line, bool json = false) => AskAsync(_pair.Second, line, json);

    /// <summary>At the prompt, where quotes are understood.</summary>
    private Task<Said> AskSecondLineAsync(string line) => AskAsync(_pair.Second, line + "\n", json: false);

    private static Task<Said> AskAsync(TestNode node, string line, bool json) =>
        ClusterNode.SayAsync(new Uri($"http://{node.Host.Admin}/"), line, json);
}
