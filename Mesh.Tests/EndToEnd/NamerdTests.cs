using System.Net.Http.Headers;
using System.Text;
using Mesh.Tests.Actors.Remoting;
using Mesh.Tests.Kit;
using Mesh.Tests.Node.Admin.Dtabs;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>A node whose names are bound by a namerd, which another node plays: it serves the same API, with its own namers.</summary>
public sealed class NamerdTests : IDisposable
{
    private const string Retry = "retry: {baseSeconds: 1, maxSeconds: 2}";

    private readonly NamesFolder _names = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-namerd-");
    private readonly HttpClient _http = new() { Timeout = Peer.Patience };
    private readonly TestCertificates _certificates = new();
    private readonly int _port = Ports.Free();

    public void Dispose()
    {
        _http.Dispose();
        _certificates.Dispose();
        _names.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task NamesAreBoundByNamerdsRulesAndNamers_AndFollowThem()
    {
        await using Origin one = Origin.Saying("one"), two = Origin.Saying("two"), three = Origin.Saying("three");
        _names.Write("web", one);
        _names.Write("two", two);
        await using TestNode namerd = await NamerdAsync();
        await PutAsync("/svc => /#/io.l5d.fs");
        await using TestNode node = await NodeAsync("/svc/own => /#/io.l5d.fs/two");

        Assert.Equal("one", (await node.GetAsync()).Text);
        Assert.Equal("two", (await node.GetAsync(host: "own")).Text);
        using (Peer peer = await node.ConnectAsync())
            Assert.Equal("two", (await peer.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nl5d-dtab: /svc/web => /#/io.l5d.fs/two\r\n\r\n")).Text);

        _names.Write("web", three);
        await UntilTextAsync(node, "three");
        await PutAsync("/svc => /#/io.l5d.fs/two");
        await UntilTextAsync(node, "two");

        Assert.Contains("/#/io.l5d.fs/two", (await node.AdminAsync("/delegator.json?path=/svc/web")).Text, StringComparison.Ordinal);
        Assert.Equal(502, (await SettledAsync(node, "/svc => ~")).Status);
    }

    [Fact]
    public async Task WhatIsKnownServesOnWhileNamerdIsAway_AndIsFollowedAgainAfter()
    {
        await using Origin one = Origin.Saying("one"), two = Origin.Saying("two");
        _names.Write("one", one);
        _names.Write("two", two);
        TestNode namerd = await NamerdAsync();
        await PutAsync("/svc => /#/io.l5d.fs/one");
        await using TestNode node = await NodeAsync("", "bindingTimeoutMs: 300");
        Assert.Equal("one", (await node.GetAsync()).Text);

        await namerd.StopAsync();
        await namerd.DisposeAsync();
        await Eventually.HoldsAsync(() => node.Log.Contains("does not answer", StringComparison.Ordinal), () => node.Log);
        Message unknown = await node.GetAsync(host: "never-asked");
        string state = (await node.AdminAsync("/interpreter_state/test.json")).Text;

        Assert.Equal("one", (await node.GetAsync()).Text);
        Assert.Equal(503, unknown.Status);
        Assert.Contains("namerd at 127.0.0.1", unknown.Text, StringComparison.Ordinal);
        Assert.Contains("does not answer since", state, StringComparison.Ordinal);
        Assert.True(node.Metric("mesh_router_namerd_watches", ("router", "test")) >= 2);

        await using TestNode again = await NamerdAsync();
        await PutAsync("/svc => /#/io.l5d.fs/two");
        await UntilTextAsync(node, "two");
        Assert.Contains("answers again", node.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoFollowsANamespace_IsLetGoInGoodOrder_WhenTheNodeEnds()
    {
        TestNode namerd = await NamerdAsync();
        await PutAsync("/svc => /#/io.l5d.fs/one");
        await using Stream stream = await _http.GetStreamAsync(new Uri($"http://127.0.0.1:{_port}/api/1/dtabs/web?watch=true"));
        using LineStream lines = new(stream);
        Assert.Equal("""[{"prefix":"/svc","dst":"/#/io.l5d.fs/one"}]""", await lines.NextAsync());

        Task stopped = namerd.StopAsync();

        Assert.Null(await lines.NextAsync());
        await stopped;
        await namerd.DisposeAsync();
    }

    [Fact]
    public async Task AReloadTakesANodeFromNamerdToItsOwnRules_AndBack()
    {
        await using Origin one = Origin.Saying("one"), two = Origin.Saying("two");
        _names.Write("web", one);
        await using TestNode namerd = await NamerdAsync();
        await PutAsync("/svc => /#/io.l5d.fs");
        await using TestNode node = await NodeAsync("");
        Assert.Equal("one", (await node.GetAsync()).Text);

        node.Reload(Config($"/svc => /$/inet/127.0.0.1/{two.Port}", "interpreter: {kind: default}"));
        await UntilTextAsync(node, "two");
        await node.MetricIsAsync(0, "mesh_router_namerd_watches", ("router", "test"));
        node.Reload(Config("", Interpreter));

        await UntilTextAsync(node, "one");
    }

    [Fact]
    public async Task NamerdBehindTls_IsAskedByTheNameItProves_AndNobodyElseIsBelieved()
    {
        await using Origin one = Origin.Saying("one");
        _names.Write("web", one);
        await using TestNode namerd = await NamerdAsync();
        await PutAsync("/svc => /#/io.l5d.fs");
        CertificatePaths front = _certificates.Issue("namerd"), own = _certificates.Issue("node");
        await using TestNode tls = await TestNode.StartAsync($$"""
            { admin: {port: 0, shutdownGraceMs: 500}, loops: 1, routers: [{
              protocol: http, label: front, dtab: '/svc/* => /$/inet/127.0.0.1/{{_port}}', servers: [{ port: 0, tls: {
                certPath: '{{front.Certificate}}', keyPath: '{{front.Key}}', requireClientAuth: true, caCertPath: '{{front.Authorities}}'} }] }] }
            """);
        string auth = $"clientAuth: {{certPath: '{own.Certificate}', keyPath: '{own.Key}'}}, trustCerts: ['{own.Authorities}']";

        await using TestNode node = await BehindAsync(tls.Address.Port, $"commonName: namerd, {auth}");
        await using TestNode deceived = await BehindAsync(tls.Address.Port, $"commonName: another, {auth}");

        Assert.Equal("one", (await node.GetAsync()).Text);
        Message refused = await deceived.GetAsync();
        Assert.Equal(503, refused.Status);
        Assert.True(refused.Text.Contains("its certificate is not believed", StringComparison.Ordinal), refused.Text + deceived.Log);
    }

    private static Task<TestNode> BehindAsync(int port, string tls) => TestNode.StartAsync(Config("", $$"""
        bindingTimeoutMs: 2000, interpreter: {kind: io.l5d.namerd.http, dst: /$/inet/127.0.0.1/{{port}}, namespace: web, {{Retry}}, tls: { {{tls}} } }
        """));

    private static string Config(string dtab, string router) => $$"""
        { admin: {port: 0}, loops: 1, routers: [{ protocol: http, label: test, dtab: "{{dtab}}", {{router}}, servers: [{ port: 0 }] }] }
        """;

    private string Interpreter => FormattableString.Invariant(
        $"interpreter: {{kind: io.l5d.namerd.http, experimental: true, dst: /$/inet/127.0.0.1/{_port}, namespace: web, {Retry}}}");

    private Task<TestNode> NodeAsync(string dtab, string router = "bindingTimeoutMs: 10000") =>
        TestNode.StartAsync(Config(dtab, $"{router}, {Interpreter}"));

    private Task<TestNode> NamerdAsync() => TestNode.StartAsync($$"""
        { admin: {port: {{_port}}, shutdownGraceMs: 1000}, loops: 1, {{_names.Config}},
          cluster: {node: n1, port: 0, directory: '{{_folder.FullName}}'},
          routers: [{ protocol: http, label: test, servers: [{ port: 0 }] }] }
        """);

    private async Task PutAsync(string dtab) => await Eventually.HoldsAsync(
        async () =>
        {
            using HttpRequestMessage request = new(HttpMethod.Put, new Uri($"http://127.0.0.1:{_port}/api/1/dtabs/web"));
            request.Content = new StringContent(dtab, Encoding.UTF8, "text/plain");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", DtabLab.Token);
            using HttpResponseMessage answer = await _http.SendAsync(request);
            return (int)answer.StatusCode == 204;
        },
        () => "the dtab could not be put");

    private async Task<Message> SettledAsync(TestNode node, string dtab)
    {
        await PutAsync(dtab);
        await Eventually.HoldsAsync(async () => (await node.GetAsync()).Status != 200, () => node.Log);
        return await node.GetAsync();
    }

    private static async Task UntilTextAsync(TestNode node, string text) =>
        await Eventually.HoldsAsync(async () => (await node.GetAsync()).Text == text, () => $"never {text}\n{node.Log}");
}
