using System.Net;

namespace Mesh.Tests.EndToEnd;

/// <summary>
/// Two nodes of one cluster: the first hosts <c>web/a</c>, an app on loopback; the second routes to it by name, and to another origin where nobody is
/// up.
/// </summary>
internal sealed class InboundPair : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-inbound-");
    private bool _isFirstGone;

    public Origin App { get; private init; } = null!;

    public Origin Other { get; } = Origin.Saying("other");

    public TestNode First { get; private set; } = null!;

    public TestNode Second { get; private set; } = null!;

    /// <summary>Where the first node's inbound side listens.</summary>
    public IPEndPoint Inbound => First.Host.Servers.Last().BoundEndPoint!;

    /// <param name="app">What the first node hosts.</param>
    /// <param name="service">Further keys of the instance.</param>
    /// <param name="router">Further keys of the second node's router.</param>
    /// <param name="first">Further keys of the first node's <c>cluster</c>, each with a comma after it.</param>
    /// <param name="second">The same of the second node.</param>
    /// <param name="top">Another instance that the first node hosts.</param>
    /// <param name="more">Further routers of the second node, in flow style.</param>
    public static async Task<InboundPair> StartAsync(
        Origin app, string service = "", string router = "", string first = "", string second = "", string top = "", string more = "")
    {
        InboundPair pair = new() { App = app };
        string services = $"inbound: {{port: 0}}, services: [{{name: web, id: a, port: {app.Port}{service}}}{(top.Length == 0 ? "" : ", " + top)}],";
        pair.First = await TestNode.StartAsync(pair.Config("n1", first, services));
        await Eventually.HoldsAsync(() => pair.First.Host.Cluster!.State.Leader is not null, () => pair.First.Log);
        int port = pair.First.Host.Cluster!.Self.Address.Port!.Value;
        pair.Second = await TestNode.StartAsync(pair.Config("n2", $"seeds: ['127.0.0.1:{port}'], roles: [edge], {second}", "", router, more));
        return pair;
    }

    /// <summary>The second node answers by the app.</summary>
    public Task ReachesAsync(string text) => Eventually.HoldsAsync(
        async () => (await Second.GetAsync()).Text == text, () => First.Log + Second.Log);

    /// <summary>Requests on one connection to the second node.</summary>
    public async Task<Message> AskAsync(string fields = "", string request = "GET / HTTP/1.1")
    {
        using Peer peer = await Second.ConnectAsync();
        return await peer.AskAsync($"{request}\r\nHost: web\r\n{fields}\r\n");
    }

    /// <summary>A request that comes to the inbound side from wherever.</summary>
    public async Task<Message> AskInboundAsync(string fields)
    {
        using Peer peer = await Peer.ConnectAsync(Inbound);
        return await peer.AskAsync($"GET / HTTP/1.1\r\nHost: web\r\n{fields}\r\n");
    }

    public async Task StopFirstAsync()
    {
        _isFirstGone = true;
        await First.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Second.Host.KillAsync();
        await Second.DisposeAsync();
        if (!_isFirstGone) await First.Host.KillAsync();
        await First.DisposeAsync();
        await App.DisposeAsync();
        await Other.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private string Config(string name, string cluster, string top, string router = "", string more = "")
    {
        string directory = Path.Combine(_folder.FullName, name);
        return $$"""
            { admin: {port: 0, shutdownGraceMs: 5000}, loops: 1, cluster: {node: {{name}}, port: 0, {{cluster}}directory: '{{directory}}'},
              journal: {kind: sqlite}, {{top}} namers: [{kind: io.mesh.services}],
              routers: [{ protocol: http, label: test, servers: [{ port: 0 }], {{router}}
                dtab: "/svc/* => /$/inet/127.0.0.1/{{Other.Port}}; /svc => /#/io.mesh.services" }{{(more.Length == 0 ? "" : ", " + more)}}] }
            """;
    }
}
