using System.Net.Security;
using Mesh.Tests.Actors.Remoting;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>With <c>cluster.tls</c> requests between nodes pass over mutual TLS, and over nothing else.</summary>
public sealed class InboundTlsTests : IDisposable
{
    private const string Ask = "GET / HTTP/1.1\r\nHost: web\r\nmesh-instance: web/a\r\n\r\n";

    private readonly TestCertificates _ours = new();
    private readonly TestCertificates _theirs = new("another authority");

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Fact]
    public async Task RequestsBetweenNodes_PassOverMutualTls_AndConnectionsAreKept()
    {
        await using InboundPair pair = await StartAsync();
        await pair.ReachesAsync("app");

        for (int i = 0; i < 5; i++) Assert.Equal("app", (await pair.AskAsync()).Text);

        Assert.Equal(1, pair.First.Metric("mesh_server_tls_handshakes_total"));
        Assert.Equal(double.NaN, pair.Second.Metric("mesh_destination_tls_failures_total"));
        Assert.Equal("1.1 mesh, 2 mesh", pair.App.Requests[^1]["Via"]);
    }

    [Fact]
    public async Task PlainRequest_IsToldSoInItsOwnWords_AndReachesNobody()
    {
        await using InboundPair pair = await StartAsync();

        Message answer = await pair.AskInboundAsync("mesh-instance: web/a\r\n");

        Assert.Equal((400, true), (answer.Status, answer.Has("l5d-err")));
        Assert.Contains("takes TLS alone", answer.Text, StringComparison.Ordinal);
        Assert.Contains("`cluster.tls`", answer.Text, StringComparison.Ordinal);
        await RefusedAsync(pair, "not_tls");
        Assert.Contains("it speaks no TLS", pair.First.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BytesThatAreNeitherTlsNorHttp_AreReset()
    {
        await using InboundPair pair = await StartAsync();
        using Peer peer = await Peer.ConnectAsync(pair.Inbound);

        await peer.SendAsync("\0\0\0");

        Assert.True(await peer.EndsByResetAsync());
        await RefusedAsync(pair, "not_tls");
    }

    [Theory]
    [InlineData("nobody", "no_certificate")]
    [InlineData("stranger", "untrusted")]
    [InlineData("expired", "untrusted")]
    [InlineData("server", "untrusted")]
    public async Task WhoCannotProveToBeANode_IsRefused_AndCountedByWhy(string who, string reason)
    {
        await using InboundPair pair = await StartAsync();
        CertificatePaths? shown = who switch
        {
            "stranger" => _theirs.Issue(who),
            "expired" => _ours.Issue(who, expired: true),
            "server" => _ours.Issue(who, client: false),
            _ => null,
        };

        Assert.Equal("refused", await TlsPeers.TryAsync(pair.Inbound, Ask, shown));

        await RefusedAsync(pair, reason);
        Assert.Equal("200", await TlsPeers.TryAsync(pair.Inbound, Ask, _ours.Issue("another")));
    }

    [Fact]
    public async Task Alpn_IsWhatIsSpokenInside_AndNothingElseIsAgreedOn()
    {
        await using InboundPair pair = await StartAsync();
        CertificatePaths own = _ours.Issue("another");

        (Peer peer, SslStream tls) = await TlsPeers.ConnectAsync(
            pair.Inbound, own, static options => options.ApplicationProtocols = [NodeProtocols.Mesh, SslApplicationProtocol.Http11]);
        SslApplicationProtocol agreed = tls.NegotiatedApplicationProtocol;
        peer.Dispose();
        string refused = await TlsPeers.TryAsync(
            pair.Inbound, Ask, own, static options => options.ApplicationProtocols = [SslApplicationProtocol.Http3]);

        Assert.Equal((NodeProtocols.Mesh, "refused"), (agreed, refused));
    }

    [Fact]
    public async Task CertificateOfAnotherHost_IsRefusedByWhoDials_AndOneThatIsReplaced_IsTakenWithoutARestart()
    {
        await using InboundPair pair = await StartAsync(router: "client: {failureAccrual: {kind: none}, clientSession: {lifeTimeMs: 1}},");
        await pair.ReachesAsync("app");

        _ours.Issue("n1", address: "127.0.0.9");
        Message? refused = null;
        await Eventually.HoldsAsync(async () => (refused = await pair.AskAsync()).Status == 502, () => pair.First.Log);
        _ours.Issue("n1");
        await pair.ReachesAsync("app");

        string expected = "showed another's certificate: it names n1, spiffe://test/n1, 127.0.0.9 and not 127.0.0.1";
        Assert.Contains(expected, refused!.Text, StringComparison.Ordinal);
        Assert.Contains("`cluster.advertise`", refused.Text, StringComparison.Ordinal);
        Assert.True(pair.Second.Metric("mesh_destination_tls_failures_total", ("reason", "wrong_name")) > 0);
    }

    [Fact]
    public async Task InboundSideWithoutTls_IsNotDialledByANodeThatHasIt_AndTheFaultSaysWhatToDo()
    {
        await using InboundPair pair = await StartAsync();
        await pair.ReachesAsync("app");

        await pair.First.Host.Services.Local!.MoveInbound(pair.Inbound);
        Message? refused = null;
        await Eventually.HoldsAsync(async () => (refused = await pair.AskAsync()).Status == 502, () => pair.First.Log);

        string expected = "speaks no TLS, and this node, which has `cluster.tls`, sends requests to no node without";
        Assert.Contains(expected, refused!.Text, StringComparison.Ordinal);
        Assert.Contains("write `insecure: true`", refused.Text, StringComparison.Ordinal);
        Assert.Equal("true", refused["l5d-retryable"]);
        Assert.True(pair.Second.Metric("mesh_destination_tls_failures_total", ("reason", "plain_forbidden")) > 0);
    }

    [Fact]
    public async Task FleetThatTurnsTlsOn_WorksBothWays_WhereItsOperatorSaysSo()
    {
        await using InboundPair pair = await StartAsync("insecure: true, ");
        await pair.ReachesAsync("app");
        double secured = pair.First.Metric("mesh_server_tls_handshakes_total");

        await pair.First.Host.Services.Local!.MoveInbound(pair.Inbound);
        await Eventually.HoldsAsync(
            () => pair.Second.Host.Routers[0].Destinations.All().Any(static each => each.Current.Endpoints.Any(static one => one.Key.Host is null)),
            () => pair.Second.Log);
        Message answer = await pair.AskAsync();
        Message plain = await pair.AskInboundAsync("mesh-instance: web/a\r\n");

        Assert.Equal(("app", 200), (answer.Text, plain.Status));
        Assert.Equal((1, secured), (secured, pair.First.Metric("mesh_server_tls_handshakes_total")));
    }

    [Fact]
    public async Task Drain_EndsHandshakesThatAreUnderWay()
    {
        await using InboundPair pair = await StartAsync();
        using Peer silent = await Peer.ConnectAsync(pair.Inbound);
        using Peer begun = await Peer.ConnectAsync(pair.Inbound);
        await begun.SendAsync("\x16\x03\x01");
        await pair.First.MetricIsAsync(2, "mesh_server_tls_pending");

        Task stopped = pair.StopFirstAsync();

        Assert.True(await silent.EndsByResetAsync());
        Assert.True(await begun.EndsByResetAsync());
        await stopped;
        Assert.DoesNotContain("were cut off", pair.First.Log, StringComparison.Ordinal);
    }

    private async Task<InboundPair> StartAsync(string cluster = "", string router = "")
    {
        return await InboundPair.StartAsync(Origin.Saying("app"), router: router, first: Tls("n1") + cluster, second: Tls("n2") + cluster);

        string Tls(string node)
        {
            CertificatePaths paths = _ours.Issue(node);
            return $"tls: {{certPath: '{paths.Certificate}', keyPath: '{paths.Key}', caCertPath: '{paths.Authorities}'}}, ";
        }
    }

    private static async Task RefusedAsync(InboundPair pair, string reason)
    {
        await pair.First.MetricIsAsync(1, "mesh_server_tls_failures_total", ("reason", reason));
        Assert.Empty(pair.App.Requests);
    }
}
