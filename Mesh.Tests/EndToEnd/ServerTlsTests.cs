using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Tests.Actors.Remoting;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary><c>tls</c> of a server: clients speak TLS, and prove who they are where they are asked to.</summary>
public sealed class ServerTlsTests : IDisposable
{
    private const string Ask = "GET / HTTP/1.1\r\nHost: web\r\nx-forwarded-client-cert: Hash=spoofed\r\n\r\n";

    private readonly TestCertificates _ours = new();
    private readonly TestCertificates _theirs = new("another authority");
    private readonly Origin _origin = Origin.Saying("app");
    private readonly CertificatePaths _server;

    public ServerTlsTests() => _server = _ours.Issue("front");

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Fact]
    public async Task Https_IsServed_AndPlainHttpIsToldSo()
    {
        await using TestNode node = await NodeAsync();

        (Peer peer, SslStream tls) = await TlsPeers.ConnectAsync(
            node.Address, edit: static options => options.ApplicationProtocols = [SslApplicationProtocol.Http11]);
        using (peer)
        {
            for (int i = 0; i < 3; i++) Assert.Equal("app", (await peer.AskAsync(Ask)).Text);
            Assert.Equal(SslApplicationProtocol.Http11, tls.NegotiatedApplicationProtocol);
        }

        Message plain = await node.GetAsync();
        Assert.Equal(400, plain.Status);
        Assert.Contains("use https", plain.Text, StringComparison.Ordinal);
        Assert.Equal((1, 1), (node.Metric("mesh_server_tls_handshakes_total"), node.Metric("mesh_server_tls_failures_total", ("reason", "not_tls"))));
        Assert.All(_origin.Requests, static request => Assert.False(request.Has("x-forwarded-client-cert")));
    }

    [Fact]
    public async Task RequireClientAuth_TakesClientsOfItsAuthorityAlone_AndTheBackendIsToldWho()
    {
        await using TestNode node = await NodeAsync(
            $"requireClientAuth: true, caCertPath: '{_server.Authorities}'", "client: {forwardClientCert: true}");
        CertificatePaths own = _ours.Issue("me");

        Assert.Equal("refused", await TlsPeers.TryAsync(node.Address, Ask));
        Assert.Equal("refused", await TlsPeers.TryAsync(node.Address, Ask, _theirs.Issue("stranger")));
        Assert.Equal("200", await TlsPeers.TryAsync(node.Address, Ask, own));

        using X509Certificate2 shown = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(own.Certificate!));
        string hash = shown.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);
        Message seen = Assert.Single(_origin.Requests);
        Assert.Equal($"Hash={hash};SAN=spiffe://test/me;DNS=me;Subject=\"CN=me\"", seen["x-forwarded-client-cert"]);
        Assert.Single(seen.Head.Split("x-forwarded-client-cert").Skip(1));
        await node.MetricIsAsync(1, "mesh_server_tls_failures_total", ("reason", "no_certificate"));
        await node.MetricIsAsync(1, "mesh_server_tls_failures_total", ("reason", "untrusted"));
    }

    [Theory]
    [InlineData("client: {forwardClientCert: true}", true)]
    [InlineData("client: {kind: io.l5d.static, configs: [{prefix: /, forwardClientCert: false}]}", false)]
    public async Task ACopyOfARequest_TellsWhoItsClientIs_AsARequestThereWould(string client, bool tells)
    {
        await using TestNode node = await NodeAsync(
            $"requireClientAuth: true, caCertPath: '{_server.Authorities}'", client + ", policies: [{mirror: {to: /svc/shadow}}]");

        Assert.Equal("200", await TlsPeers.TryAsync(node.Address, Ask, _ours.Issue("me")));
        await Eventually.HoldsAsync(() => _origin.Requests.Count == 2, () => node.Log);

        Message request = _origin.Requests.Single(static each => !each.Has("mesh-mirror"));
        Message copy = _origin.Requests.Single(static each => each.Has("mesh-mirror"));
        Assert.Equal(tells, copy.Has("x-forwarded-client-cert"));
        if (!tells) return;
        Assert.EndsWith(";Subject=\"CN=me\"", copy["x-forwarded-client-cert"], StringComparison.Ordinal);
        Assert.Equal(request["x-forwarded-client-cert"], copy["x-forwarded-client-cert"]);
        Assert.Single(copy.Head.Split("x-forwarded-client-cert").Skip(1));
    }

    [Fact]
    public async Task ClientsOwnWordOfItsCertificate_NeverPasses_OverPlainHttpEither()
    {
        await using TestNode node = await TestNode.BeforeAsync(_origin, "client: {forwardClientCert: true}");
        using Peer peer = await node.ConnectAsync();

        Assert.Equal(200, (await peer.AskAsync(Ask)).Status);

        Assert.False(Assert.Single(_origin.Requests).Has("x-forwarded-client-cert"));
    }

    [Theory]
    [InlineData("protocols: [TLSv1.3]", SslProtocols.Tls12, "refused")]
    [InlineData("protocols: [TLSv1.3]", SslProtocols.Tls13, "200")]
    [InlineData("protocols: [TLSv1.2]", SslProtocols.Tls13, "refused")]
    [InlineData("ciphers: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]", SslProtocols.Tls12, "200")]
    [InlineData("ciphers: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]", SslProtocols.Tls12, "refused")]
    public async Task VersionsAndSuites_AreThoseThatAreNamed(string keys, SslProtocols offered, string expected)
    {
        await using TestNode node = await NodeAsync(keys);

        Assert.Equal(expected, await TlsPeers.TryAsync(node.Address, Ask, edit: options => options.EnabledSslProtocols = offered));
    }

    [Fact]
    public async Task CertificateThatIsReplaced_IsShownToTheNextClient_AndOpenConnectionsLiveOn()
    {
        await using TestNode node = await NodeAsync();
        (Peer first, SslStream before) = await TlsPeers.ConnectAsync(node.Address);
        using Peer open = first;
        Assert.Equal("CN=front", before.RemoteCertificate!.Subject);

        CertificatePaths next = _ours.Issue("front-again");
        File.Copy(next.Key!, _server.Key!, overwrite: true);
        File.Copy(next.Certificate!, _server.Certificate!, overwrite: true);
        await Eventually.HoldsAsync(async () => await SubjectAsync(node) == "CN=front-again", () => node.Log);

        Assert.Equal("app", (await open.AskAsync(Ask)).Text);
    }

    private static async Task<string> SubjectAsync(TestNode node)
    {
        (Peer peer, SslStream tls) = await TlsPeers.ConnectAsync(node.Address);
        using (peer) return tls.RemoteCertificate!.Subject;
    }

    private Task<TestNode> NodeAsync(string tls = "", string router = "") => TestNode.BeforeAsync(
        _origin, router, $"tls: {{certPath: '{_server.Certificate}', keyPath: '{_server.Key}'{(tls.Length == 0 ? "" : ", ")}{tls}}}");
}
