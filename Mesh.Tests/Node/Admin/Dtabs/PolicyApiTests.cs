using System.Text.Json;
using Mesh.Routing.Routes;
using Mesh.Tests.EndToEnd;
using Xunit;

namespace Mesh.Tests.Node.Admin.Dtabs;

/// <summary><c>/api/1/routes/NAMESPACE/policies</c> against a real node, whose router follows the namespace <c>web</c>.</summary>
public sealed class PolicyApiTests(DtabLab lab) : IClassFixture<DtabLab>
{
    private const string V1 = "AAAAAAAAAAE=";
    private const string V2 = "AAAAAAAAAAI=";
    private const string V3 = "AAAAAAAAAAM=";
    private const string Document = "# why\npolicies:\n- headers: {request: {remove: [x-a]}}\n";

    [Fact]
    public async Task ADocument_IsKeptAsWritten_WithTheNamespacesETag()
    {
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/both", "/a => /b");

        Reply put = await PutAsync("both", Document);
        Reply read = await lab.GetAsync("/api/1/routes/both/policies");
        Reply head = await lab.SendAsync(HttpMethod.Head, "/api/1/routes/both/policies");
        Reply dtab = await lab.GetAsync("/api/1/dtabs/both", "text/plain");
        Reply json = await PutAsync("both", """{"policies": []}""", "application/json");
        Reply readJson = await lab.GetAsync("/api/1/routes/both/policies");

        Assert.Equal((204, 204), (put.Status, json.Status));
        Assert.Equal((200, Document, V2, "application/yaml"), (read.Status, read.Body, read.ETag, read.Type));
        Assert.Equal((200, V2, ""), (head.Status, head.ETag, head.Body));
        Assert.Equal((V2, "/a=>/b\n"), (dtab.ETag, dtab.Body));
        Assert.Equal(("""{"policies": []}""", V3, "application/json"), (readJson.Body, readJson.ETag, readJson.Type));
    }

    [Fact]
    public async Task IfMatch_IsOfBothDocuments()
    {
        Reply absent = await PutAsync("match", Document, ifMatch: V1);
        Reply first = await PutAsync("match", Document);
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/match", "/a => /b");
        Reply stale = await PutAsync("match", "policies: []", ifMatch: V1);
        Reply good = await PutAsync("match", "policies: []", ifMatch: V2);
        Reply staleDelete = await lab.SendAsync(HttpMethod.Delete, "/api/1/routes/match/policies", ifMatch: V2);

        Assert.Equal((404, 204, 412, 204, 412), (absent.Status, first.Status, stale.Status, good.Status, staleDelete.Status));
    }

    [Fact]
    public async Task Delete_LeavesTheDtab_ThenThereIsNothing()
    {
        await PutAsync("less", Document);

        Reply deleted = await lab.SendAsync(HttpMethod.Delete, "/api/1/routes/less/policies");
        Reply again = await lab.SendAsync(HttpMethod.Delete, "/api/1/routes/less/policies");
        Reply nobody = await lab.SendAsync(HttpMethod.Delete, "/api/1/routes/nobody/policies");
        Reply read = await lab.GetAsync("/api/1/routes/less/policies");
        Reply dtab = await lab.GetAsync("/api/1/dtabs/less", "text/plain");

        Assert.Equal((204, 404, 404, 404), (deleted.Status, again.Status, nobody.Status, read.Status));
        Assert.Equal((200, V2, "\n"), (dtab.Status, dtab.ETag, dtab.Body));
    }

    [Theory]
    [InlineData("", "the document is empty; delete the policies instead")]
    [InlineData("# later\n", "policies:1:1: a policies document needs `policies`")]
    [InlineData("policies:\n- match: {pathPrefx: /a}\n  fault: {abort: {status: 503}}\n", "policies:2:11: unknown key `pathPrefx`")]
    [InlineData("policies:\n- redirect: {status: 304, path: /a}\n", "policies:2:22: `status` is `304`")]
    [InlineData("policies: [", "policies:")]
    public async Task ABadDocument_Is400_WithItsPlace(string body, string why)
    {
        Reply reply = await PutAsync("bad", body);

        Assert.Equal(400, reply.Status);
        Assert.StartsWith($"Invalid policies: {why}", reply.Body, StringComparison.Ordinal);
        Assert.Equal(404, (await lab.GetAsync("/api/1/routes/bad/policies")).Status);
    }

    [Fact]
    public async Task TooLongADocument_Is400()
    {
        Reply reply = await PutAsync("long", "policies: []\n#" + new string('x', RouteLimits.MaxPoliciesBytes));

        Assert.Equal(400, reply.Status);
        Assert.Contains("at most 131072", reply.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Writes_NeedTheToken(string method) => Assert.Equal(
        401, (await lab.SendAsync(new HttpMethod(method), "/api/1/routes/x/policies", "policies: []", token: null)).Status);

    [Theory]
    [InlineData("POST", "policies")]
    [InlineData("PUT", "history")]
    [InlineData("DELETE", "rollback")]
    public async Task OtherMethods_Are405(string method, string verb) =>
        Assert.Equal(405, (await lab.SendAsync(new HttpMethod(method), $"/api/1/routes/x/{verb}", "")).Status);

    [Fact]
    public async Task History_SaysWhichDocument_RollbackBringsBothBack()
    {
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/old", "/a => /b");
        await PutAsync("old", Document);
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/old", "/a => /c");
        await PutAsync("old", "policies: []");

        Reply back = await lab.SendAsync(HttpMethod.Post, "/api/1/routes/old/rollback?version=2");
        Reply policies = await lab.GetAsync("/api/1/routes/old/policies");
        Reply dtab = await lab.GetAsync("/api/1/dtabs/old", "text/plain");
        using JsonDocument history = JsonDocument.Parse((await lab.GetAsync("/api/1/routes/old/history")).Body);
        using JsonDocument second = JsonDocument.Parse((await lab.GetAsync("/api/1/routes/old/history?version=2")).Body);

        Assert.Equal((204, Document, "/a=>/b\n"), (back.Status, policies.Body, dtab.Body));
        Assert.Equal(
            ["dtab", "policies", "dtab", "policies", "dtab,policies"],
            history.RootElement.EnumerateArray().Select(static change =>
                string.Join(',', change.GetProperty("documents").EnumerateArray().Select(static each => each.GetString()))));
        Assert.Equal(Document, second.RootElement[0].GetProperty("policies").GetString());
    }

    [Fact]
    public async Task ARouter_ObeysItsNamespace_BelowItsOwnPolicies()
    {
        await lab.SendAsync(HttpMethod.Put, "/api/1/dtabs/web", "/svc => /#/io.l5d.fs/one");
        await Eventually.HoldsAsync(async () => (await lab.Node.GetAsync()).Text == "one", () => lab.Node.Log);

        await PutAsync("web", "policies: [{match: {pathPrefix: /drill}, fault: {abort: {status: 555}}}]");
        await Eventually.HoldsAsync(async () => (await lab.Node.GetAsync("/drill")).Status == 555, () => lab.Node.Log);
        Assert.Equal(200, (await lab.Node.GetAsync("/drills")).Status);
        await lab.SendAsync(HttpMethod.Delete, "/api/1/dtabs/web");

        await Eventually.HoldsAsync(async () => (await lab.Node.GetAsync("/drill", "local")).Status == 200, () => lab.Node.Log);
    }

    private Task<Reply> PutAsync(string name, string body, string type = "", string ifMatch = "") =>
        lab.SendAsync(HttpMethod.Put, $"/api/1/routes/{name}/policies", body, type, ifMatch);
}
