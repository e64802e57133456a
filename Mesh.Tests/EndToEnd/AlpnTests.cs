using System.Net;
using System.Net.Security;
using Mesh.Tests.Actors.Remoting;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary>Which protocol is spoken inside TLS: offered, chosen, remembered, and known where nothing was said.</summary>
public sealed class AlpnTests : IDisposable
{
    private readonly TestCertificates _authority = new();
    private readonly Origin _origin = Origin.Answering(static request => Origin.Ok($"app {request["Via"]}"));
    private readonly CertificatePaths _server;

    public AlpnTests() => _server = _authority.Issue("localhost");

    public void Dispose() => _authority.Dispose();

    [Fact]
    public async Task ServerWithTls_SpeaksHttp2_WithWhoeverOffersIt()
    {
        await using TestNode node = await FrontAsync();
        using HttpClient client = Client(HttpVersion.Version20);

        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage response = await client.GetAsync(UriOf(node));
            Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (response.StatusCode, response.Version));
            Assert.Equal("app 2 mesh", await response.Content.ReadAsStringAsync());
        }

        Assert.Equal(1, node.Metric("mesh_server_tls_handshakes_total"));
    }

    [Fact]
    public async Task WhoOffersNothing_IsKnownByItsFirstBytes()
    {
        await using TestNode node = await FrontAsync();

        (Peer peer, SslStream tls) = await TlsPeers.ConnectAsync(node.Address);
        using (peer)
        {
            Assert.Equal("app 1.1 mesh", (await peer.AskAsync("GET / HTTP/1.1\r\nHost: web\r\n\r\n")).Text);
            Assert.Empty(tls.NegotiatedApplicationProtocol.ToString());
        }

        (Peer other, _) = await TlsPeers.ConnectAsync(node.Address);
        using (other)
        {
            await other.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
            byte[] settings = await other.ReadBytesAsync(9);
            Assert.Equal((4, 0), (settings[3], settings[4]));
        }
    }

    [Theory]
    [InlineData("h2", "1.1 mesh, 2 mesh")]
    [InlineData("auto", "1.1 mesh, 2 mesh")]
    [InlineData("http1", "1.1 mesh, 1.1 mesh")]
    public async Task ClientProtocol_IsWhatTheEndpointIsOffered(string protocol, string via)
    {
        await using TestNode behind = await FrontAsync();
        await using TestNode node = await BeforeAsync(behind.Address.Port, protocol);

        for (int i = 0; i < 3; i++) Assert.Equal($"app {via}", (await node.GetAsync()).Text);

        Assert.Equal(1, behind.Metric("mesh_server_tls_handshakes_total"));
    }

    [Fact]
    public async Task EndpointThatDoesNotChooseHttp2_IsAFaultThatSaysWhatToWrite()
    {
        await using TlsOrigin old = new(_server);
        await using TestNode node = await BeforeAsync(old.Port, "h2");

        Message answer = await node.GetAsync();

        Assert.Equal(502, answer.Status);
        Assert.Contains("client.protocol: http1", answer.Text, StringComparison.Ordinal);
        Assert.True(node.Metric("mesh_destination_tls_failures_total", ("reason", "other_protocol")) > 0);
    }

    [Fact]
    public async Task EndpointOfEitherKind_IsSpokenWithAsItChose_AndItsConnectionsKept()
    {
        await using TlsOrigin old = new(_server);
        await using TestNode node = await BeforeAsync(old.Port, "auto");

        for (int i = 0; i < 3; i++) Assert.Equal((200, "app"), (await node.GetAsync() is { } answer ? (answer.Status, answer.Text) : default));

        Assert.Equal(["localhost http/1.1"], old.Heard);
    }

    [Fact]
    public async Task EndpointThatChangesItsMind_IsSpokenWithAnew_WithinOneLimit()
    {
        TlsOrigin old = new(_server);
        int port = old.Port;
        await using TestNode node = await BeforeAsync(port, "auto", "hostConnectionPool: {maxSize: 1}, ");
        Assert.Equal("app", (await node.GetAsync()).Text);
        await old.DisposeAsync();

        await using (TestNode behind = await FrontAsync(port))
        {
            await Eventually.HoldsAsync(async () => (await node.GetAsync()).Text == "app 1.1 mesh, 2 mesh", () => node.Log);
            Assert.Equal("app 1.1 mesh, 2 mesh", (await node.GetAsync()).Text);
        }

        await using TlsOrigin again = new(_server, port: port);
        await Eventually.HoldsAsync(async () => (await node.GetAsync()).Text == "app", () => node.Log);
    }

    [Fact]
    public async Task Upgrades_GoToAnEndpointOfEitherKindByHttp1()
    {
        await using TlsOrigin old = new(_server);
        await using TestNode node = await BeforeAsync(old.Port, "auto");
        using Peer peer = await node.ConnectAsync();

        Message answer = await peer.AskAsync("GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");

        Assert.Equal((200, "app"), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task WithoutTls_Auto_GoesOnAsTheRequestCame()
    {
        await using TestNode behind = await TestNode.BeforeAsync(_origin);
        await using TestNode node = await TestNode.RoutingAsync(
            $"/svc => /$/inet/localhost/{behind.Address.Port}", "client: {protocol: auto}",
            $"tls: {{certPath: '{_server.Certificate}', keyPath: '{_server.Key}'}}");
        using HttpClient second = Client(HttpVersion.Version20), first = Client(HttpVersion.Version11);

        Assert.Equal("app 2 mesh, 2 mesh", await second.GetStringAsync(UriOf(node)));
        Assert.Equal("app 1.1 mesh, 1.1 mesh", await first.GetStringAsync(UriOf(node)));
        Assert.Equal("app 2 mesh, 2 mesh", await second.GetStringAsync(UriOf(node)));
    }

    internal static HttpClient Client(Version version) => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
        },
    })
    {
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Peer.Patience,
    };

    private static Uri UriOf(TestNode node) => new($"https://localhost:{node.Address.Port}/");

    /// <summary>A node whose server has TLS.</summary>
    private Task<TestNode> FrontAsync(int port = 0) => TestNode.StartAsync($$"""
        { admin: {port: 0}, loops: 1, routers: [{ protocol: http, label: test, dtab: "/svc => /$/inet/127.0.0.1/{{_origin.Port}}",
          servers: [{ port: {{port}}, tls: {certPath: '{{_server.Certificate}}', keyPath: '{{_server.Key}}'} }] }] }
        """);

    private Task<TestNode> BeforeAsync(int port, string protocol, string client = "") => TestNode.RoutingAsync(
        $"/svc => /$/inet/localhost/{port}",
        $"client: {{protocol: {protocol}, {client}failureAccrual: {{kind: none}}, "
        + $"tls: {{commonName: localhost, trustCertsBundle: '{_server.Authorities}'}}}}");
}
