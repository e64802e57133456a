using Mesh.Tests.Actors.Remoting;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.EndToEnd;

/// <summary><c>tls</c> of a client: endpoints are spoken with in TLS, and prove a name.</summary>
public sealed class ClientTlsTests : IDisposable
{
    private readonly TestCertificates _ours = new();
    private readonly TestCertificates _theirs = new("another authority");
    private readonly CertificatePaths _server;

    public ClientTlsTests() => _server = _ours.Issue("web.internal");

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Fact]
    public async Task EndpointOfATrustedAuthority_ThatProvesTheName_IsSpokenWith_AndItsConnectionKept()
    {
        await using TlsOrigin origin = new(_server);
        await using TestNode node = await NodeAsync(origin, $"tls: {{commonName: web.internal, trustCertsBundle: '{_server.Authorities}'}}");

        for (int i = 0; i < 3; i++) Assert.Equal("app", (await node.GetAsync()).Text);

        Assert.Equal(["web.internal http/1.1"], origin.Heard);
    }

    [Fact]
    public async Task Name_IsFilledFromThePrefix_AndANarrowerPrefixMayTakeTlsOff()
    {
        await using TlsOrigin origin = new(_ours.Issue("localhost"));
        await using Origin plain = Origin.Saying("plain");
        await using TestNode node = await TestNode.RoutingAsync(
            $"/svc/web => /$/inet/localhost/{origin.Port}; /svc/other => /$/inet/localhost/{plain.Port}",
            "client: {kind: io.l5d.static, configs: ["
            + $"{{prefix: '/$/inet/{{host}}', tls: {{commonName: '{{host}}', trustCerts: ['{_server.Authorities}']}}}}, "
            + $"{{prefix: '/$/inet/localhost/{plain.Port}', tls: {{enabled: false}}}}]}}");

        Assert.Equal(("app", "plain"), ((await node.GetAsync()).Text, (await node.GetAsync(host: "other")).Text));

        Assert.Equal(["localhost http/1.1"], origin.Heard);
    }

    [Theory]
    [InlineData("commonName: web.internal", "untrusted", "comes from none of the authorities that are trusted here")]
    [InlineData("commonName: other.internal, trustCertsBundle: 'CA'", "wrong_name", "it names web.internal, spiffe://test/web.internal, 127.0.0.1")]
    [InlineData("commonName: web.internal, trustCertsBundle: 'THEIRS'", "untrusted", "comes from none of the authorities")]
    public async Task EndpointThatProvesNothing_IsNotSpokenWith_AndTheFaultSaysWhy(string tls, string reason, string text)
    {
        string written = tls.Replace("CA", _server.Authorities, StringComparison.Ordinal)
            .Replace("THEIRS", _theirs.Issue("x").Authorities, StringComparison.Ordinal);
        await using TlsOrigin origin = new(_server);
        await using TestNode node = await NodeAsync(origin, $"tls: {{{written}}}");

        Message answer = await node.GetAsync();

        Assert.Equal((502, "true"), (answer.Status, answer["l5d-retryable"]));
        Assert.Contains(text, answer.Text, StringComparison.Ordinal);
        Assert.True(node.Metric("mesh_destination_tls_failures_total", ("reason", reason)) > 0);
    }

    [Fact]
    public async Task PlainEndpoint_IsToldFromOneThatFails()
    {
        await using Origin plain = Origin.Scripted(async peer =>
        {
            await peer.ReadBytesAsync(1);
            await peer.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n");
            await peer.EndsByResetAsync();
        });
        await using TestNode node = await TestNode.BeforeAsync(plain, "client: {tls: {commonName: web}}");

        Message answer = await node.GetAsync();

        Assert.Equal(502, answer.Status);
        Assert.Contains("speaks no TLS on this port", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisableValidation_BelievesWhoeverAnswers()
    {
        await using TlsOrigin origin = new(_theirs.Issue("nobody"));
        await using TestNode node = await NodeAsync(origin, "tls: {disableValidation: true}");

        Assert.Equal("app", (await node.GetAsync()).Text);
    }

    [Fact]
    public async Task ClientAuth_ShowsTheClientsCertificate_AndOneThatIsReplacedIsShownNext()
    {
        CertificatePaths own = _ours.Issue("me");
        await using TlsOrigin origin = new(_server, asks: true);
        await using TestNode node = await NodeAsync(
            origin,
            $"hostConnectionPool: {{idleTimeMs: 1}}, tls: {{commonName: web.internal, trustCertsBundle: '{_server.Authorities}', "
            + $"clientAuth: {{certPath: '{own.Certificate}', keyPath: '{own.Key}'}}}}");

        Assert.Equal("app", (await node.GetAsync()).Text);
        CertificatePaths next = _ours.Issue("me-again");
        File.Copy(next.Key!, own.Key!, overwrite: true);
        File.Copy(next.Certificate!, own.Certificate!, overwrite: true);
        await Eventually.HoldsAsync(
            async () => (await node.GetAsync()).Status == 200 && origin.Heard[^1].EndsWith("CN=me-again", StringComparison.Ordinal), () => node.Log);

        Assert.EndsWith("CN=me", origin.Heard[0], StringComparison.Ordinal);
    }

    private static Task<TestNode> NodeAsync(TlsOrigin origin, string client) =>
        TestNode.RoutingAsync($"/svc => /$/inet/127.0.0.1/{origin.Port}", $"client: {{{client}}}");
}
