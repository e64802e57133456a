using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Actors.Clustering;
using Mesh.Tests.Node.AdminConsole;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Nodes that are downed: they lose their membership, and nothing else.</summary>
public sealed class RejoinTests : IAsyncDisposable
{
    private static readonly HttpClient s_http = new() { Timeout = Peer.Patience };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-rejoin-");
    private readonly Origin _app = Origin.Saying("app");
    private readonly Origin _other = Origin.Saying("other");
    private readonly List<TestNode> _nodes = [];

    public async ValueTask DisposeAsync()
    {
        foreach (TestNode node in Enumerable.Reverse(_nodes))
        {
            await node.Host.KillAsync();
            await node.DisposeAsync();
        }

        await _app.DisposeAsync();
        await _other.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task DownedNode_AnswersOnTheSameConnectionAllTheTime_AndIsAMemberAgain_AndTakesChanges()
    {
        TestNode node = await StartAsync("n1", "");
        await Eventually.HoldsAsync(async () => await PutAsync(node, "/svc => /#/io.mesh.services") == 204, () => node.Log);
        await Eventually.HoldsAsync(async () => (await node.GetAsync()).Text == "app", () => node.Log);
        using Peer peer = await node.ConnectAsync();
        Cluster before = node.Host.Cluster!;

        await before.Down(before.Self, "the test says so");
        int answers = 0;
        await Eventually.HoldsAsync(
            async () =>
            {
                Message message = await peer.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
                Assert.Equal((200, "app"), (message.Status, message.Text));
                answers++;
                return node.Host.Cluster is { State.Leader: not null } now && now.Self != before.Self;
            },
            () => node.Log);

        Cluster after = node.Host.Cluster!;
        Assert.Equal((before.Self.Address, before.State.ClusterId), (after.Self.Address, after.State.ClusterId));
        Assert.NotEqual(before.Self.Uid, after.Self.Uid);
        await Eventually.HoldsAsync(
            async () => await PutAsync(node, $"/svc => /$/inet/127.0.0.1/{_other.Port}") == 204, () => node.Log);
        await Eventually.HoldsAsync(
            async () => (await peer.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n")).Text == "other", () => node.Log);
        await node.MetricIsAsync(1, "mesh_cluster_rejoins_total");
        await node.MetricIsAsync(0, "mesh_cluster_out_seconds");
        Assert.True(answers > 1);
        Assert.Contains("the test says so", node.Log, StringComparison.Ordinal);
    }

    /// <summary>As a node does that finds itself on the losing side of a split, or the last of its core.</summary>
    [Fact]
    public async Task OthersReachItsInstances_WhileItIsOut_AndWhenItIsBack()
    {
        TestNode first = await StartAsync("n1", "");
        await Eventually.HoldsAsync(async () => await PutAsync(first, "/svc => /#/io.mesh.services") == 204, () => first.Log);
        TestNode second = await StartAsync(
            "n2", $"seeds: ['127.0.0.1:{first.Host.Cluster!.Self.Address.Port}'], roles: [edge], ", isHost: false);
        await Eventually.HoldsAsync(async () => (await second.GetAsync()).Text == "app", () => first.Log + second.Log);
        Cluster before = first.Host.Cluster!;

        await before.Quit("the test says so");
        List<string> wrong = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                Message message = await second.GetAsync();
                if (message is not { Status: 200, Text: "app" }) wrong.Add($"{message.Status} {message.Text}");
                ulong uid = first.Host.Cluster!.Self.Uid;
                return uid != before.Self.Uid
                    && second.Host.Services.Table.Find("web").Present.Any(row => row.Owner == uid && row.Value.State.ToString() == "Up");
            },
            () => first.Log + second.Log);

        Assert.Equal([], wrong);
        Assert.Equal("app", (await second.GetAsync()).Text);
    }

    [Fact]
    public async Task NodeThatIsAskedToEnd_WhileItJoinsAgain_EndsInOrder()
    {
        TestNode node = await StartAsync("n1", "");
        Cluster before = node.Host.Cluster!;

        await before.Down(before.Self, "the test says so");
        await node.StopAsync().WaitAsync(Peer.Patience);

        Assert.True(before.WhenRemoved.IsCompleted);
        Assert.DoesNotContain("was not done within", node.Log, StringComparison.Ordinal);
    }

    private static async Task<int> PutAsync(TestNode node, string dtab)
    {
        using HttpRequestMessage request = new(HttpMethod.Put, new Uri($"http://{node.Host.Admin}/api/1/dtabs/web"));
        request.Content = new StringContent(dtab, Encoding.UTF8, "text/plain");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ClusterNode.Token);
        using HttpResponseMessage answer = await s_http.SendAsync(request);
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) Assert.NotEmpty(await answer.Content.ReadAsStringAsync());
        return (int)answer.StatusCode;
    }

    private async Task<TestNode> StartAsync(string name, string cluster, bool isHost = true)
    {
        string services = isHost ? $"services: [{{name: web, id: a, port: {_app.Port}, healthCheck: {{kind: tcp}}}}]," : "";
        TestNode node = await TestNode.StartAsync(
            $$"""
            { admin: {port: 0, shutdownGraceMs: 5000}, loops: 1, inbound: {port: 0}, {{services}}
              cluster: {node: {{name}}, port: 0, {{cluster}}directory: '{{Path.Combine(_folder.FullName, name)}}'}, journal: {kind: sqlite},
              namers: [{kind: io.mesh.services}],
              routers: [{ protocol: http, label: test, interpreter: {kind: io.mesh.routes, namespace: web}, servers: [{ port: 0 }] }] }
            """);
        _nodes.Add(node);
        if (isHost) await Eventually.HoldsAsync(() => node.Host.Cluster!.State.Leader is not null, () => node.Log);
        return node;
    }
}
