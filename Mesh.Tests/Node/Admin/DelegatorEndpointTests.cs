using System.Net;
using System.Text;
using System.Text.Json;
using Mesh.Discovery.Names;
using Mesh.Node.Admin;
using Mesh.Routing.Dtabs;
using Mesh.Tests.Kit;
using Mesh.Tests.Routing.Dtabs;
using Xunit;

namespace Mesh.Tests.Node.Admin;

public sealed class DelegatorEndpointTests : IAsyncLifetime, IDisposable
{
    private const string Dtab = """
        /beh => /#/error ;
        /bah/humbug => /$/inet/127.1/80 ;
        /foo => /bah | /beh | /$/fail ;
        /foo => /bar ;
        /boo => /foo ;
        /meh => /heh ;
        /neg => ~ ;
        /two => 1 * /$/inet/127.1/80 & 3 * /$/nil ;
        /gone => $ ;
        /never => ! ;
        """;

    /// <summary>Linkerd's answer to the same question, word for word.</summary>
    private const string BooHumbug = """
        {"type":"delegate","path":"/boo/humbug","delegate":{
        "type":"alt","path":"/foo/humbug","dentry":{"prefix":"/boo","dst":"/foo"},"alt":[
        {"type":"neg","path":"/bar/humbug","dentry":{"prefix":"/foo","dst":"/bar"}},
        {"type":"delegate","path":"/bah/humbug",
        "dentry":{"prefix":"/foo","dst":"/bah | /beh | /$/fail"},"delegate":{
        "type":"leaf","path":"/$/inet/127.1/80","dentry":{"prefix":"/bah/humbug",
        "dst":"/$/inet/127.1/80"},
        "bound":{"addr":{"type":"bound","addrs":[{"ip":"127.0.0.1","port":80,"meta":{}}],"meta":{}},
        "id":"/$/inet/127.1/80","path":"/"}}},
        {"type":"delegate","path":"/beh/humbug",
        "dentry":{"prefix":"/foo","dst":"/bah | /beh | /$/fail"},"delegate":{
        "type":"exception","path":"/#/error/humbug","dentry":{"prefix":"/beh","dst":"/#/error"},
        "message":"error naming /#/error/humbug"}},
        {"type":"fail","path":"/$/fail/humbug","dentry":{"prefix":"/foo","dst":"/bah | /beh | /$/fail"}}]}}
        """;

    private readonly AdminLab _lab = new();
    private readonly FakeNamers _namers = new();
    private readonly FakeTime _time = new();

    public Task InitializeAsync() => _lab.StartAsync(null, new DelegatorEndpoint(Views.Empty with
    {
        Routers =
        [
            new RouterView("plain", () => [], (dtab, path, cancel) =>
                Delegator.DelegateAsync(dtab ?? Mesh.Routing.Dtabs.Dtab.Parse("/own => /$/nil"), path, _namers.Watch, cancel)),
            new RouterView("other", () => [], null),
        ],
        Time = _time,
    }));

    public Task DisposeAsync() => _lab.DisposeAsync().AsTask();

    public void Dispose() => _lab.Client.Dispose();

    [Fact]
    public async Task ATree_IsLinkerds()
    {
        AdminLab.Answer byGet = await GetAsync("/boo/humbug");
        AdminLab.Answer byPost = await PostAsync(JsonSerializer.Serialize(new { @namespace = "plain", path = "/boo/humbug", dtab = Dtab }));

        Assert.Equal(BooHumbug.ReplaceLineEndings(""), byGet.Text);
        Assert.Equal(byGet, byPost);
        Assert.Equal((HttpStatusCode.OK, "application/json; charset=UTF-8"), (byGet.Status, byGet.ContentType));
    }

    [Theory]
    [InlineData("/meh", """{"type":"delegate","path":"/meh","delegate":{"type":"neg","path":"/heh","dentry":{"prefix":"/meh","dst":"/heh"}}}""")]
    [InlineData("/neg", """{"type":"delegate","path":"/neg","delegate":{"type":"neg","path":"~","dentry":{"prefix":"/neg","dst":"~"}}}""")]
    [InlineData("/never", """{"type":"delegate","path":"/never","delegate":{"type":"fail","path":"!","dentry":{"prefix":"/never","dst":"!"}}}""")]
    [InlineData("/gone", """{"type":"delegate","path":"/gone","delegate":{"type":"empty","path":"/gone","dentry":{"prefix":"/gone","dst":"$"}}}""")]
    public async Task Symbols_AreShown(string path, string tree)
    {
        Assert.Equal(tree, (await GetAsync(path)).Text);
    }

    [Fact]
    public async Task SharesOfAUnion_HaveTheirWeights()
    {
        JsonElement tree = JsonDocument.Parse((await GetAsync("/two")).Text).RootElement;
        if (tree.TryGetProperty("delegate", out JsonElement inner)) tree = inner;

        Assert.Equal("union", tree.GetProperty("type").GetString());
        Assert.Equal([1.0, 3.0], tree.GetProperty("union").EnumerateArray().Select(share => share.GetProperty("weight").GetDouble()));
    }

    [Fact]
    public async Task WithoutADtab_TheRoutersOwnHolds_AndWithoutANamespaceTheFirstRouter()
    {
        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Get, "/delegator.json?path=/own");

        Assert.Contains("\"dst\":\"/$/nil\"", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("path=invalid-param&namespace=plain", 400, "Invalid path: '/' expected but 'i' found at '[i]nvalid-param'")]
    [InlineData("path=/boo/humbug&dtab=invalid-param", 400, "Invalid dtab: '/' expected but 'i' found at '[i]nvalid-param'")]
    [InlineData("namespace=plain", 400, "Invalid path: ")]
    [InlineData("path=/a&namespace=nobody", 404, "no router `nobody`; there are plain, other")]
    [InlineData("path=/a&namespace=other", 501, "Name Interpreter for other cannot show delegations")]
    public async Task AWrongQuestion_IsToldWhy(string query, int status, string why)
    {
        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Get, "/delegator.json?" + query);

        Assert.Equal(status, (int)answer.Status);
        Assert.StartsWith(why, JsonDocument.Parse(answer.Text).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"namespace": "plain", "path": "/boo/humbug", "dtab": ... }""", "application/json", 400)]
    [InlineData("""{"path": 7}""", "application/json", 400)]
    [InlineData("[]", "application/json", 400)]
    [InlineData("{}", "application/json", 400)]
    [InlineData("", "application/json", 400)]
    [InlineData("""{"path": "/neg"}""", "application/json; charset=utf-8", 200)]
    [InlineData("""{"path": "/neg"}""", "text/plain", 415)]
    public async Task APost_MustBeJson(string body, string type, int status)
    {
        Assert.Equal(status, (int)(await PostAsync(body, type)).Status);
    }

    [Fact]
    public async Task ANamerThatDoesNotAnswer_IsWaitedForTwoSeconds()
    {
        Task<AdminLab.Answer> asked = GetAsync("/#/wait/x");
        while (_namers.Open == 0) await Task.Yield();
        _time.Advance(DelegatorEndpoint.Patience);

        AdminLab.Answer answer = await asked;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Contains("timed out", answer.Text, StringComparison.Ordinal);
        Assert.Equal(0, _namers.Open);
    }

    [Fact]
    public async Task ANamerThatAnswersInTime_IsShown()
    {
        Task<AdminLab.Answer> asked = GetAsync("/#/wait/x");
        while (_namers.Open == 0) await Task.Yield();
        _namers.Tell(NameState.Resolved.Neg);

        Assert.Equal("""{"type":"neg","path":"/#/wait/x"}""", (await asked).Text);
    }

    [Fact]
    public async Task ADeepTree_IsWrittenWhole()
    {
        string dtab = string.Concat(Enumerable.Range(0, 90).Select(i => $"/d{i} => (/d{i + 1} | ~) & 2 * ~;"));

        AdminLab.Answer answer = await _lab.SendAsync(HttpMethod.Get, $"/delegator.json?path=/d0&dtab={Uri.EscapeDataString(dtab)}");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        using JsonDocument tree = JsonDocument.Parse(answer.Text, new JsonDocumentOptions { MaxDepth = 4096 });
    }

    private Task<AdminLab.Answer> GetAsync(string path) => _lab.SendAsync(
        HttpMethod.Get, $"/delegator.json?namespace=plain&path={Uri.EscapeDataString(path)}&dtab={Uri.EscapeDataString(Dtab)}");

    private async Task<AdminLab.Answer> PostAsync(string body, string type = "application/json")
    {
        using StringContent content = new(body, Encoding.UTF8);
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return await _lab.SendAsync(HttpMethod.Post, "/delegator.json", content);
    }
}
