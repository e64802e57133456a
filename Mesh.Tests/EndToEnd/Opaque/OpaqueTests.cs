using System.Net;
using System.Net.Sockets;
using Mesh.Tests.Kit;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.EndToEnd.Opaque;

/// <summary>Connections through a router <c>tcp</c>, whose bytes nobody reads.</summary>
public sealed class OpaqueTests
{
    [Theory]
    [MemberData(nameof(TestNode.Transports), MemberType = typeof(TestNode))]
    internal async Task Bytes_PassBothWays_AndAreCounted(TransportKind transport)
    {
        await using Origin echo = Echo();
        await using TestNode node = await TcpAsync(To(echo), transport: transport);

        using (Peer client = await node.ConnectAsync())
        {
            await client.SendAsync("\0PING\r\n");
            Assert.Equal("\0PING\r\n", await client.ReadAsync(7));
            await node.MetricIsAsync(1, "mesh_server_opaque_connections");
            await node.MetricIsAsync(1, "mesh_destination_connections", ("state", "busy"));
            client.EndSending();
            Assert.Equal("", await client.ReadToEndAsync());
        }

        string destination = $"/$/inet/127.0.0.1/{echo.Port}";
        await node.MetricIsAsync(1, "mesh_server_success_total");
        await node.MetricIsAsync(0, "mesh_server_opaque_connections");
        Assert.Equal(1, node.Metric("mesh_destination_success_total", ("destination", destination)));
        Assert.Equal(7, node.Metric("mesh_destination_sent_bytes_total", ("destination", destination)));
        Assert.Equal(7, node.Metric("mesh_destination_received_bytes_total", ("destination", destination)));
        Assert.Equal(7, node.Metric("mesh_server_received_bytes_total"));
        Assert.Equal(1, node.Metric("mesh_destination_connection_duration_seconds", ("destination", destination)));
        Assert.Equal(0, node.Metric("mesh_server_unanswered_total"));
        Assert.Equal(1, node.Metric("mesh_service_success_total", ("service", "/svc/one")));
    }

    [Fact]
    public async Task TheServer_MaySpeakFirst()
    {
        await using Origin smtp = Origin.Scripted(async peer =>
        {
            await peer.SendAsync("220 ready\r\n");
            Assert.Equal("QUIT\r\n", await peer.ReadAsync(6));
            await peer.SendAsync("221 bye\r\n");
        });
        await using TestNode node = await TcpAsync(To(smtp));

        using Peer client = await node.ConnectAsync();
        Assert.Equal("220 ready\r\n", await client.ReadAsync(11));
        await client.SendAsync("QUIT\r\n");

        Assert.Equal("221 bye\r\n", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task AnEnd_IsPassedOn_AndTheOtherWayGoesOn()
    {
        await using Origin counter = Origin.Scripted(async peer =>
        {
            string all = await peer.ReadToEndAsync();
            await peer.SendAsync($"{all.Length} bytes");
        });
        await using TestNode node = await TcpAsync(To(counter));

        using Peer client = await node.ConnectAsync();
        await client.SendAsync(new string('x', 300_000));
        client.EndSending();

        Assert.Equal("300000 bytes", await client.ReadToEndAsync());
        await node.MetricIsAsync(1, "mesh_server_success_total");
    }

    [Fact]
    public async Task AConnectThatFails_IsMadeElsewhere()
    {
        await using Origin echo = Echo();
        int dead = Kit.Ports.Free();
        using NamesFolder names = new();
        names.Write("db", $"127.0.0.1 {dead}\n127.0.0.1 {echo.Port}\n");
        await using TestNode node = await TestNode.StartAsync(Config(
            "/svc => /#/io.l5d.fs/db", top: names.Config + ",", router: "client: {failureAccrual: {kind: none}},"));

        for (int i = 0; i < 8; i++) await SpeaksAsync(node);

        await node.MetricIsAsync(8, "mesh_server_success_total");
        Assert.Equal(0, node.Metric("mesh_server_failures_total"));
        Assert.Equal(node.Metric("mesh_destination_requeues_total"), node.Metric("mesh_destination_connect_failures_total"));
    }

    [Fact]
    public async Task ADeadEndpoint_IsTakenOutByItsConnectFailures_AndEachClientIsReset()
    {
        int dead = Kit.Ports.Free();
        await using TestNode node = await TcpAsync(
            $"/svc => /$/inet/127.0.0.1/{dead}", "client: {failureAccrual: {kind: io.l5d.consecutiveFailures, failures: 3}},");

        Assert.True(await IsResetAsync(node.Address));
        await node.MetricIsAsync(1, "mesh_server_failures_total");
        Assert.Equal(3, node.Metric("mesh_destination_failures_total"));
        Assert.Equal(1, node.Metric("mesh_destination_endpoints", ("phase", "dead")));
        Assert.Contains("connection refused", node.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoBreaksAConnectionAtOnce_IsTakenOut_AndWhoBreaksLater_IsNot()
    {
        bool works = false;
        await using Origin breaker = Origin.Scripted(async peer =>
        {
            if (!Volatile.Read(ref works)) peer.Reset();
            else
            {
                await peer.SendAsync("hello");
                await peer.ReadAsync(1);
            }
        });
        await using TestNode node = await TcpAsync(
            To(breaker), "client: {failureAccrual: {kind: io.l5d.consecutiveFailures, failures: 2, backoff: {kind: constant, ms: 10}}},");

        for (int i = 0; i < 2; i++) Assert.True(await IsResetAsync(node.Address));
        await node.MetricIsAsync(1, "mesh_destination_breaker_deaths_total");
        Volatile.Write(ref works, true);
        List<Peer> peers = [];
        await Eventually.HoldsAsync(async () =>
        {
            peers.Add(await node.ConnectAsync());
            Assert.Equal("hello", await peers[^1].ReadAsync(5));
            return node.Metric("mesh_destination_breaker_probes_total") > 0;
        }, () => node.Log);

        // The connections live on, and yet one of them has proven the endpoint.
        await node.MetricIsAsync(1, "mesh_destination_breaker_revivals_total");
        await node.MetricIsAsync(peers.Count, "mesh_server_opaque_connections");
        peers.ForEach(static peer => peer.Dispose());
    }

    [Fact]
    public async Task TheBackendsBreak_IsTheClientsBreak()
    {
        await using Origin breaker = Origin.Scripted(async peer =>
        {
            await peer.SendAsync("half an ans");
            await peer.ReadAsync(2);
            peer.Reset();
        });
        await using TestNode node = await TcpAsync(To(breaker));

        using Peer client = await node.ConnectAsync();
        Assert.Equal("half an ans", await client.ReadAsync(11));
        await client.SendAsync("go");

        Assert.True(await client.EndsByResetAsync());
        await node.MetricIsAsync(1, "mesh_server_failures_total");
    }

    [Fact]
    public async Task AClientThatBreaks_IsNeitherSuccessNorFailure_AndItsBackendHearsOfIt()
    {
        TaskCompletionSource<bool> reset = new();
        await using Origin waiting = Origin.Scripted(async peer =>
        {
            await peer.SendAsync("hi");
            reset.SetResult(await peer.EndsByResetAsync());
        });
        await using TestNode node = await TcpAsync(To(waiting));

        using (Peer client = await node.ConnectAsync())
        {
            await client.ReadAsync(2);
            client.Reset();
        }

        Assert.True(await reset.Task.WaitAsync(Peer.Patience));
        await node.MetricIsAsync(1, "mesh_server_cancelled_total");
        Assert.Equal(0, node.Metric("mesh_server_failures_total") + node.Metric("mesh_server_success_total"));
    }

    [Fact]
    public async Task AStop_LetsConnectionsTalk_UntilItsGraceIsOver()
    {
        await using Origin echo = Echo();
        await using TestNode node = await TestNode.StartAsync(Config(To(echo), admin: "shutdownGraceMs: 4000"));
        using Peer client = await node.ConnectAsync();
        await client.SendAsync("a");
        await client.ReadAsync(1);

        Task stopping = node.StopAsync();
        await Eventually.HoldsAsync(async () => await IsRefusedAsync(node), () => "it listens on");
        await client.SendAsync("b");

        Assert.Equal("b", await client.ReadAsync(1));
        Assert.True(await client.EndsByResetAsync());
        await stopping.WaitAsync(Peer.Patience);
        Assert.Contains("1 connections were still busy", node.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANameThatLeadsNowhere_ResetsTheClient_AndTellsTheOperator()
    {
        await using TestNode node = await TcpAsync("/svc => !");

        Assert.True(await IsResetAsync(node.Address));
        await node.MetricIsAsync(1, "mesh_service_failures_total", ("service", "unbound"));
        Assert.Contains("Unable to route", node.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ANewDtab_LeadsNewConnectionsElsewhere_WhileOldOnesGoOn()
    {
        await using Origin first = Origin.Scripted(async peer => await GreetAsync(peer, "first"));
        await using Origin second = Origin.Scripted(async peer => await GreetAsync(peer, "other"));
        await using TestNode node = await TcpAsync(To(first));
        using Peer old = await node.ConnectAsync();
        Assert.Equal("first", await old.ReadAsync(5));

        node.Reload(Config(To(second)));
        await Eventually.HoldsAsync(async () =>
        {
            using Peer fresh = await node.ConnectAsync();
            return await fresh.ReadAsync(5) == "other";
        }, () => node.Log);

        await old.SendAsync("?");
        Assert.Equal("first", await old.ReadAsync(5));
    }

    [Fact]
    public async Task ThePort_IsTheName_WhereNoIdentifierIsWritten()
    {
        await using Origin echo = Echo();
        int port = Kit.Ports.Free();
        await using TestNode node = await TestNode.StartAsync($$"""
            { admin: {port: 0, shutdownGraceMs: 100}, loops: 1, routers: [{ protocol: tcp, dtab: "/svc/{{port}} => /$/inet/127.0.0.1/{{echo.Port}}",
              servers: [{ port: {{port}} }] }] }
            """);

        await SpeaksAsync(node);

        await node.MetricIsAsync(1, "mesh_service_success_total", ("service", $"/svc/{port}"), ("router", "tcp"));
    }

    [Fact]
    public async Task SilentConnections_EndAfterTheIdleTime_InOrder()
    {
        await using Origin echo = Echo();
        await using TestNode node = await TcpAsync(To(echo), server: "idleTimeoutMs: 100");

        using Peer client = await node.ConnectAsync();

        Assert.False(await client.EndsByResetAsync());
        await node.MetricIsAsync(1, "mesh_server_success_total");
    }

    [Fact]
    public async Task AdminsViews_ShowThem()
    {
        await using Origin echo = Echo();
        await using TestNode node = await TcpAsync(To(echo));
        using Peer client = await node.ConnectAsync();
        await client.SendAsync("a");
        await client.ReadAsync(1);

        foreach (string view in (string[])["/client_state.json", "/config.json", "/metrics", "/admin/metrics.json"])
            Assert.Equal(HttpStatusCode.OK, (await node.AdminAsync(view)).Status);
        Assert.Contains($"/$/inet/127.0.0.1/{echo.Port}", (await node.AdminAsync("/admin/metrics.json")).Text, StringComparison.Ordinal);
    }

    internal static Origin Echo() => Origin.Scripted(async peer =>
    {
        while (await peer.ReadBytesAsync(1) is { Length: 1 } bytes) await peer.SendAsync(bytes);
        peer.EndSending();
    });

    internal static string To(Origin origin) => $"/svc => /$/inet/127.0.0.1/{origin.Port}";

    internal static Task<TestNode> TcpAsync(
        string dtab, string router = "", string server = "", TransportKind transport = TransportKind.Auto) =>
        TestNode.StartAsync(Config(dtab, router, server, transport));

    internal static string Config(
        string dtab, string router = "", string server = "", TransportKind transport = TransportKind.Auto, string top = "",
        string admin = "shutdownGraceMs: 100") => $$"""
        { admin: {port: 0, {{admin}}}, loops: 1, transport: {{transport.ToString().ToLowerInvariant()}}, {{top}}
          routers: [{ protocol: tcp, label: test, dtab: "{{dtab}}", identifier: {kind: io.l5d.static, path: /one}, {{router}}
            servers: [{ port: 0, {{server}} }] }] }
        """;

    internal static async Task SpeaksAsync(TestNode node)
    {
        using Peer client = await node.ConnectAsync();
        await client.SendAsync("a");
        Assert.Equal("a", await client.ReadAsync(1));
        client.EndSending();
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Theory]
    [MemberData(nameof(TestNode.Transports), MemberType = typeof(TestNode))]
    internal async Task RulesThatLeadToItsOwnPort_AreToldSo_AndGoRoundNoFurther(TransportKind transport)
    {
        int port = Ports.Free();
        string config = Config($"/svc => /$/inet/127.0.0.1/{port}", transport: transport);
        await using TestNode node = await TestNode.StartAsync(config.Replace("[{ port: 0", $"[{{ port: {port}", StringComparison.Ordinal));
        Assert.Equal(port, node.Address.Port);

        Assert.True(await IsResetAsync(node.Address));

        await node.MetricIsAsync(0, "mesh_server_opaque_connections");
        Assert.Contains("came from this node itself", node.Log, StringComparison.Ordinal);
        // Epoll tells the near end before anybody can have arrived from it; the framework's sockets after, by then a few have gone round.
        if (transport == TransportKind.Epoll) Assert.InRange(node.Metric("mesh_server_accepted_connections_total"), 2, 3);
    }

    /// <summary>A connection is made and broken, perhaps before it is known to be made.</summary>
    internal static async Task<bool> IsResetAsync(IPEndPoint address)
    {
        try
        {
            using Peer client = await Peer.ConnectAsync(address);
            return await client.EndsByResetAsync();
        }
        catch (SocketException broken)
        {
            return broken.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    private static async Task GreetAsync(Peer peer, string text)
    {
        do
        {
            await peer.SendAsync(text);
        }
        while ((await peer.ReadBytesAsync(1)).Length == 1);
    }

    private static async Task<bool> IsRefusedAsync(TestNode node)
    {
        try
        {
            using Peer late = await node.ConnectAsync();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
