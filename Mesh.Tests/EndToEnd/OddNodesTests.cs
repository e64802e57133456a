using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Tests.Node.AdminConsole;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Nodes that are not as they should be: a clock a day ahead, another cluster's, a disk that is full, a file that is damaged.</summary>
public sealed class OddNodesTests : IAsyncDisposable
{
    private static readonly HttpClient s_http = new() { Timeout = Peer.Patience };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-odd-");
    private readonly Origin _origin = Origin.Saying("hi");
    private readonly List<TestNode> _nodes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (TestNode node in Enumerable.Reverse(_nodes))
        {
            await node.Host.KillAsync();
            await node.DisposeAsync();
        }

        await _origin.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task ClockADayAhead_IsNobodysTrouble(int firstAhead, int secondAhead)
    {
        string services = $"inbound: {{port: 0}}, services: [{{name: app, id: a, port: {_origin.Port}}}],";
        TestNode first = await StartAsync("n1", "", services, new Ahead(TimeSpan.FromDays(firstAhead)));
        TestNode second = await StartAsync("n2", Joining(first), "inbound: {port: 0},", new Ahead(TimeSpan.FromDays(secondAhead)));
        int status = 0;
        await Eventually.HoldsAsync(
            async () => (status = await PutAsync(second, "dtabs/web", "/svc => /#/io.mesh.services")) == 204,
            () => $"{status}\n{first.Log}{second.Log}");

        await AnswersAsync(second, "app", "hi");
        await PutAsync(second, "services/leased/b", $$"""{"port": {{_origin.Port}}, "ttlMs": 60000}""", "application/json");
        await AnswersAsync(first, "leased", "hi");
        Assert.Equal(204, await PutAsync(first, "dtabs/web", "/svc => /#/io.mesh.services ; /svc/new => /#/io.mesh.services/app"));
        await AnswersAsync(second, "new", "hi");
        await AnswersAsync(second, "leased", "hi");
        string history = (await second.AdminAsync("/api/1/routes/web/history")).Text;
        Assert.Contains("\"version\":2", history.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await first.AdminAsync("/admin/ready")).Status);
        Assert.Equal(HttpStatusCode.OK, (await second.AdminAsync("/admin/ready")).Status);
    }

    [Fact]
    public async Task NodeOfAnotherCluster_IsRefused_AndBothSaySo()
    {
        TestNode first = await StartAsync("n1", "");

        TestNode other = await StartAsync("n2", "name: other, " + Joining(first));

        await Eventually.HoldsAsync(() => other.Log.Contains("clusters are named", StringComparison.Ordinal), () => other.Log);
        await Eventually.HoldsAsync(() => first.Log.Contains("clusters are named", StringComparison.Ordinal), () => first.Log);
        Assert.Single(first.Host.Cluster!.State.Members);
    }

    [Fact]
    public async Task DamagedJournal_OfANodeAlone_IsNamed_AndLeftAsItIs()
    {
        TestNode node = await StartAsync("n1", "");
        await Eventually.HoldsAsync(async () => await PutAsync(node, "dtabs/web", "/svc => /$/nil") == 204, () => node.Log);
        await node.Host.KillAsync();
        await node.DisposeAsync();
        _nodes.Clear();
        string file = Path.Combine(_folder.FullName, "n1", "journal.db");
        await using (FileStream bytes = File.OpenWrite(file)) bytes.Write(new byte[4096]);

        IOException refused = await Assert.ThrowsAsync<IOException>(() => StartAsync("n1", ""));

        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.Equal([], Directory.GetFiles(Path.GetDirectoryName(file)!, "*.corrupt-*"));
    }

    private static string Joining(TestNode first) => $"seeds: ['127.0.0.1:{first.Host.Cluster!.Self.Address.Port}'], roles: [edge], ";

    private static Task AnswersAsync(TestNode node, string host, string text) => Eventually.HoldsAsync(
        async () => (await node.GetAsync(host: host)).Text == text, () => node.Log);

    private static async Task<int> PutAsync(TestNode node, string path, string body, string type = "text/plain")
    {
        using HttpRequestMessage request = new(HttpMethod.Put, new Uri($"http://{node.Host.Admin}/api/1/{path}"));
        request.Content = new StringContent(body, Encoding.UTF8, type);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ClusterNode.Token);
        using HttpResponseMessage answer = await s_http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private async Task<TestNode> StartAsync(string name, string cluster, string top = "", TimeProvider? time = null)
    {
        TestNode node = await TestNode.StartAsync(
            $$"""
            { admin: {port: 0, shutdownGraceMs: 5000}, loops: 1, {{top}}
              cluster: {node: {{name}}, port: 0, {{cluster}}directory: '{{Path.Combine(_folder.FullName, name)}}'}, journal: {kind: sqlite},
              namers: [{kind: io.mesh.services}],
              routers: [{ protocol: http, label: test, interpreter: {kind: io.mesh.routes, namespace: web}, servers: [{ port: 0 }] }] }
            """,
            time: time);
        _nodes.Add(node);
        if (cluster.Length == 0) await Eventually.HoldsAsync(() => node.Host.Cluster!.State.Leader is not null, () => node.Log);
        return node;
    }

    /// <summary>Another idea of what day it is; durations are everybody's.</summary>
    private sealed class Ahead(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
