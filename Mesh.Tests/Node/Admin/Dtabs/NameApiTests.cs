using System.Text.Json;
using Mesh.Tests.EndToEnd;
using Xunit;

namespace Mesh.Tests.Node.Admin.Dtabs;

/// <summary>The rest of namerd's control API: bind, addr, resolve, delegate, bound-names; and what a router makes of its namespace.</summary>
public sealed class NameApiTests(DtabLab lab) : IClassFixture<DtabLab>, IAsyncLifetime
{
    private const string Dtab = """
        /svc => /#/io.l5d.fs ; /svc/both => 1 * /#/io.l5d.fs/one & 1 * /#/io.l5d.fs/two ; /svc/no => ! ; /svc/empty => $ ;
        /svc/rest => /#/io.l5d.fs/one/tail
        """;

    public Task InitializeAsync() => lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/names", Dtab);

    public Task DisposeAsync() => Task.CompletedTask;

    private string One => $$$"""{"type":"bound","addrs":[{"ip":"127.0.0.1","port":{{{lab.One.Port}}},"meta":{}}],"meta":{}}""";

    private string Two => $$$"""{"type":"bound","addrs":[{"ip":"127.0.0.1","port":{{{lab.Two.Port}}},"meta":{}}],"meta":{}}""";

    private string Both => $$$"""{"type":"union","union":[{"weight":1,"tree":{{{Leaf(One, "one")}}}},{"weight":1,"tree":{{{Leaf(Two, "two")}}}}]}""";

    [Fact]
    public async Task Bind_IsTheTreeOfDestinationsWithAddresses()
    {
        Reply both = await lab.GetAsync("/api/1/bind/names?path=/svc/both");
        Reply reply = await lab.GetAsync("/api/1/bind/names?path=/svc/one");

        Assert.Equal((200, Leaf(One, "one") + "\n"), (reply.Status, reply.Body));

        // Asked once, it is answered when both are known, though requests are served by the first.
        Assert.Equal(Both + "\n", both.Body);
    }

    [Theory]
    [InlineData("/api/1/bind/names?path=/svc/nobody", """{"type":"neg"}""")]
    [InlineData("/api/1/bind/names?path=/svc/no", """{"type":"fail"}""")]
    [InlineData("/api/1/bind/names?path=/svc/empty", """{"type":"empty"}""")]
    [InlineData("/api/1/bind/no-such-namespace?path=/svc/one", """{"type":"neg"}""")]
    [InlineData("/api/1/addr/names?path=/%23/io.l5d.fs/nobody", """{"type":"neg"}""")]
    [InlineData("/api/1/resolve/names?path=/svc/nobody", """{"type":"neg"}""")]
    [InlineData("/api/1/resolve/names?path=/svc/no", """{"type":"neg"}""")]
    public async Task WhatLeadsNowhere_IsSaid_With200(string path, string body)
    {
        Reply reply = await lab.GetAsync(path);

        Assert.Equal((200, body + "\n"), (reply.Status, reply.Body));
    }

    [Theory]
    [InlineData("bind")]
    [InlineData("resolve")]
    [InlineData("delegate")]
    public async Task TheDtabParameter_ComesBehindTheNamespace(string verb)
    {
        Reply reply = await lab.GetAsync($"/api/1/{verb}/names?path=/svc/nobody&dtab=/svc/nobody=>/%23/io.l5d.fs/two");

        Assert.Equal(200, reply.Status);
        Assert.Contains(Two, reply.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/1/bind/names?path=svc", "Invalid path")]
    [InlineData("/api/1/addr/names?path=svc", "Invalid path")]
    [InlineData("/api/1/resolve/names?path=svc", "Invalid path")]
    [InlineData("/api/1/delegate/names?path=svc", "Invalid path")]
    [InlineData("/api/1/bind/names?path=/svc&dtab=/a", "Invalid dtab")]
    [InlineData("/api/1/addr/names?path=/%24/nil", "no destination's id")]
    [InlineData("/api/1/addr/names?path=/svc/one/more/%23", "neg")]
    public async Task ABadQuestion_IsSaid(string path, string why)
    {
        Reply reply = await lab.GetAsync(path);

        Assert.Contains(why, reply.Body, StringComparison.Ordinal);
        Assert.Equal(why == "neg" ? 200 : 400, reply.Status);
    }

    [Theory]
    [InlineData("/api/1/bind")]
    [InlineData("/api/1/addr/a/b?path=/svc")]
    public async Task WithoutANamespace_Is404(string path) => Assert.Equal(404, (await lab.GetAsync(path)).Status);

    [Theory]
    [InlineData("/%23/io.l5d.fs/one")]
    [InlineData("/%25/io.l5d.port/80/%23/io.l5d.fs/one")]
    public async Task Addr_IsTheAddressesOfAnId(string id)
    {
        Reply reply = await lab.GetAsync($"/api/1/addr/names?path={id}");

        Assert.Equal((200, One + "\n"), (reply.Status, reply.Body));
    }

    [Fact]
    public async Task Resolve_IsTheAddressesOfOneDestination()
    {
        using LineStream both = new(await lab.WatchAsync("/api/1/bind/names?path=/svc/both&watch=true"));
        await both.UntilAsync(Both);
        HashSet<string> drawn = [];
        for (int i = 0; i < 60; i++) drawn.Add((await lab.GetAsync("/api/1/resolve/names?path=/svc/both")).Body.Trim());

        Assert.Equal([.. new[] { One, Two }.Order(StringComparer.Ordinal)], drawn.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Delegate_IsTheWholeTree_WithTheNamespaceInPathQueryOrBody()
    {
        Reply below = await lab.GetAsync("/api/1/delegate/names?path=/svc/one");
        Reply query = await lab.GetAsync("/api/1/delegate?namespace=names&path=/svc/one");
        Reply body = await lab.SendAsync(
            HttpMethod.Post, "/api/1/delegate", """{"namespace":"names","dtab":"","path":"/svc/one"}""", "application/json", token: null);

        using JsonDocument tree = JsonDocument.Parse(below.Body);
        Assert.Equal((200, "delegate"), (below.Status, tree.RootElement.GetProperty("type").GetString()));
        Assert.Contains(One, below.Body, StringComparison.Ordinal);
        Assert.Equal((below.Body, below.Body), (query.Body, body.Body));
    }

    [Fact]
    public async Task Delegate_OfNoNamespace_GoesByTheGivenDtabAlone()
    {
        const string Dtab = "/svc/own=>/%23/io.l5d.fs/two";
        Reply query = await lab.GetAsync($"/api/1/delegate?path=/svc/own&dtab={Dtab}");
        Reply body = await lab.SendAsync(
            HttpMethod.Post, "/api/1/delegate", """{"dtab":"/svc/own=>/#/io.l5d.fs/two","path":"/svc/own"}""", "application/json", token: null);
        Reply none = await lab.GetAsync("/api/1/delegate?path=/svc/one");

        Assert.Equal((200, 200, query.Body), (query.Status, body.Status, body.Body));
        Assert.Contains(Two, query.Body, StringComparison.Ordinal);
        Assert.Equal("""{"type":"neg","path":"/svc/one"}""" + "\n", none.Body);
        Assert.Equal(404, (await lab.GetAsync("/api/1/delegate?namespace=a/b&path=/svc/one")).Status);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("True")]
    [InlineData("1")]
    [InlineData("t")]
    [InlineData("T")]
    public async Task Watch_IsWhatFinagleTakesForTrue_Everywhere(string yes)
    {
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/yes", "/svc => /#/io.l5d.fs/one");
        using LineStream rules = new(await lab.WatchAsync($"/api/1/dtabs/yes?watch={yes}"));
        using LineStream list = new(await lab.WatchAsync($"/api/1/dtabs?watch={yes}"));
        using LineStream bind = new(await lab.WatchAsync($"/api/1/bind/yes?path=/svc&watch={yes}"));
        using LineStream names = new(await lab.WatchAsync($"/api/1/bound-names?watch={yes}"));
        await Task.WhenAll(rules.NextAsync(), list.NextAsync(), bind.NextAsync(), names.NextAsync());

        string fresh = $"fresh-{Guid.NewGuid():n}";
        lab.Names.Write(fresh, lab.One);
        await lab.SendAsync(HttpMethod.Put, $"/api/1/dtabs/{fresh}", "/a => /b");
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/yes", "/svc => /#/io.l5d.fs/two");

        Assert.Contains("io.l5d.fs/two", await rules.NextAsync(), StringComparison.Ordinal);
        Assert.Contains(fresh, await list.NextAsync(), StringComparison.Ordinal);
        Assert.Contains("io.l5d.fs/two", await bind.NextAsync(), StringComparison.Ordinal);
        Assert.Contains(fresh, await names.NextAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("0")]
    [InlineData("yes")]
    [InlineData("")]
    public async Task Watch_OfAnythingElse_IsNone(string no)
    {
        Reply names = await lab.GetAsync($"/api/1/bound-names?watch={no}");
        Reply list = await lab.GetAsync($"/api/1/dtabs?watch={no}");

        Assert.Equal((200, 200), (names.Status, list.Status));
    }

    [Fact]
    public async Task BoundNames_AreAList()
    {
        Reply reply = await lab.GetAsync("/api/1/bound-names");

        string[] names = JsonSerializer.Deserialize<string[]>(reply.Body)!;
        Assert.Equal((200, true, true), (reply.Status, names.Contains("/#/io.l5d.fs/one"), reply.Body.EndsWith('\n')));
    }

    [Fact]
    public async Task Watch_FollowsRulesAndAddresses()
    {
        lab.Names.Write("moving", lab.One);
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/follow", "/svc => /#/io.l5d.fs");
        using LineStream bind = new(await lab.WatchAsync("/api/1/bind/follow?path=/svc/moving&watch=true"));
        using LineStream addr = new(await lab.WatchAsync("/api/1/addr/follow?path=/%23/io.l5d.fs/moving&watch=true"));
        using LineStream resolve = new(await lab.WatchAsync("/api/1/resolve/follow?path=/svc/moving&watch=true"));
        using LineStream names = new(await lab.WatchAsync("/api/1/bound-names?watch=true"));
        Assert.Equal((Leaf(One, "moving"), One, One), (await bind.NextAsync(), await addr.NextAsync(), await resolve.NextAsync()));
        Assert.DoesNotContain("arrived", await names.NextAsync(), StringComparison.Ordinal);

        lab.Names.Write("moving", lab.Two);
        await bind.UntilAsync(Leaf(Two, "moving"));
        await addr.UntilAsync(Two);
        await resolve.UntilAsync(Two);
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/follow", "/svc => /#/io.l5d.fs/one");
        lab.Names.Write("arrived", lab.One);

        await bind.UntilAsync(Leaf(One, "one", "/moving"));
        await resolve.UntilAsync(One);
        Assert.Contains("arrived", await names.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARouter_ObeysItsNamespace_BelowItsOwnDtab_AndHistoryTellsAll()
    {
        await UntilTextAsync("two", "local");
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/web", "/svc => /#/io.l5d.fs/one");
        await UntilTextAsync("one", "anything");
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/web", "/svc => /#/io.l5d.fs/two", ifMatch: "AAAAAAAAAAE=");
        await UntilTextAsync("two", "anything");
        Reply back = await lab.SendAsync(HttpMethod.Post, "/api/1/routes/web/rollback?version=1");
        await UntilTextAsync("one", "anything");
        Reply wait = await lab.GetAsync("/api/1/routes/web/wait");

        Assert.Equal((204, 200), (back.Status, wait.Status));
        Assert.StartsWith("""{"version":3,"everywhere":true,"nodes":[{"name":"n1",""", wait.Body, StringComparison.Ordinal);
        using JsonDocument history = JsonDocument.Parse((await lab.GetAsync("/api/1/routes/web/history")).Body);
        Assert.Equal(
            ["1 created ann@127.0.0.1", "2 updated ann@127.0.0.1", "3 rolled back ann@127.0.0.1"],
            history.RootElement.EnumerateArray().Select(static each =>
                $"{each.GetProperty("version")} {each.GetProperty("kind")} {each.GetProperty("author")}"));
        Reply second = await lab.GetAsync("/api/1/routes/web/history?version=2");
        Assert.Contains("\"dtab\":\"/svc => /#/io.l5d.fs/two\"", second.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/api/1/routes/names/rollback", 400)]
    [InlineData("POST", "/api/1/routes/names/rollback?version=999", 404)]
    [InlineData("POST", "/api/1/routes/nobody/rollback?version=1", 404)]
    [InlineData("GET", "/api/1/routes/names/rollback?version=1", 405)]
    [InlineData("POST", "/api/1/routes/names/history", 405)]
    [InlineData("GET", "/api/1/routes/nobody/history", 404)]
    [InlineData("GET", "/api/1/routes/names/history?version=x", 400)]
    [InlineData("GET", "/api/1/routes/names/history?version=999", 404)]
    [InlineData("GET", "/api/1/routes/nobody/wait", 404)]
    [InlineData("GET", "/api/1/routes/names/wait?version=999&timeoutMs=10", 504)]
    [InlineData("GET", "/api/1/routes/names/other", 404)]
    [InlineData("GET", "/api/1/routes/names", 404)]
    public async Task WhatCannotBeAnswered_HasItsStatus(string method, string path, int status) =>
        Assert.Equal(status, (await lab.SendAsync(new HttpMethod(method), path)).Status);

    private static string Leaf(string addresses, string file, string residual = "/") =>
        $$$"""{"type":"leaf","bound":{"addr":{{{addresses}}},"id":"/#/io.l5d.fs/{{{file}}}","path":"{{{residual}}}"}}""";

    private Task UntilTextAsync(string text, string host) => Eventually.HoldsAsync(
        async () => (await lab.Node.GetAsync(host: host)).Text == text, () => $"'{text}' never came\n{lab.Node.Log}");
}
