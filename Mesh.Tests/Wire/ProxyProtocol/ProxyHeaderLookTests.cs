using System.Net;
using System.Text;
using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Loops;
using Mesh.Tests.Wire.Transports;
using Mesh.Wire.Detection;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.ProxyProtocol;
using Xunit;

namespace Mesh.Tests.Wire.ProxyProtocol;

public sealed class ProxyHeaderLookTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private const string Line = "PROXY TCP4 192.0.2.7 192.0.2.8 56324 443\r\n";
    private readonly ManualLoop _loop = new();
    private readonly FakeTransport _transport;
    private readonly List<(LookEnd, RejectReason)> _told = [];

    public ProxyHeaderLookTests() => _transport = new FakeTransport(_loop);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void TakesTheHeader_ByteForByte_AndNothingBehindIt()
    {
        Start();

        foreach (char each in Line + "GET") _transport.Deliver(each.ToString());

        Assert.Equal([(LookEnd.Known, RejectReason.None)], _told);
        Assert.Equal("192.0.2.7:56324", _transport.RemoteEndPoint?.ToString());
        Assert.Equal("192.0.2.8:443", _transport.OriginalDestination?.ToString());
        byte[] room = new byte[100];
        int count = _transport.Receive(room);
        Assert.Equal('G', (char)room[0]);
        Assert.InRange(count, 1, 3);
        Assert.Null(_transport.Observer);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", RejectReason.MissingProxyHeader)]
    [InlineData("PROXY TCP9 \r\n", RejectReason.InvalidProxyHeader)]
    public void OtherBytes_AreRefused(string bytes, RejectReason reason)
    {
        Start();

        _transport.Deliver(bytes);

        Assert.Equal([(LookEnd.Known, reason)], _told);
        Assert.False(_transport.IsClosed);
    }

    [Theory]
    [InlineData("", LookEnd.Silent)]
    [InlineData("PROXY TCP4", LookEnd.Late)]
    public void HeaderThatDoesNotCome_IsRefusedInItsTime(string bytes, LookEnd end)
    {
        Start(seconds: 0);

        if (bytes.Length > 0) _transport.Deliver(bytes);
        _loop.Pass(TimeSpan.FromSeconds(1));

        Assert.Equal([(end, RejectReason.ProxyHeaderTimeout)], _told);
    }

    [Fact]
    public void WhoConnectsAndLeaves_IsGone()
    {
        Start();

        _transport.End();

        Assert.Equal([(LookEnd.Gone, RejectReason.None)], _told);
        Assert.True(_transport.IsClosed);
    }

    [Fact]
    public void HeaderThatIsCut_IsRefused()
    {
        Start();
        _transport.Deliver("PROXY TCP4", tell: false);

        _transport.End();

        Assert.Equal([(LookEnd.Cut, RejectReason.InvalidProxyHeader)], _told);
    }

    [Fact]
    public void BalancerThatSpeaksForItself_KeepsItsAddress()
    {
        Start();

        _transport.Deliver("PROXY UNKNOWN\r\n");

        Assert.Equal([(LookEnd.Known, RejectReason.None)], _told);
        Assert.Null(_transport.SpokenFor);
        Assert.Null(_transport.OriginalDestination);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ClientThatConnectedHere_WasLedNowhere(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        TaskCompletionSource<RejectReason> told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await pair.Runner.RunAsync(new ProxyHeaderLook(
            pair.Transport, new ProxyHeaderLook.Settings(10 * Second, (_, _, reason) => told.SetResult(reason))).Start);

        pair.Peer.Send(Encoding.ASCII.GetBytes($"PROXY TCP4 192.0.2.7 127.0.0.1 56324 {((IPEndPoint)pair.Peer.RemoteEndPoint!).Port}\r\n"));
        Assert.Equal(RejectReason.None, await told.Task.WaitAsync(LoopRunner.Patience));

        Assert.Null(await pair.Runner.RunAsync(() => pair.Transport.OriginalDestination));
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task RealConnection_GoesOnBehindTheHeader(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        TaskCompletionSource<RejectReason> told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await pair.Runner.RunAsync(new ProxyHeaderLook(
            pair.Transport, new ProxyHeaderLook.Settings(10 * Second, (_, _, reason) => told.SetResult(reason))).Start);

        pair.Peer.Send(Encoding.ASCII.GetBytes(Line[..20]));
        pair.Peer.Send(Encoding.ASCII.GetBytes(Line[20..] + "hello"));
        Assert.Equal(RejectReason.None, await told.Task.WaitAsync(LoopRunner.Patience));
        await pair.Runner.RunAsync(() => pair.Transport.Observer = pair.Witness);
        string first = await pair.ReceiveSomeAsync();
        Assert.Equal("192.0.2.8:443", (await pair.Runner.RunAsync(() => pair.Transport.OriginalDestination))?.ToString());
        pair.Peer.Send(" again"u8);
        string all = first;
        while (all.Length < "hello again".Length) all += await pair.ReceiveSomeAsync();

        Assert.Equal("hello again", all);
        Assert.Equal("192.0.2.7:56324", (await pair.Runner.RunAsync(() => pair.Transport.RemoteEndPoint))?.ToString());
        Assert.Equal(pair.Peer.LocalEndPoint, await pair.Runner.RunAsync(() => pair.Transport.PeerEndPoint));
    }

    private void Start(int seconds = 10) => new ProxyHeaderLook(
        _transport, new ProxyHeaderLook.Settings(seconds * Second, (_, end, reason) => _told.Add((end, reason)))).Start();
}
