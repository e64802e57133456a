using System.Net;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Rules from a watched file, and transformers, as the config has them.</summary>
public sealed class InterpreterTests
{
    [Fact]
    public async Task NamesWait_UntilTheDtabFileExists_AndFollowIt()
    {
        await using Origin one = Origin.Saying("one"), two = Origin.Saying("two");
        using NamesFolder folder = new();
        await using TestNode node = await TestNode.RoutingAsync("", Interpreter(folder));
        Task<Message> early = node.GetAsync();
        await Eventually.HoldsAsync(() => node.Host.Routers[0].Router.Bindings.Bindings.Any(), () => "no binding");

        folder.Write("rules", $"# where it all goes\n/svc => {Inet(one)} ;\n");
        Assert.Equal("one", (await early).Text);
        folder.Write("rules", $"/svc => {Inet(two)}");
        await UntilTextAsync(node, "two");
        folder.Delete("rules");
        await Eventually.HoldsAsync(() => node.Log.Contains("holds on", StringComparison.Ordinal), () => node.Log);

        Assert.Equal("two", (await node.GetAsync()).Text);
    }

    [Fact]
    public async Task MissingDtabFile_IsWhatARequestWaitedForInVain()
    {
        using NamesFolder folder = new();
        await using TestNode node = await TestNode.RoutingAsync("", $"bindingTimeoutMs: 50, {Interpreter(folder)}");

        Message response = await node.GetAsync();

        Assert.Equal(503, response.Status);
        Assert.Contains($"{folder.PathOf("rules")}, which does not exist yet", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MalformedDtabFile_KeepsTheLastGoodRules_AndTellsLineAndColumn()
    {
        await using Origin origin = Origin.Saying("hello");
        using NamesFolder folder = new();
        folder.Write("rules", $"/svc => {Inet(origin)}");
        await using TestNode node = await TestNode.RoutingAsync("", Interpreter(folder));
        Assert.Equal("hello", (await node.GetAsync()).Text);

        folder.Write("rules", "/a => /b ;\n/svc = /c\n");
        await Eventually.HoldsAsync(() => node.Log.Contains("rules:2:", StringComparison.Ordinal), () => "nothing in the log: " + node.Log);

        Assert.Contains($"{folder.PathOf("rules")}:2:8: ", node.Log, StringComparison.Ordinal);
        Assert.Equal("hello", (await node.GetAsync(host: "other")).Text);
    }

    [Fact]
    public async Task DtabFileThatWasNeverGood_FailsAtOnce_NamingThePlace()
    {
        using NamesFolder folder = new();
        await using TestNode node = await TestNode.RoutingAsync("", Interpreter(folder));

        folder.Write("rules", "/svc = /c");
        await Eventually.HoldsAsync(() => node.Log.Contains("rules:1:8: ", StringComparison.Ordinal), () => "nothing in the log: " + node.Log);
        Message response = await node.GetAsync();

        Assert.Equal(502, response.Status);
        Assert.Contains("rules:1:8: ", WebUtility.UrlDecode(response["l5d-err"]!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RoutersOwnDtab_WinsOverTheFile()
    {
        await using Origin one = Origin.Saying("one"), two = Origin.Saying("two");
        using NamesFolder folder = new();
        folder.Write("rules", $"/svc => {Inet(one)}");
        await using TestNode node = await TestNode.RoutingAsync($"/svc/own => {Inet(two)}", Interpreter(folder));

        Assert.Equal(("two", "one"), ((await node.GetAsync(host: "own")).Text, (await node.GetAsync(host: "other")).Text));
    }

    [Fact]
    public async Task Transformers_OfNamerAndInterpreter_Work()
    {
        await using Origin origin = Origin.Saying("hello");
        using NamesFolder names = new();
        names.Write("web", "127.0.0.1 1\n");
        string top = $"namers: [{{kind: io.l5d.fs, rootDir: '{names.Folder}', transformers: [{{kind: io.l5d.port, port: {origin.Port}}}]}}, "
            + "{kind: io.l5d.rewrite, prefix: any, pattern: '/{name}', name: '/#/io.l5d.fs/{name}'}]";
        await using TestNode byNamer = await TestNode.RoutingAsync("/svc => /#/any", top: top);
        await using TestNode byInterpreter = await TestNode.RoutingAsync(
            "/svc => /$/inet/127.0.0.1/1", $"interpreter: {{kind: default, transformers: [{{kind: io.l5d.port, port: {origin.Port}}}]}}");

        Assert.Equal(("hello", "hello"), ((await byNamer.GetAsync()).Text, (await byInterpreter.GetAsync()).Text));
        Assert.Equal($"/%/io.l5d.port/{origin.Port}/#/io.l5d.fs/web", origin.Requests[0]["l5d-dst-client"]);
        Assert.Equal($"/%/io.l5d.port/{origin.Port}/$/inet/127.0.0.1/1", origin.Requests[1]["l5d-dst-client"]);
    }

    private static string Inet(Origin origin) => $"/$/inet/127.0.0.1/{origin.Port}";

    private static string Interpreter(NamesFolder folder) => $"interpreter: {{kind: io.l5d.fs, dtabFile: '{folder.PathOf("rules")}'}}";

    private static async Task UntilTextAsync(TestNode node, string text)
    {
        long began = TimeProvider.System.GetTimestamp();
        while ((await node.GetAsync()).Text != text)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Peer.Patience, $"'{text}' never came\n{node.Log}");
        }
    }
}
