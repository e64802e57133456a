using System.Net.Http.Headers;
using System.Text;
using Mesh.Tests.Actors.Remoting;
using Mesh.Tests.Node.Admin.Dtabs;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>
/// A node plays namerd, and its names lead to the fleet's services: others reach these as they would by names of their own, though the asked node
/// itself reaches its apps over loopback.
/// </summary>
public sealed class NamerdServicesTests : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-namerd-services-");
    private readonly HttpClient _http = new() { Timeout = Peer.Patience };
    private readonly TestCertificates _certificates = new();
    private readonly Origin _app = Origin.Saying("app");
    private readonly Origin _own = Origin.Saying("own");
    private readonly Origin _other = Origin.Saying("other");
    private readonly List<TestNode> _nodes = [];

    private TestNode Namerd => _nodes[0];

    public async ValueTask DisposeAsync()
    {
        foreach (TestNode node in Enumerable.Reverse(_nodes))
        {
            await node.Host.KillAsync();
            await node.DisposeAsync();
        }

        foreach (Origin origin in new[] { _app, _own, _other }) await origin.DisposeAsync();
        _certificates.Dispose();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MemberOfTheCluster_ReachesAppsOfTheAskedNode_AndItsOwn_ByTheInboundSides(bool isTls)
    {
        await StartNamerdAsync(Tls("n1", isTls));
        TestNode member = await StartAsync(
            $"cluster: {{node: n2, port: 0, {Tls("n2", isTls)}seeds: ['127.0.0.1:{Namerd.Host.Cluster!.Self.Address.Port}'], roles: [edge], "
            + $"directory: '{Path.Combine(_folder.FullName, "n2")}'}}, journal: {{kind: sqlite}}, "
            + $"inbound: {{port: 0}}, services: [{{name: own, id: b, port: {_own.Port}}}], ");

        await AnswersAsync(member, "web", "app");
        await AnswersAsync(member, "own", "own");

        Assert.True(_app.Requests[^1].Has("mesh-hops"));
        Assert.True(_own.Requests[^1].Has("mesh-hops"));
        Assert.Equal(isTls ? 1 : double.NaN, Namerd.Metric("mesh_server_tls_handshakes_total", ("router", "inbound")));
    }

    [Fact]
    public async Task NodeOfNoCluster_ReachesThemToo_WhereTheInboundSideIsPlain()
    {
        await StartNamerdAsync("");
        TestNode outside = await StartAsync("");

        await AnswersAsync(outside, "web", "app");
    }

    [Fact]
    public async Task NodeWithoutCertificates_IsToldThatItNeedsThem()
    {
        await StartNamerdAsync(Tls("n1", true));
        TestNode outside = await StartAsync("");
        Message? answer = null;

        await Eventually.HoldsAsync(async () => (answer = await outside.GetAsync()).Status == 502, () => outside.Log);

        Assert.Contains("takes TLS alone", answer!.Text, StringComparison.Ordinal);
        Assert.Contains("give this node `cluster.tls`", answer.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("in a `cluster` section of its own", answer.Text, StringComparison.Ordinal);
        Assert.Empty(_app.Requests);
    }

    [Fact]
    public async Task NodeThatCannotReachTheInboundSide_IsToldWhatMustBeOpen()
    {
        await StartNamerdAsync("");
        TestNode outside = await StartAsync("");
        await AnswersAsync(outside, "web", "app");
        Message? answer = null;

        await Namerd.Host.Services.Local!.MoveInbound(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, Mesh.Tests.Kit.Ports.Free()));
        await Eventually.HoldsAsync(async () => (answer = await outside.GetAsync()).Status == 502, () => outside.Log);

        Assert.Contains("It is the inbound side of the instance's node", answer!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoCannotNameAnInstance_IsNotTaughtAddressesThatWouldRefuseIt_AndGetsTheAlternative()
    {
        await StartNamerdAsync("");
        string alternative = $"/svc/own => /#/io.mesh.services/web | /$/inet/127.0.0.1/{_other.Port}";
        await PutAsync($"/svc => /#/io.mesh.services ; {alternative}");

        await SaysAsync("/api/1/bind/web?path=/svc/web&instances=true", "\"mesh.instance\":\"web/a\"");
        Assert.Equal("""{"type":"neg"}""" + "\n", await AskAsync("/api/1/addr/web?path=/%23/io.mesh.services/web"));
        Assert.Contains($"\"port\":{_other.Port},", await AskAsync("/api/1/bind/web?path=/svc/own"), StringComparison.Ordinal);
        Assert.Contains("\"addr\":{\"type\":\"neg\"}", await AskAsync("/api/1/delegate/web?path=/svc/web"), StringComparison.Ordinal);
        Assert.Contains("\"mesh.instance\":\"web/a\"", await AskAsync("/api/1/resolve/web?path=/svc/own&instances=1"), StringComparison.Ordinal);
    }

    /// <summary>The first node: it plays namerd and hosts <c>web/a</c>.</summary>
    private async Task StartNamerdAsync(string tls)
    {
        _nodes.Add(await TestNode.StartAsync($$"""
            { admin: {port: 0, shutdownGraceMs: 500}, loops: 1, namers: [{kind: io.mesh.services}], journal: {kind: sqlite},
              cluster: {node: n1, port: 0, {{tls}}directory: '{{Path.Combine(_folder.FullName, "n1")}}'},
              inbound: {port: 0}, services: [{name: web, id: a, port: {{_app.Port}} }],
              routers: [{ protocol: http, label: test, servers: [{ port: 0 }] }] }
            """));
        await PutAsync("/svc => /#/io.mesh.services");
    }

    /// <summary>A node that asks the first for its names.</summary>
    private async Task<TestNode> StartAsync(string top)
    {
        string dst = $"/$/inet/127.0.0.1/{Namerd.Host.Admin.Port}";
        TestNode node = await TestNode.StartAsync($$"""
            { admin: {port: 0, shutdownGraceMs: 500}, loops: 1, {{top}} routers: [{ protocol: http, label: test, servers: [{ port: 0 }],
              client: {failureAccrual: {kind: none} },
              interpreter: {kind: io.l5d.namerd.http, dst: {{dst}}, namespace: web, retry: {baseSeconds: 1, maxSeconds: 1} }
            }] }
            """);
        _nodes.Add(node);
        return node;
    }

    private string Tls(string node, bool isTls)
    {
        if (!isTls) return "";
        CertificatePaths paths = _certificates.Issue(node);
        return $"tls: {{certPath: '{paths.Certificate}', keyPath: '{paths.Key}', caCertPath: '{paths.Authorities}'}}, ";
    }

    private Task AnswersAsync(TestNode node, string host, string text) => Eventually.HoldsAsync(
        async () => (await node.GetAsync(host: host)).Text == text, () => $"never {text}\n{node.Log}\n{Namerd.Log}");

    private Task SaysAsync(string path, string part) => Eventually.HoldsAsync(
        async () => (await AskAsync(path)).Contains(part, StringComparison.Ordinal), () => Namerd.Log);

    private async Task<string> AskAsync(string path) => (await Namerd.AdminAsync(path)).Text;

    private Task PutAsync(string dtab) => Eventually.HoldsAsync(
        async () =>
        {
            using HttpRequestMessage request = new(HttpMethod.Put, new Uri($"http://{Namerd.Host.Admin}/api/1/dtabs/web"));
            request.Content = new StringContent(dtab, Encoding.UTF8, "text/plain");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", DtabLab.Token);
            using HttpResponseMessage answer = await _http.SendAsync(request);
            return (int)answer.StatusCode == 204;
        },
        () => "the dtab could not be put");
}
