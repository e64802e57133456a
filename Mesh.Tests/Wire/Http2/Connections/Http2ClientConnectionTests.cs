using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Http2.Heads;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Streams;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Connections;

/// <summary>A backend by frames against the client's side.</summary>
public sealed class Http2ClientConnectionTests
{
    [Fact]
    public void FirstWord_IsThePreface_WithoutPush()
    {
        ClientKit kit = new();

        Assert.Equal(FrameType.Settings, kit.Said[0].Type);
        Assert.Contains("\0\u0002\0\0\0\0", kit.Said[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exchanges_RunBesideEachOther_AndTheirObjectsServeAgain()
    {
        ClientKit kit = new();
        Http2ClientStream one = kit.Request();
        Http2ClientStream two = kit.Request();
        Assert.Equal(["Headers 1", "Headers 3"], kit.Peer.Frames().Select(frame => $"{frame.Type} {frame.Id}"));
        Task<string> first = ClientKit.ResponseAsync(one);
        Task<string> second = ClientKit.ResponseAsync(two);

        kit.Peer.Headers(3, ClientKit.Ok, ends: false);
        kit.Peer.Headers(1, ClientKit.Ok, ends: false);
        kit.Peer.Data(3, "two", ends: true);
        kit.Peer.Data(1, "one", ends: true);

        Assert.Equal(("200 one", "200 two"), (await first, await second));
        Assert.Equal((0, 0, 0L), (kit.Connection.Taken, kit.Connection.OpenStreams, kit.Connection.Buffered));
        Assert.Contains(kit.Request(), (Http2ClientStream[])[one, two]);
    }

    [Fact]
    public void LimitOfTheBackend_IsKept_AndItsRaiseIsTold()
    {
        ClientKit kit = new();
        kit.Peer.Settings((SettingId.MaxConcurrentStreams, 1));
        kit.Request();

        Assert.Null(kit.Connection.TryTake());
        kit.Told.Clear();
        kit.Peer.Settings((SettingId.MaxConcurrentStreams, 2));

        Assert.Equal(["room"], kit.Told);
        Assert.NotNull(kit.Connection.TryTake());
    }

    [Fact]
    public async Task GoAway_RefusesWhatItDidNotLookAt_AndNothingMoreBeginsHere()
    {
        ClientKit kit = new();
        Task<string> one = ClientKit.ResponseAsync(kit.Request());
        Http2ClientStream two = kit.Request();
        ValueTask<ResponseArrival> second = two.NextHeadAsync(Mesh.Wire.Loops.LoopTimer.Never);
        bool tookAgain = false;
        Task again = RetryAsync();
        kit.Told.Clear();

        kit.Peer.GoAway(1);
        await again;
        kit.Peer.Headers(1, ClientKit.Ok, ends: true);

        Assert.Equal("200 ", await one);
        Assert.False(tookAgain);
        Assert.Equal("leaving", kit.Told[0]);
        Assert.True(kit.Peer.Transport.HasEnded);

        async Task RetryAsync()
        {
            Assert.Equal(ResponseArrival.Refused, await second);
            tookAgain = kit.Connection.TryTake() is not null;
            two.Abort();
        }
    }

    [Fact]
    public void StreamThatWasTaken_BeforeTheBackendLeft_IsRefused_AndSendsNothing()
    {
        ClientKit kit = new();
        Http2ClientStream stream = kit.Connection.TryTake()!;
        kit.Peer.GoAway(0);
        kit.Peer.Frames();

        stream.WriteRequest(HeadKit.ParseRequest("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n"), new HeadEdits(), default);
        stream.AppendBody(new BodyRead([1], 0, 1, BodyStatus.Last, false), null);

        Assert.Equal("Refused", ClientKit.Arrival(stream));
        Assert.Empty(kit.Peer.Frames());
        stream.Abort();
        Assert.True(kit.Peer.Transport.HasEnded);
    }

    [Fact]
    public void RequestOnAClosedConnection_DoesNotWaitForEver()
    {
        ClientKit kit = new();
        Http2ClientStream stream = kit.Connection.TryTake()!;
        kit.Peer.Transport.Reset();

        stream.WriteRequest(HeadKit.ParseRequest("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), new HeadEdits(), default);

        Assert.Equal("Refused", ClientKit.Arrival(stream));
        stream.Abort();
        Assert.Equal(["leaving", "closed"], kit.Told[^2..]);
    }

    [Fact]
    public async Task BrokenConnection_EndsItsExchanges_AsTheirMomentSays()
    {
        ClientKit kit = new();
        Task<string> first = ClientKit.ResponseAsync(kit.Request());
        Task<string> second = ClientKit.ResponseAsync(kit.Request());
        kit.Peer.Headers(1, ClientKit.Ok, ends: false);
        kit.Peer.Data(1, "par");

        kit.Peer.Transport.Reset();

        Assert.Equal(("200 parBroken", "ClosedBeforeByte"), (await first, await second));
        Assert.Equal(["leaving", "closed"], kit.Told[^2..]);
    }

    [Fact]
    public void WholeResponse_StaysWhole_ThoughItsStreamIsResetBehindIt()
    {
        ClientKit kit = new();
        Http2ClientStream stream = kit.Request("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        Task<string> response = ClientKit.ResponseAsync(stream);

        kit.Peer.InOne(() =>
        {
            kit.Peer.Headers(1, ClientKit.Ok, ends: false);
            kit.Peer.Data(1, "enough", ends: true);
            kit.Peer.Reset(1, Http2Error.NoError);
        });

        Assert.Equal("200 enough", response.Now());
    }

    [Fact]
    public async Task PayloadBeforeItsHead_BreaksTheStream_NotTheBodyBehindIt()
    {
        ClientKit kit = new();
        Task<string> response = ClientKit.ResponseAsync(kit.Request());

        kit.Peer.InOne(() =>
        {
            kit.Peer.Data(1, "smuggled");
            kit.Peer.Headers(1, ClientKit.Ok + "\ncontent-length: 2", ends: false);
            kit.Peer.Data(1, "ok", ends: true);
        });

        Assert.Equal("Reset", await response);
        Assert.Equal(0, kit.Connection.Buffered);
        Assert.False(kit.Connection.IsClosing);
    }

    [Fact]
    public void InterimHeads_ComeInOrder_AndAFloodIsRefused()
    {
        ClientKit kit = new();
        Http2ClientStream stream = kit.Request();
        for (int i = 0; i < 3; i++) kit.Peer.Headers(1, ":status: 103", ends: false);
        Assert.Equal("Head", ClientKit.Arrival(stream));

        for (int i = 0; i < 100; i++) kit.Peer.Headers(1, ":status: 103", ends: false);

        Assert.Equal("Rejected", ClientKit.Arrival(stream));
        Assert.Equal(RejectReason.HeadTooLarge, stream.Rejection);
    }

    [Fact]
    public void Upload_GoesOnAsWindowsOpen_OfStreamAndConnection()
    {
        ClientKit kit = new();
        Http2ClientStream stream = kit.Request("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 150000\r\n\r\n", new string('u', 150_000));
        Task<bool> flush = stream.FlushAsync().AsTask();
        int sent = Payload(kit);

        for (int i = 0; i < 3; i++)
        {
            kit.Peer.Widen(0, 30_000);
            kit.Peer.Widen(1, 30_000);
            sent += Payload(kit);
        }

        Assert.Equal(150_000, sent);
        Assert.True(flush.Now());
        Assert.True(stream.LocalClosed);
    }

    [Fact]
    public void LateResetsOfStreamsThatWereGivenUp_AreNoAbuse()
    {
        ClientKit kit = new();

        for (int id = 1; id < 3000; id += 2)
        {
            kit.Request().Abort();
            kit.Peer.Reset(id);
        }

        Assert.False(kit.Connection.IsClosing);
    }

    [Fact]
    public void BackendThatSpeaksAnotherProtocol_IsNoticedAtOnce()
    {
        ClientKit kit = new();
        Task<string> response = ClientKit.ResponseAsync(kit.Request());

        kit.Peer.Transport.Deliver("HTTP/1.1 400 Bad Request\r\n\r\n");

        Assert.True(response.IsCompleted);
        Assert.True(kit.Connection.IsClosed);
    }

    [Fact]
    public async Task RetiringConnection_SaysGoAway_WhenItsLastExchangeEnds()
    {
        ClientKit kit = new();
        Task<string> answer = ClientKit.ResponseAsync(kit.Request());
        kit.Connection.Retire();
        Assert.DoesNotContain(kit.Peer.Frames(), static frame => frame.Type == FrameType.GoAway);

        kit.Peer.Headers(1, ClientKit.Ok);

        Assert.Equal("200 ", await answer);
        SeenFrame last = Assert.Single(kit.Peer.Frames());
        Assert.Equal((FrameType.GoAway, Http2Error.NoError), (last.Type, last.Error));
        Assert.True(kit.Peer.Transport.HasEnded);
    }

    [Fact]
    public void GoAwayBetweenHeadAndTrailers_LetsTheExchangeEnd()
    {
        ClientKit kit = new();
        Http2ClientStream stream = kit.Request();
        kit.Peer.Headers(1, ClientKit.Ok, ends: false);
        kit.Peer.Data(1, "body");
        kit.Peer.GoAway(1);
        Assert.Null(kit.Connection.TryTake());

        kit.Peer.Headers(1, "grpc-status: 0");
        string head = ClientKit.Arrival(stream);
        BodyRead body = stream.ReadBodyAsync().Now();

        Assert.Equal(("Head", BodyStatus.Last, 4), (head, body.Status, body.Count));
        Assert.Equal("grpc-status:0\r\n", HeadKit.Text(stream.Trailers!.Lines));
        stream.Release();
        Assert.Contains("closed", Ended(kit).Told);
    }

    private static ClientKit Ended(ClientKit kit)
    {
        kit.Peer.Frames();
        kit.Peer.Transport.End();
        return kit;
    }

    private static int Payload(ClientKit kit) =>
        kit.Peer.Frames().Where(static frame => frame.Type == FrameType.Data).Sum(static frame => frame.Payload.Length);
}
