using System.Text.Json;
using Xunit;

namespace Mesh.Tests.Node.Admin.Dtabs;

/// <summary>namerd's control API, row by row of its table, against a real node: <c>/api/1/dtabs</c>.</summary>
public sealed class DtabApiTests(DtabLab lab) : IClassFixture<DtabLab>
{
    private const string V1 = "AAAAAAAAAAE=";
    private const string V2 = "AAAAAAAAAAI=";

    [Theory]
    [InlineData("GET", "/api/1/dtabs")]
    [InlineData("GET", "/api/1/dtabs/")]
    [InlineData("POST", "/api/1/dtabs")]
    [InlineData("PUT", "/api/1/dtabs")]
    [InlineData("DELETE", "/api/1/dtabs")]
    public async Task List_IsSortedNames_ByAnyMethod(string method, string path)
    {
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/zz", "/a => /b");

        Reply reply = await lab.SendAsync(new HttpMethod(method), path);

        string[] names = JsonSerializer.Deserialize<string[]>(reply.Body)!;
        Assert.Equal((200, "application/json"), (reply.Status, reply.Type));
        Assert.EndsWith("\n", reply.Body, StringComparison.Ordinal);
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Contains("zz", names);
    }

    [Fact]
    public async Task Get_IsTheDtabWithItsETag_InTheFormAskedFor()
    {
        await lab.SendAsync(HttpMethod.Post, "/api/1/dtabs/get", "/svc => /#/io.l5d.fs ; # why\n/svc/a => 2 * /b & /c | /d");

        const string Json = """[{"prefix":"/svc","dst":"/#/io.l5d.fs"},{"prefix":"/svc/a","dst":"2.00*/b & /c | /d"}]""" + "\n";
        Reply json = await lab.GetAsync("/api/1/dtabs/get");
        Reply text = await lab.GetAsync("/api/1/dtabs/get", "application/dtab");
        Reply plain = await lab.GetAsync("/api/1/dtabs/get", "text/html, text/plain;q=0.1, application/json");

        Assert.Equal((200, V1, "application/json"), (json.Status, json.ETag, json.Type));
        Assert.Equal(Json, json.Body);
        Assert.Equal((200, V1, "application/dtab"), (text.Status, text.ETag, text.Type));
        Assert.StartsWith("/svc=>/#/io.l5d.fs;/svc/a=>", text.Body, StringComparison.Ordinal);
        Assert.EndsWith("\n", text.Body, StringComparison.Ordinal);
        Assert.Equal((text.Body, "text/plain"), (plain.Body, plain.Type));
    }

    [Fact]
    public async Task Head_IsTheETagAlone()
    {
        await lab.SendAsync(HttpMethod.Post, "/api/1/dtabs/head", "/a => /b");

        Reply reply = await lab.SendAsync(HttpMethod.Head, "/api/1/dtabs/head");

        Assert.Equal((200, V1, ""), (reply.Status, reply.ETag, reply.Body));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    public async Task WhatIsNotThere_Is404(string method) =>
        Assert.Equal(404, (await lab.SendAsync(new HttpMethod(method), "/api/1/dtabs/nothing")).Status);

    [Theory]
    [InlineData("/a => /b", "text/plain")]
    [InlineData("/a => /b ;", "application/dtab")]
    [InlineData("""[{"prefix":"/a","dst":"/b"}]""", "application/json")]
    [InlineData("""[{"prefix":"/a","dst":"/b"}]""", "application/json; charset=utf-8")]
    [InlineData("", "text/plain")]
    [InlineData("[]", "application/json")]
    public async Task Post_Creates204_AndOnlyOnce(string body, string type)
    {
        string name = $"post-{Math.Abs(HashOf(body + type))}";
        Reply first = await lab.SendAsync(HttpMethod.Post, $"/api/1/dtabs/{name}", body, type);
        Reply second = await lab.SendAsync(HttpMethod.Post, $"/api/1/dtabs/{name}", body, type);
        Reply read = await lab.GetAsync($"/api/1/dtabs/{name}", "text/plain");

        Assert.Equal((204, "", ""), (first.Status, first.Body, first.ETag));
        Assert.Equal(409, second.Status);
        Assert.Equal((200, V1, body.Length < 3 ? "\n" : "/a=>/b\n"), (read.Status, read.ETag, read.Body));
    }

    [Theory]
    [InlineData("/a = /b", "text/plain", "line 1, column 5")]
    [InlineData("/a => /b ;\n/c => ?", "text/plain", "line 2, column 7")]
    [InlineData("/a => /b", "", "Content-Type must be")]
    [InlineData("/a => /b", "text/yaml", "Content-Type must be")]
    [InlineData("[null]", "application/json", "Invalid dtab")]
    [InlineData("""[{"prefix":null,"dst":"/b"}]""", "application/json", "entry 1: prefix and dst must be text")]
    [InlineData("""[{"prefix":"/a","dst":"/b; /c => /d"}]""", "application/json", "entry 1, dst")]
    [InlineData("""[{"prefix":"/a","dst":"/b"},{"prefix":"a","dst":"/b"}]""", "application/json", "entry 2, prefix")]
    [InlineData("""{"prefix":"/a"}""", "application/json", "Invalid dtab")]
    [InlineData("[", "application/json", "Invalid dtab")]
    public async Task ABadBody_Is400_WithItsPlace(string body, string type, string why)
    {
        foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Post, HttpMethod.Put])
        {
            Reply reply = await lab.SendAsync(method, "/api/1/dtabs/bad", body, type);

            Assert.Equal(400, reply.Status);
            Assert.Contains(why, reply.Body, StringComparison.Ordinal);
        }

        Assert.Equal(404, (await lab.GetAsync("/api/1/dtabs/bad")).Status);
    }

    [Fact]
    public async Task ABadName_Is400_WithTheRule()
    {
        Reply reply = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/a%20b", "/a => /b");

        Assert.Equal(400, reply.Status);
        Assert.Contains("letters, digits", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Put_WithoutIfMatch_WritesWhateverIsThere()
    {
        Reply first = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/put", "/a => /b");
        Reply second = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/put", "/a => /c");
        Reply read = await lab.GetAsync("/api/1/dtabs/put", "text/plain");

        Assert.Equal((204, 204, V2, "/a=>/c\n"), (first.Status, second.Status, read.ETag, read.Body));
    }

    [Fact]
    public async Task Put_WithIfMatch_WritesOnlyOverThatVersion()
    {
        Reply absent = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/match", "/a => /b", ifMatch: V1);
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/match", "/a => /b");
        Reply good = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/match", "/a => /c", ifMatch: V1);
        Reply stale = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/match", "/a => /d", ifMatch: V1);
        Reply quoted = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/match", "/a => /e", ifMatch: $"\"{V2}\"");
        Reply nonsense = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/match", "/a => /f", ifMatch: "nonsense");

        Assert.Equal((404, 204, 412, 204, 412), (absent.Status, good.Status, stale.Status, quoted.Status, nonsense.Status));
        Assert.Equal("/a=>/e\n", (await lab.GetAsync("/api/1/dtabs/match", "text/plain")).Body);
    }

    /// <summary>RFC 9110 13.1.1: an asterisk wants that there is one, a list that it is one of them; a weak tag is none of ours.</summary>
    [Fact]
    public async Task IfMatch_TakesAnAsterisk_AndAListOfTags()
    {
        Reply absent = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/any", "/a => /b", ifMatch: "*");
        Reply gone = await lab.SendAsync(HttpMethod.Delete, "/api/1/dtabs/any", ifMatch: "*");
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/any", "/a => /b");
        Reply any = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/any", "/a => /c", ifMatch: "*");
        Reply one = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/any", "/a => /d", ifMatch: $"\"{V1}\", \"{V2}\"");
        Reply none = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/any", "/a => /e", ifMatch: $"{V1}, {V2}");
        Reply weak = await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/any", "/a => /f", ifMatch: "W/\"AAAAAAAAAAM=\"");
        Reply policies = await lab.SendAsync(HttpMethod.Put, "/api/1/routes/any/policies", "policies: []", ifMatch: "*");

        Assert.Equal((404, 404), (absent.Status, gone.Status));
        Assert.Equal((204, 204, 412, 412), (any.Status, one.Status, none.Status, weak.Status));
        Assert.NotEqual(412, policies.Status);
        Assert.Equal("/a=>/d\n", (await lab.GetAsync("/api/1/dtabs/any", "text/plain")).Body);
        Assert.Equal(204, (await lab.SendAsync(HttpMethod.Delete, "/api/1/dtabs/any", ifMatch: "*")).Status);
    }

    [Fact]
    public async Task Delete_Is204_ThenNothingIsThere_AndVersionsGoOn()
    {
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/gone", "/a => /b");

        Reply first = await lab.SendAsync(HttpMethod.Delete, "/api/1/dtabs/gone");
        Reply second = await lab.SendAsync(HttpMethod.Delete, "/api/1/dtabs/gone");
        Reply read = await lab.GetAsync("/api/1/dtabs/gone");
        await lab.SendAsync(HttpMethod.Post, "/api/1/dtabs/gone", "/a => /b");

        Assert.Equal((204, 404, 404), (first.Status, second.Status, read.Status));
        Assert.Equal("AAAAAAAAAAM=", (await lab.GetAsync("/api/1/dtabs/gone")).ETag);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task AChange_NeedsTheToken(string method)
    {
        Reply none = await lab.SendAsync(new HttpMethod(method), "/api/1/dtabs/guarded", "/a => /b", token: null);
        Reply wrong = await lab.SendAsync(new HttpMethod(method), "/api/1/dtabs/guarded", "/a => /b", token: "x");

        Assert.Equal((401, 401), (none.Status, wrong.Status));
        Assert.Equal(404, (await lab.GetAsync("/api/1/dtabs/guarded")).Status);
    }

    [Theory]
    [InlineData("PATCH", "/api/1/dtabs/x", 405)]
    [InlineData("GET", "/api/1/nothing", 404)]
    [InlineData("GET", "/api/1/dtabs/a/b", 404)]
    public async Task OtherMethodsAndPaths_AreSaidSo(string method, string path, int status) =>
        Assert.Equal(status, (await lab.SendAsync(new HttpMethod(method), path)).Status);

    [Fact]
    public async Task Watch_OfTheList_ShowsEachChangeOnce()
    {
        using LineStream lines = new(await lab.WatchAsync("/api/1/dtabs?watch=true"));
        string[] now = JsonSerializer.Deserialize<string[]>((await lines.NextAsync())!)!;

        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/zzz-watched", "/a => /b");
        await lines.UntilAsync(JsonSerializer.Serialize(now.Append("zzz-watched")));
        await lab.SendAsync(HttpMethod.Delete, "/api/1/dtabs/zzz-watched");

        await lines.UntilAsync(JsonSerializer.Serialize(now));
    }

    [Fact]
    public async Task Watch_OfANamespace_WaitsForIt_ShowsWhatDiffers_AndStaysOpenOverDeletion()
    {
        using LineStream lines = new(await lab.WatchAsync("/api/1/dtabs/watched?watch=true"));
        Task<string?> first = lines.NextAsync();
        Assert.False(first.IsCompleted);

        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/watched", "/a => /b");
        Assert.Equal("""[{"prefix":"/a","dst":"/b"}]""", await first);
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/watched", "/a  =>  /b ;");
        await lab.SendAsync(HttpMethod.Delete, "/api/1/dtabs/watched");
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/watched", "/a => /c");

        Assert.Equal("""[{"prefix":"/a","dst":"/c"}]""", await lines.NextAsync());
    }

    private static int HashOf(string text) => text.Aggregate(17, static (hash, letter) => (hash * 31 + letter) % 100_003);
}
