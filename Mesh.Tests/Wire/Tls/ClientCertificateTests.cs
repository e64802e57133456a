using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mesh.Tests.Actors.Remoting;
using Mesh.Tests.EndToEnd;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.Wire.Tls;

/// <summary>What a side that asks for the peer's certificate makes of chains: those that come again, and those that point elsewhere.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly List<string> _told = [];

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AChainWithAnIntermediate_IsTaken_AlsoWhenItsSessionMightBeResumed(bool isNode)
    {
        CertificateFiles files = new(_certificates.Issue("server"), TimeProvider.System, _told.Add);
        CertificateFiles clients = new(_certificates.Issue("client", isBehindAnother: true), TimeProvider.System, _told.Add);
        SslClientAuthenticationOptions dial = MutualTls.Client(clients.Current(), "server");
        List<string> verdicts = [];

        for (int round = 0; round < 4; round++)
        {
            TlsVerdict verdict = new();
            SslServerAuthenticationOptions serve = isNode
                ? MutualTls.Server(files.Current(), verdict)
                : new ServerTerms(files) { RequiresClient = true }.Options(verdict);
            verdicts.Add(await ShakeAsync(serve, dial) ? "taken" : $"{verdict.Failure} {verdict.Detail}");
        }

        Assert.Equal(["taken", "taken", "taken", "taken"], verdicts);
    }

    [Fact]
    public async Task AServersChainWithAnIntermediate_IsTaken_AlsoWhenTheSessionIsResumed()
    {
        CertificateFiles files = new(_certificates.Issue("server", isBehindAnother: true), TimeProvider.System, _told.Add);
        CertificateFiles clients = new(_certificates.Issue("client"), TimeProvider.System, _told.Add);
        TlsVerdict verdict = new();
        SslClientAuthenticationOptions dial = MutualTls.Client(clients.Current(), "server", verdict, checksHost: true);
        SslServerAuthenticationOptions serve = new ServerTerms(files).Options(new TlsVerdict());

        for (int round = 0; round < 4; round++) Assert.True(await ShakeAsync(serve, dial), verdict.Detail);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AStrangersCertificate_MakesNobodyFetchItsIssuer(bool isNode)
    {
        using TestCertificates strangers = new("stranger");
        using TcpListener elsewhere = new(IPAddress.Loopback, 0);
        elsewhere.Start();
        Uri issuer = new($"http://127.0.0.1:{((IPEndPoint)elsewhere.LocalEndpoint).Port}/issuer.crt");
        CertificateFiles files = new(_certificates.Issue("server"), TimeProvider.System, _told.Add);
        CertificatePaths paths = strangers.Issue("client", isBehindAnother: true, issuerAt: issuer);
        OnlyTheLeaf(paths);
        TlsVerdict verdict = new();
        SslServerAuthenticationOptions serve = isNode
            ? MutualTls.Server(files.Current(), verdict)
            : new ServerTerms(files) { RequiresClient = true }.Options(verdict);
        CertificateSet own = new CertificateFiles(paths, TimeProvider.System, _told.Add).Current();
        SslClientAuthenticationOptions dial = MutualTls.Client(own, "server");
        dial.CertificateChainPolicy = null;
        dial.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;

        bool isTaken = await ShakeAsync(serve, dial);

        Assert.False(isTaken);
        Assert.Equal(TlsFailure.Untrusted, verdict.Failure);
        Assert.False(elsewhere.Pending());
    }

    private static void OnlyTheLeaf(CertificatePaths paths)
    {
        string pem = File.ReadAllText(paths.Certificate!);
        const string End = "-----END CERTIFICATE-----";
        File.WriteAllText(paths.Certificate!, pem[..(pem.IndexOf(End, StringComparison.Ordinal) + End.Length)] + "\n");
    }

    /// <summary>Whether the server took the client; a byte each way, so that tickets have come.</summary>
    private static async Task<bool> ShakeAsync(SslServerAuthenticationOptions serve, SslClientAuthenticationOptions dial)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using TcpClient dialled = new();
        Task<TcpClient> accept = listener.AcceptTcpClientAsync();
        await dialled.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using TcpClient accepted = await accept;
        await using SslStream server = new(accepted.GetStream());
        await using SslStream client = new(dialled.GetStream());
        Task clientSide = TalkAsync(client, () => client.AuthenticateAsClientAsync(dial), speaksFirst: true);
        try
        {
            await TalkAsync(server, () => server.AuthenticateAsServerAsync(serve), speaksFirst: false).WaitAsync(Peer.Patience);
            await clientSide.WaitAsync(Peer.Patience);
            return true;
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException)
        {
            accepted.Close();
            await clientSide.WaitAsync(Peer.Patience).ContinueWith(static _ => { }, TaskScheduler.Default);
            return false;
        }
    }

    private static async Task TalkAsync(SslStream side, Func<Task> authenticate, bool speaksFirst)
    {
        await authenticate();
        byte[] one = new byte[1];
        if (speaksFirst) await side.WriteAsync(one);
        await side.ReadExactlyAsync(one);
        if (!speaksFirst) await side.WriteAsync(one);
    }
}
