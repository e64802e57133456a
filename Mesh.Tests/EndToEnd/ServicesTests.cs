using System.Net;
using System.Text;
using System.Text.Json;
using Mesh.Tests.Node.AdminConsole;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Apps that register with a real node, and requests that find them by name.</summary>
public sealed class ServicesTests : IAsyncLifetime
{
    private static readonly (string Path, string Body, string Expected)[] s_wrong =
    [
        ("web/a", "", "`port` is missing"),
        ("web/a", "port=0", "`port` is `0`; it must be a whole number from 1 to 65535"),
        ("web/a", "{\"port\": \"x\"}", "`port` is `x`"),
        ("web/a", "{\"port\": 80, \"port\": 81}", "`port` is given twice"),
        ("web/a?port=1", "port=2", "`port` is given twice"),
        ("web/a", "{\"port\": 80,", "the body is no JSON"),
        ("web/a", "{\"port\": 80, \"zone\": \"\\ud800\"}", "the body is no JSON"),
        ("web/a", "port=80&protocol=spdy", "`protocol` is `spdy`; it must be `http`, `h2` or `tcp`"),
        ("web/a", "port=80&colour=red", "there is no field `colour`; there are `port`, `ip`"),
        ("web/a", "port=80&ip=localhost", "`ip` is `localhost`"),
        ("web/a", "port=80&ip=0.0.0.0", "`ip` is `0.0.0.0`"),
        ("web/a", "port=80&ttlMs=4999", "`ttlMs` is `4999`; it must be a whole number of ms from 5000 to 3600000"),
        ("web/a", "port=80&weight=0", "`weight` is `0`"),
        ("web/a", "port=80&weight=NaN", "`weight` is `NaN`"),
        ("web/a", "{\"port\": 80, \"tags\": [1]}", "`tags` is array; it must be one value, or a list of texts"),
        ("web/a", "port=80&tags=v2,b d", "`tags` has `b d`; a tag is letters"),
        ("web/a", "port=80&zone=a/b", "`zone` is `a/b`"),
        ("web/a", "port=80&healthCheck=ping", "`healthCheck` is `ping`"),
        ("web/a", "port=80&healthCheck.kind=http", "`healthCheck.path` is missing"),
        ("web/a", "port=80&healthCheck=/x&healthCheck.intervalMs=99", "`healthCheck.intervalMs` is `99`"),
        ("web/a", "port=80&healthCheck=/x&healthCheck.intervalMs=100&healthCheck.timeoutMs=101", "`healthCheck.timeoutMs` is `101`"),
        ("a%20b/c", "port=80", "the service is `a b`"),
        ("web/%2E%2E%2E", "port=80", "the id is `...`"),
        ("web", "port=80", "there are GET /api/1/services/NAME"),
        ("web/a/b", "port=80", "there are GET /api/1/services/NAME"),
    ];

    private static readonly HttpClient s_http = new() { Timeout = Peer.Patience };
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-services-");
    private readonly Origin _app = Origin.Saying("app");
    private readonly Origin _other = Origin.Saying("other");
    private TestNode _node = null!;

    public async Task InitializeAsync() => _node = await StartAsync();

    public async Task DisposeAsync()
    {
        await _node.Host.KillAsync();
        await _node.DisposeAsync();
        await _app.DisposeAsync();
        await _other.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task RegisteredByCurl_IsRoutedTo_DrainedByTheConsole_AndGoneWhenItLeaves()
    {
        Assert.Equal("other", await TextAsync());

        string body = $"{{\"port\": {_app.Port}, \"protocol\": \"http\", \"tags\": [\"v2\"], \"ttlMs\": 60000}}";
        (HttpStatusCode status, string text) = await SendAsync(HttpMethod.Put, "web/a", body);
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Contains("\"ttl_ms\":60000", text, StringComparison.Ordinal);
        await RoutesToAsync("app");
        Assert.Equal("app", (await _node.GetAsync(host: "WEB")).Text);

        Uri admin = new($"http://{_node.Host.Admin}/");
        Said drained = await ClusterNode.SayAsync(admin, "service drain -s web -i a", token: ClusterNode.Token);
        Assert.Equal((0, "web/a is draining\n"), (drained.Exit, drained.Output));
        await RoutesToAsync("other");
        Said shown = await ClusterNode.SayAsync(admin, "service show -s web");
        Assert.Matches($@"^a \| draining for \d s \| 127\.0\.0\.1:{_app.Port} \| n1 \| tags: v2 \| drained by an operator\n", shown.Output);
        await ClusterNode.SayAsync(admin, "service enable -s web", token: ClusterNode.Token);
        await RoutesToAsync("app");

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Delete, "web/a")).Status);
        await RoutesToAsync("other");
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Post, "web/a/heartbeat")).Status);
    }

    [Fact]
    public async Task Lease_SurvivesARestartOfItsNode()
    {
        await SendAsync(HttpMethod.Put, $"web/a?port={_app.Port}");
        await RoutesToAsync("app");

        await _node.StopAsync();
        await _node.DisposeAsync();
        _node = await StartAsync();

        await RoutesToAsync("app");
        using JsonDocument list = JsonDocument.Parse((await _node.AdminAsync("/api/1/services/web/a")).Text);
        JsonElement instance = list.RootElement.GetProperty("instances").EnumerateArray()
            .Single(each => each.GetProperty("owner").GetString() == "up");
        Assert.Equal(("up", true), (instance.GetProperty("state").GetString(), instance.GetProperty("leased").GetBoolean()));
    }

    [Fact]
    public async Task ConfiguredInstance_IsCheckedByItsNode_ReloadedLive_AndAnnouncedToTheOthers()
    {
        Origin ill = Origin.Answering(_ => "HTTP/1.1 500 Ill\r\nContent-Length: 0\r\n\r\n");
        await using (ill)
        {
            string services = $"services: [{{name: web, port: {ill.Port}, healthCheck: {{kind: http, path: /health, intervalMs: 100}}}}],";
            Assert.Empty(_node.Reload(Config(services)).Faults);
            await Eventually.HoldsAsync(
                async () => (await _node.AdminAsync("/api/1/services/web")).Text.Contains("GET /health answered 500", StringComparison.Ordinal),
                () => _node.Log);
            Assert.Equal("other", await TextAsync());
        }

        _node.Reload(Config($"services: [{{name: web, port: {_app.Port}, healthCheck: {{kind: tcp, intervalMs: 100}}}}],"));
        await RoutesToAsync("app");
        await _node.MetricIsAsync(1, "mesh_services_hosted", ("state", "up"));
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(HttpMethod.Delete, $"web/n1-{_app.Port}")).Status);

        int port = _node.Host.Cluster!.Self.Address.Port!.Value;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("mesh-services-");
        await using (TestNode second = await StartAsync(folder, "n2", $"seeds: ['127.0.0.1:{port}'], roles: [edge], "))
        {
            await StateIsAsync(second, "up");
            Task stopped = _node.StopAsync();
            await StateIsAsync(second, "draining");
            await stopped;
            await second.Host.KillAsync();
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task WhatIsWrong_Is400_AndNamesIt_AndNothingIsRegistered()
    {
        foreach ((string path, string body, string expected) in s_wrong)
        {
            (HttpStatusCode status, string text) = await SendAsync(HttpMethod.Put, path, body);

            Assert.Equal((path, body, HttpStatusCode.BadRequest), (path, body, status));
            Assert.StartsWith(expected, text, StringComparison.Ordinal);
        }

        Assert.Contains("\"services\":[]", (await _node.AdminAsync("/api/1/services")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_MayRead_AndNotRegister()
    {
        (HttpStatusCode put, _) = await SendAsync(HttpMethod.Put, "web/a?port=1", token: "wrong");
        (HttpStatusCode get, string text) = await _node.AdminAsync("/api/1/services");
        (HttpStatusCode none, string why) = await _node.AdminAsync("/api/1/services/web");

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.NotFound), (put, get, none));
        Assert.Contains("\"total\":0", text, StringComparison.Ordinal);
        Assert.StartsWith("no service `web`", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NodeForItself_SaysWhatItLacks()
    {
        await using TestNode alone = await TestNode.BeforeAsync(_app);

        (HttpStatusCode status, string text) = await alone.AdminAsync("/api/1/services");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("a `cluster:` section gives it services", text, StringComparison.Ordinal);
    }

    private static Task StateIsAsync(TestNode node, string state) => Eventually.HoldsAsync(
        async () => (await node.AdminAsync("/api/1/services/web")).Text.Contains($"\"state\":\"{state}\"", StringComparison.Ordinal), () => node.Log);

    private Task<TestNode> StartAsync() => StartAsync(_folder, "n1", "");

    private async Task<TestNode> StartAsync(DirectoryInfo folder, string name, string cluster)
    {
        TestNode node = await TestNode.StartAsync(Config("", folder, name, cluster));
        await Eventually.HoldsAsync(() => node.Host.Cluster!.State.Leader is not null, () => node.Log);
        return node;
    }

    private string Config(string services) => Config(services, _folder, "n1", "");

    private string Config(string services, DirectoryInfo folder, string name, string cluster) => $$"""
        { admin: {port: 0, shutdownGraceMs: 5000}, loops: 1, cluster: {node: {{name}}, port: 0, {{cluster}}directory: '{{folder.FullName}}'},
          journal: {kind: sqlite}, {{services}} namers: [{kind: io.mesh.services}],
          routers: [{ protocol: http, label: test, servers: [{ port: 0 }],
            dtab: "/svc/* => /$/inet/127.0.0.1/{{_other.Port}}; /svc => /#/io.mesh.services" }] }
        """;

    private async Task<string> TextAsync() => (await _node.GetAsync(host: "web")).Text;

    private Task RoutesToAsync(string text) => Eventually.HoldsAsync(async () => await TextAsync() == text, () => _node.Log);

    private async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpMethod method, string path, string body = "", string? token = null)
    {
        using HttpRequestMessage request = new(method, new Uri($"http://{_node.Host.Admin}/api/1/services/{path}"));
        if (body.Length > 0) request.Content = new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded");
        request.Headers.Authorization = new("Bearer", token ?? ClusterNode.Token);
        using HttpResponseMessage answer = await s_http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
