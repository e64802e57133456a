using System.Net.Http.Headers;
using System.Text;
using Mesh.Tests.Node.AdminConsole;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Policies of a namespace: set at one node, obeyed at another, kept over a restart.</summary>
public sealed class FleetPolicyTests : IAsyncDisposable
{
    private static readonly HttpClient s_http = new() { Timeout = Peer.Patience };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-policies-");
    private readonly Origin _origin = Origin.Saying("hi");
    private TestNode? _first;
    private TestNode? _second;

    public async ValueTask DisposeAsync()
    {
        foreach (TestNode? node in (TestNode?[])[_second, _first])
        {
            if (node is null) continue;
            await node.Host.KillAsync();
            await node.DisposeAsync();
        }

        await _origin.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task WhatOneNodeIsTold_AnotherObeys_AndGoesByAfterARestartAlone()
    {
        _first = await StartAsync("n1", "");
        await Eventually.HoldsAsync(() => _first.Host.Cluster!.State.Leader is not null, () => _first.Log);
        int port = _first.Host.Cluster!.Self.Address.Port!.Value;
        string seeds = $"seeds: ['127.0.0.1:{port}'], roles: [edge], ";
        _second = await StartAsync("n2", seeds);
        await Eventually.HoldsAsync(async () => (await PutAsync("dtabs/web", $"/svc => /$/inet/127.0.0.1/{_origin.Port}")) == 204, () => _first.Log);
        await StatusAsync(_second, 200);

        Assert.Equal(204, await PutAsync("routes/web/policies", "policies:\n- fault: {abort: {status: 555}}\n"));
        await StatusAsync(_second, 555);
        await StatusAsync(_first, 555);
        Message answer = await _second.GetAsync();
        Assert.Contains("policy 1 of namespace web answers 555", answer.Text, StringComparison.Ordinal);

        await _second.Host.KillAsync();
        await _second.DisposeAsync();
        await _first.Host.KillAsync();
        _second = await StartAsync("n2", seeds);
        await StatusAsync(_second, 555);
    }

    private static Task StatusAsync(TestNode node, int status) => Eventually.HoldsAsync(
        async () => (await node.GetAsync()).Status == status, () => node.Log);

    private async Task<int> PutAsync(string path, string body)
    {
        using HttpRequestMessage request = new(HttpMethod.Put, new Uri($"http://{_first!.Host.Admin}/api/1/{path}"));
        request.Content = new StringContent(body, Encoding.UTF8, "text/plain");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ClusterNode.Token);
        using HttpResponseMessage answer = await s_http.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private Task<TestNode> StartAsync(string name, string cluster) => TestNode.StartAsync($$"""
        { admin: {port: 0, shutdownGraceMs: 5000}, loops: 1,
          cluster: {node: {{name}}, port: 0, {{cluster}}directory: '{{Path.Combine(_folder.FullName, name)}}'}, journal: {kind: sqlite},
          routers: [{ protocol: http, label: test, interpreter: {kind: io.mesh.routes, namespace: web}, servers: [{ port: 0 }] }] }
        """);
}
