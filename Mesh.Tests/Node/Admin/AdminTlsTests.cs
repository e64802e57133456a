using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Node.Admin;
using Mesh.Node.Config;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Node.Admin;

public sealed class AdminTlsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-tls-");
    private readonly TestCertificates _authority = new("authority");
    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly FakeTime _time = new();

    private string Cert => Path.Combine(_folder.FullName, "cert.pem");

    private string Key => Path.Combine(_folder.FullName, "key.pem");

    private string Roots => Path.Combine(_folder.FullName, "ca.pem");

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task AdminSpeaksTls_WithTheCertificateOfItsFiles()
    {
        _authority.Write("first", Cert, Key);
        await using AdminServer server = await ServeAsync();

        (string answer, string subject) = await AskAsync(server);

        Assert.Equal(("https done", "CN=first"), (answer, subject));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => new HttpClient().GetStringAsync($"http://{server.BoundEndPoint}/ask"));
    }

    [Fact]
    public async Task NewFiles_HoldForNewConnections()
    {
        _authority.Write("first", Cert, Key);
        await using AdminServer server = await ServeAsync();
        Assert.Equal("CN=first", (await AskAsync(server)).Subject);

        _authority.Write("second", Cert, Key);
        _time.Advance(AdminCertificates.LookAgain);

        Assert.Equal("CN=second", (await AskAsync(server)).Subject);
    }

    [Fact]
    public async Task BrokenFiles_LeaveTheLastGoodCertificate_AndAreToldOnce()
    {
        _authority.Write("first", Cert, Key);
        await using AdminServer server = await ServeAsync();
        await File.WriteAllTextAsync(Cert, "no certificate");
        _time.Advance(AdminCertificates.LookAgain);

        string first = (await AskAsync(server)).Subject;
        _time.Advance(AdminCertificates.LookAgain);
        string second = (await AskAsync(server)).Subject;

        Assert.Equal(("CN=first", "CN=first"), (first, second));
        Assert.Contains(Cert, Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMissingFile_IsNamedAtTheStart()
    {
        await using AdminServer server = Server(requireClientAuth: false);

        IOException fault = await Assert.ThrowsAsync<IOException>(() => server.StartAsync());

        Assert.Contains("admin.tls.certPath", fault.Message, StringComparison.Ordinal);
        Assert.Contains(Cert, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhereClientsMustAuthenticate_OnlyTheAuthoritysAreServed()
    {
        _authority.Write("first", Cert, Key);
        await File.WriteAllTextAsync(Roots, _authority.Authority.ExportCertificatePem());
        using TestCertificates stranger = new("stranger");
        using X509Certificate2 theirs = stranger.Sign("theirs");
        using X509Certificate2 ours = _authority.Sign("ours");
        await using AdminServer server = await ServeAsync(requireClientAuth: true);

        Assert.Equal("https done", (await AskAsync(server, ours)).Answer);
        await AssertRefusedAsync(server, theirs);
        await AssertRefusedAsync(server, null);
    }

    private async Task AssertRefusedAsync(AdminServer server, X509Certificate2? certificate)
    {
        Exception fault = await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(server, certificate));

        Assert.True(fault is HttpRequestException or IOException or AuthenticationException, fault.ToString());
    }

    private async Task<(string Answer, string Subject)> AskAsync(AdminServer server, X509Certificate2? own = null)
    {
        string subject = "";
        X509ChainPolicy policy = new() { RevocationMode = X509RevocationMode.NoCheck, TrustMode = X509ChainTrustMode.CustomRootTrust };
        policy.CustomTrustStore.Add(_authority.Authority);
        using SocketsHttpHandler handler = new()
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                LocalCertificateSelectionCallback = own is null ? null : (_, _, _, _, _) => own,
                CertificateChainPolicy = policy,
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                {
                    subject = certificate!.Subject;
                    return errors == SslPolicyErrors.None;
                },
            },
        };
        using HttpClient client = new(handler) { Timeout = TimeSpan.FromSeconds(30) };
        return (await client.GetStringAsync($"https://localhost:{server.BoundEndPoint!.Port}/ask"), subject);
    }

    private async Task<AdminServer> ServeAsync(bool requireClientAuth = false)
    {
        AdminServer server = Server(requireClientAuth);
        await server.StartAsync();
        return server;
    }

    private AdminServer Server(bool requireClientAuth) => new(
        new AdminServerOptions
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Tls = new AdminTlsConfig(Cert, Key, null, requireClientAuth ? Roots : null, requireClientAuth),
            Warn = _warnings.Enqueue,
            Time = _time,
        },
        [new Scheme()]);

    private sealed class Scheme() : AdminEndpoint("/ask", "a test")
    {
        public override Task HandleAsync(Microsoft.AspNetCore.Http.HttpContext context) =>
            AdminText.WriteAsync(context, 200, context.Request.Scheme + " done");
    }
}
