using System.Net;
using Xunit;

namespace Mesh.Tests.EndToEnd.Opaque;

/// <summary>Connections to an app that another node hosts: through that node's inbound side, among the requests of the two nodes.</summary>
public sealed class MeshTunnelTests
{
    private const string Tcp =
        "{ protocol: tcp, label: tcp, dtab: '/svc => /#/io.mesh.services', identifier: {kind: io.l5d.static, path: /web}, servers: [{port: 0}] }";

    [Fact]
    public async Task Bytes_PassThroughTheOtherNode_WithTheirEnds()
    {
        await using Origin counter = Origin.Scripted(async peer =>
        {
            string all = await peer.ReadToEndAsync();
            await peer.SendAsync($"{all.Length} bytes");
        });
        await using InboundPair pair = await StartAsync(counter);

        using Peer client = await ConnectAsync(pair);
        await client.SendAsync(new string('x', 1_000_000));
        client.EndSending();

        Assert.Equal("1000000 bytes", await client.ReadToEndAsync());
        await pair.Second.MetricIsAsync(1_000_000, "mesh_destination_sent_bytes_total");
        await pair.First.MetricIsAsync(1, "mesh_server_success_total", ("router", "inbound"));
        await pair.Second.MetricIsAsync(1, "mesh_server_success_total", ("router", "tcp"));
    }

    [Fact]
    public async Task TheApp_MaySpeakFirst_AndManyConnectionsShareOne()
    {
        await using Origin greeter = Origin.Scripted(async (peer, number) =>
        {
            await peer.SendAsync($"hello {number % 10}");
            await peer.ReadAsync(1);
        });
        await using InboundPair pair = await StartAsync(greeter);

        List<Peer> clients = [];
        for (int i = 0; i < 20; i++)
        {
            clients.Add(await ConnectAsync(pair));
            Assert.StartsWith("hello ", await clients[^1].ReadAsync(7), StringComparison.Ordinal);
        }

        Assert.Equal(20, pair.Second.Metric("mesh_server_opaque_connections"));
        Assert.Equal(1, pair.First.Metric("mesh_server_connections", ("router", "inbound")));
        clients.ForEach(static client => client.Dispose());
    }

    [Fact]
    public async Task TheAppsBreak_IsTheClientsBreak()
    {
        await using Origin breaker = Origin.Scripted(async peer =>
        {
            await peer.SendAsync("half");
            await peer.ReadAsync(2);
            peer.Reset();
        });
        await using InboundPair pair = await StartAsync(breaker);

        using Peer client = await ConnectAsync(pair);
        Assert.Equal("half", await client.ReadAsync(4));
        await client.SendAsync("go");

        Assert.True(await client.EndsByResetAsync());
        await pair.Second.MetricIsAsync(1, "mesh_server_failures_total", ("router", "tcp"));
    }

    [Fact]
    public async Task TheClientsBreak_IsTheAppsBreak()
    {
        TaskCompletionSource<bool> reset = new();
        await using Origin waiting = Origin.Scripted(async peer =>
        {
            await peer.SendAsync("hi");
            reset.SetResult(await peer.EndsByResetAsync());
        });
        await using InboundPair pair = await StartAsync(waiting);

        using (Peer client = await ConnectAsync(pair))
        {
            await client.ReadAsync(2);
            client.Reset();
        }

        Assert.True(await reset.Task.WaitAsync(Peer.Patience));
        await pair.Second.MetricIsAsync(1, "mesh_server_cancelled_total", ("router", "tcp"));
    }

    [Fact]
    public async Task AnAppThatIsNotThere_IsTold_ByTheNodeThatKnows()
    {
        Origin app = OpaqueTests.Echo();
        await using InboundPair pair = await StartAsync(app);
        await app.DisposeAsync();

        // On a busy machine an attempt may be too slow to be told anything: then another is made.
        await Eventually.HoldsAsync(async () =>
        {
            Assert.True(await OpaqueTests.IsResetAsync(AddressOf(pair)));
            return pair.Second.Log.Contains(
                "could not connect its app, and answered 502: Unable to establish connection", StringComparison.Ordinal);
        }, () => pair.Second.Log);
    }

    [Fact]
    public async Task Clients_CannotAskForIt()
    {
        await using Origin app = Origin.Saying("app");
        await using InboundPair pair = await InboundPair.StartAsync(app);
        await pair.ReachesAsync("app");

        using Peer client = await pair.Second.ConnectAsync();
        Message answer = await client.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nConnection: upgrade\r\nUpgrade: mesh-tcp\r\n\r\n");

        Assert.Equal((200, "app"), (answer.Status, answer.Text));
    }

    private static async Task<InboundPair> StartAsync(Origin app)
    {
        InboundPair pair = await InboundPair.StartAsync(app, service: ", protocol: tcp", more: Tcp);
        await Eventually.HoldsAsync(() => pair.Second.Host.Services.Table.Instances == 1, () => pair.Second.Log);
        return pair;
    }

    private static Task<Peer> ConnectAsync(InboundPair pair) => Peer.ConnectAsync(AddressOf(pair));

    private static IPEndPoint AddressOf(InboundPair pair) => pair.Second.Host.Servers.Last().BoundEndPoint!;
}
