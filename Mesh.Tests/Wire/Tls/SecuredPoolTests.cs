using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Mesh.Tests.Actors.Remoting;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;
using Mesh.Wire.Tls;
using Xunit;

namespace Mesh.Tests.Wire.Tls;

/// <summary>A pool whose connections are secured: what comes of it, and why nothing does.</summary>
public sealed class SecuredPoolTests : IDisposable
{
    private readonly TestCertificates _ours = new();
    private readonly TestCertificates _theirs = new("another authority");
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly CertificateFiles _files;

    public SecuredPoolTests()
    {
        _server.Start();
        _files = Files(_ours.Issue("client"));
    }

    public void Dispose()
    {
        _server.Dispose();
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task Handshake_GivesAConnection_ThatKnowsWhoIsBehindIt_AndWhatIsSpoken(TransportKind kind)
    {
        Task<string> served = ServeAsync(_ours.Issue("server"));

        (PoolResult result, string name, string protocol) = await OpenAsync(kind, new NodeDialing(_files, "127.0.0.1"), served);

        Assert.Equal((PoolFailure.None, TlsFailure.None), (result.Failure, result.Tls));
        Assert.Equal(("server", "mesh/1"), (name, protocol));
        Assert.Equal("CN=client", await served);
    }

    [Theory]
    [InlineData("stranger", TlsFailure.Untrusted)]
    [InlineData("elsewhere", TlsFailure.WrongName)]
    [InlineData("expired", TlsFailure.Untrusted)]
    [InlineData("plain", TlsFailure.NotTls)]
    [InlineData("mute", TlsFailure.TimedOut)]
    [InlineData("gone", TlsFailure.Closed)]
    public async Task FailedHandshake_IsToldByWhy_AndKeepsNoPlace(string server, TlsFailure why)
    {
        using CancellationTokenSource end = new();
        Task served = server switch
        {
            "stranger" => ServeAsync(_theirs.Issue("server")),
            "elsewhere" => ServeAsync(_ours.Issue("server", address: "127.0.0.9")),
            "expired" => ServeAsync(_ours.Issue("server", expired: true)),
            _ => AnswerAsync(server, end.Token),
        };

        (PoolResult result, _, _) = await OpenAsync(
            TransportKind.Auto, new NodeDialing(_files, "127.0.0.1"), connectTimeoutMs: server == "mute" ? 80 : 20_000);
        await end.CancelAsync();

        Assert.Equal((PoolFailure.Tls, why), (result.Failure, result.Tls));
        Assert.NotEqual("", result.Detail);
        await served.WaitAsync(LoopRunner.Patience).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task WhoMustNotBeDialled_IsNot()
    {
        (PoolResult result, _, _) = await OpenAsync(TransportKind.Auto, new NoDialing(TlsFailure.PlainForbidden));

        Assert.Equal((PoolFailure.Tls, TlsFailure.PlainForbidden), (result.Failure, result.Tls));
        Assert.False(_server.Pending());
    }

    private async Task<(PoolResult Result, string Name, string Protocol)> OpenAsync(
        TransportKind kind, TlsDialing terms, Task? before = null, int connectTimeoutMs = 20_000)
    {
        await using LoopRunner runner = new(kind);
        ClientConnectionOptions options = new() { ConnectTimeoutNs = connectTimeoutMs * 1_000_000L };
        ConnectionPool pool = new((IPEndPoint)_server.LocalEndpoint, new PoolSettings(new PoolLimits(), options) { Tls = terms });
        PoolResult result = await LoopRunner.RunAsync(runner.First, () => pool.OpenAsync(runner.First));
        TlsTransport? tls = result.Connection?.Tls;
        (string, string) seen = (tls?.Peer?.Names[0] ?? "", tls?.Protocol ?? "");
        if (before is not null) await before.WaitAsync(LoopRunner.Patience);
        if (result.Connection is { } connection) await runner.RunAsync(connection.Abort);
        Assert.Equal((0, result.Failure == PoolFailure.None ? 0 : 1), (pool.Open, pool.ConnectFailures));
        return (result, seen.Item1, seen.Item2);
    }

    /// <summary>One handshake; who the client is.</summary>
    private async Task<string> ServeAsync(CertificatePaths paths)
    {
        CertificateFiles files = Files(paths);
        using TcpClient client = await _server.AcceptTcpClientAsync();
        await using SslStream tls = new(client.GetStream());
        await tls.AuthenticateAsServerAsync(MutualTls.Node(files.Current(), new TlsVerdict()));
        return tls.RemoteCertificate!.Subject;
    }

    private async Task AnswerAsync(string how, CancellationToken end)
    {
        using TcpClient client = await _server.AcceptTcpClientAsync(end);
        if (how == "gone") return;
        byte[] hello = new byte[4096];
        Assert.True(await client.GetStream().ReadAsync(hello, end) > 0);
        if (how == "plain") await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n"), end);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private static CertificateFiles Files(CertificatePaths paths) => new(paths, TimeProvider.System, static _ => { });
}
