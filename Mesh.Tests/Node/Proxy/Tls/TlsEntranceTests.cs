using System.Net;
using System.Net.Sockets;
using Mesh.Node.Proxy.Tls;
using Mesh.Node.Telemetry;
using Mesh.Routing.Telemetry;
using Mesh.Tests.Actors.Remoting;
using Mesh.Tests.EndToEnd;
using Mesh.Tests.Kit;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Metrics;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;
using Xunit;

namespace Mesh.Tests.Node.Proxy.Tls;

/// <summary>What stands before a server's requests: its limits of number and time.</summary>
public sealed class TlsEntranceTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly MetricRegistry _registry = new(2);
    private readonly List<string> _told = [];
    private readonly LoopRunner _runner;
    private Listener? _listener;
    private int _left;

    public TlsEntranceTests() => _runner = new LoopRunner();

    public async ValueTask DisposeAsync()
    {
        _listener?.Close();
        await _runner.DisposeAsync();
        _certificates.Dispose();
    }

    [Fact]
    public async Task OneMoreThanMayBeUnderWay_IsReset_AndThePlaceComesBack()
    {
        TlsEntrance entrance = Open(static tls => tls with { MaxHandshakes = 1 });
        using Peer first = await Peer.ConnectAsync(_listener!.BoundEndPoint);
        await Eventually.HoldsAsync(() => entrance.Count == 1, () => $"{entrance.Count}");

        Assert.True(await IsResetAsync());
        first.Dispose();
        await Eventually.HoldsAsync(() => entrance.Count == 0 && _left == 2, () => $"{entrance.Count} {_left}");

        Assert.Equal(1, Failures("too_many"));
        Assert.Empty(_told);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\x16\x03\x01")]
    public async Task WhoSaysNothing_OrStopsWithinAHandshake_IsResetInTime_AndToldToTheOperator(string bytes)
    {
        TlsEntrance entrance = Open(static tls => tls with { Timeout = TimeSpan.FromMilliseconds(50) });
        using Peer peer = await Peer.ConnectAsync(_listener!.BoundEndPoint);
        await peer.SendAsync(bytes);

        Assert.True(await peer.EndsByResetAsync());

        await Eventually.HoldsAsync(() => entrance.Count == 0 && _left == 1, () => $"{entrance.Count} {_left}");
        Assert.Equal(1, Failures("timed_out"));
        Assert.Contains("it did not shake hands in time", Assert.Single(_told), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoConnectsAndLeaves_IsNoFailure()
    {
        TlsEntrance entrance = Open();
        using (Peer peer = await Peer.ConnectAsync(_listener!.BoundEndPoint)) peer.EndSending();

        await Eventually.HoldsAsync(() => entrance.Count == 0 && _left == 1, () => $"{entrance.Count} {_left}");

        Assert.Empty(_told);
    }

    [Fact]
    public void ComplaintsOfOneKind_AreToldOnceAMinute_WithTheirNumber()
    {
        FakeTime time = new();
        TlsComplaints complaints = new(time, _told.Add);

        for (int i = 0; i < 5; i++) complaints.Tell(TlsFailure.NotTls, "plain");
        complaints.Tell(TlsFailure.Untrusted, "stranger");
        time.Advance(TlsComplaints.Pause);
        complaints.Tell(TlsFailure.NotTls, "plain");

        Assert.Equal(["plain", "stranger", "plain (4 more like this since the last line)"], _told);
    }

    private TlsEntrance Open(Func<ServerTls, ServerTls>? edit = null)
    {
        CertificateFiles files = new(_certificates.Issue("n1"), TimeProvider.System, _told.Add);
        ServerTls tls = new(verdict => MutualTls.Node(files.Current(), verdict), "");
        ServerMetrics metrics = new RouterMetrics(_registry, "test").ForServer("server", []);
        TlsEntrance entrance = new(
            edit?.Invoke(tls) ?? tls,
            _runner.Group,
            new TlsSeries(metrics, static () => 0),
            new TlsComplaints(TimeProvider.System, Tell),
            new TlsEntrance.Owner(static transport => transport.Abort(), () => Interlocked.Increment(ref _left), _runner.Bugs.Enqueue));
        _listener = _runner.Group.Listen(new IPEndPoint(IPAddress.Loopback, 0), new ListenerOptions(), entrance.Enter);
        return entrance;
    }

    /// <summary>A reset may come before the connect itself is told.</summary>
    private async Task<bool> IsResetAsync()
    {
        try
        {
            using Peer peer = await Peer.ConnectAsync(_listener!.BoundEndPoint);
            return await peer.EndsByResetAsync();
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private void Tell(string text)
    {
        lock (_told) _told.Add(text);
    }

    private double Failures(string reason) => _registry.Families().First(static family => family.Name == "mesh_server_tls_failures_total")
        .Series.Where(series => series.Labels.Labels.Any(label => label.Value == reason)).Sum(static series => ((Counter)series.Instrument).Value);
}
