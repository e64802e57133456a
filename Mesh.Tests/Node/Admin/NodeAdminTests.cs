using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Mesh.Node.Admin;
using Mesh.Node.Hosting;
using Mesh.Tests.EndToEnd;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Node.Admin;

/// <summary>Endpoints over a whole node.</summary>
public sealed class NodeAdminTests
{
    private static readonly TimeSpan s_generous = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task AnEndpointThatAnswers_IsAlive()
    {
        await using Origin origin = Origin.Saying("x");
        await using TestNode node = await TestNode.BeforeAsync(origin);
        await node.GetAsync();

        (HttpStatusCode status, string text) = await node.AdminAsync("/client_state.json");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonProperty client = Assert.Single(JsonDocument.Parse(text).RootElement.EnumerateObject());
        Assert.Equal($"/$/inet/127.0.0.1/{origin.Port}", client.Name);
        Assert.Equal("bound", Text(client.Value, "state"));
        Assert.Equal($"127.0.0.1:{origin.Port}", Assert.Single(client.Value.GetProperty("addresses").EnumerateArray()).GetString());
        JsonElement endpoint = Endpoint(client);
        Assert.Equal(("test", "alive", "actor"), (Text(endpoint, "router"), Text(endpoint, "state"), Text(endpoint, "source")));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT", Text(endpoint, "since"));
        Assert.Equal(JsonValueKind.Null, endpoint.GetProperty("evidence").ValueKind);
        Assert.Equal(1, endpoint.GetProperty("weight").GetDouble());
    }

    [Fact]
    public async Task AnEndpointThatRests_SaysSinceWhenAndWhy()
    {
        int port = Ports.Free();
        await using TestNode node = await TestNode.RoutingAsync(
            $"/svc => /$/inet/127.0.0.1/{port}", "client: {failureAccrual: {failures: 1, backoff: {kind: constant, ms: 86400000}}}");
        await node.GetAsync();

        string text = (await node.AdminAsync("/client_state.json")).Text;
        JsonElement endpoint = Endpoint(JsonDocument.Parse(text).RootElement.EnumerateObject().Single());

        Assert.Equal(("dead", "connect failure: 1 in a row"), (Text(endpoint, "state"), Text(endpoint, "evidence")));
        const int requestAndTwoRequeues = 3;
        Assert.Equal(requestAndTwoRequeues, endpoint.GetProperty("consecutive_failures").GetInt32());
        Assert.InRange(endpoint.GetProperty("next_probe_ms").GetDouble(), 1, 86_400_000);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT", Text(endpoint, "since"));
    }

    [Fact]
    public async Task ADelegation_GoesByTheRoutersDtab()
    {
        await using Origin origin = Origin.Saying("x");
        await using TestNode node = await TestNode.BeforeAsync(origin);

        string text = (await node.AdminAsync("/delegator.json?namespace=test&path=/svc/web")).Text;

        Assert.Contains($"\"addrs\":[{{\"ip\":\"127.0.0.1\",\"port\":{origin.Port},\"meta\":{{}}}}]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NamesOfFiles_AreListedAndWatched()
    {
        using NamesFolder names = new();
        await using Origin origin = Origin.Saying("x");
        names.Write("web", origin);
        names.Write("idle", origin);
        await using TestNode node = await TestNode.RoutingAsync("/svc => /#/io.l5d.fs", top: names.Config);
        await node.GetAsync();

        string listed = (await node.AdminAsync("/bound-names.json")).Text;
        string watched = (await node.AdminAsync("/namer_state/io.l5d.fs.json")).Text;

        Assert.Equal("""["/#/io.l5d.fs/idle","/#/io.l5d.fs/web"]""", listed);
        Assert.Contains("\"/#/io.l5d.fs/web\":{\"state\":\"bound\"", watched, StringComparison.Ordinal);
        Assert.DoesNotContain("idle", watched, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheConfig_IsShownInTheShapeOfItsFile()
    {
        await using Origin origin = Origin.Saying("x");
        await using TestNode node = await TestNode.BeforeAsync(origin);

        JsonElement config = JsonDocument.Parse((await node.AdminAsync("/config.json")).Text).RootElement;

        Assert.Equal(20_000, config.GetProperty("admin").GetProperty("shutdownGraceMs").GetInt32());
        Assert.Equal("test", Text(config.GetProperty("routers")[0], "label"));
    }

    [Fact]
    public async Task ServerInfo_TellsThatNoReloadFailed()
    {
        await using Origin origin = Origin.Saying("x");
        await using TestNode node = await TestNode.BeforeAsync(origin);

        JsonElement reload = JsonDocument.Parse((await node.AdminAsync("/admin/server_info")).Text).RootElement.GetProperty("reload");

        Assert.Equal((0, true), (reload.GetProperty("failed").GetInt32(), reload.GetProperty("current").GetBoolean()));
        Assert.Equal(0, reload.GetProperty("faults").GetArrayLength());
    }

    [Fact]
    public async Task TheSecuritySection_HidesPaths()
    {
        await using TestNode node = await TestNode.StartAsync("""
            { admin: {port: 0, security: {diagnosticsEnabled: false, pathWhitelist: [/admin/re.*]}}, loops: 1,
              routers: [{ protocol: http, dtab: "/svc => /$/nil", servers: [{ port: 0 }] }] }
            """);

        Assert.Equal(HttpStatusCode.NotFound, (await node.AdminAsync("/admin/ping")).Status);
        Assert.Equal(HttpStatusCode.OK, (await node.AdminAsync("/admin/ready")).Status);
        Assert.Equal(HttpStatusCode.OK, (await node.AdminAsync("/config.json")).Status);
    }

    [Fact]
    public async Task AShutdown_EndsTheNodeAndIsInItsLog()
    {
        await using Origin origin = Origin.Saying("x");
        await using TestNode node = await TestNode.BeforeAsync(origin);

        using HttpResponseMessage response = await PostAsync(node, "/admin/shutdown");
        string reason = await node.Host.EndAsked.WaitAsync(s_generous);
        await node.StopAsync().WaitAsync(s_generous);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("POST /admin/shutdown from 127.0.0.1", reason);
        Assert.Matches(@"AUDIT admin: 127\.0\.0\.1:\d+ POST /admin/shutdown: 200", node.Log);
        Assert.Contains(Token().File!, node.Log, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> PostAsync(TestNode node, string path)
    {
        Assert.True(Token().TryRead(out string? token, out string? why), why);
        using HttpClient client = new() { Timeout = s_generous };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await client.PostAsync(new Uri($"http://{node.Host.Admin}{path}"), null);
    }

    private static AdminToken Token() => new(StateDirectory.Of(Environment.GetEnvironmentVariable));

    private static JsonElement Endpoint(JsonProperty client) => Assert.Single(client.Value.GetProperty("endpoints").EnumerateArray());

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
