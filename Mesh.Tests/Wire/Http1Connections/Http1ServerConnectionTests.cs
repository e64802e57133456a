using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Xunit;

namespace Mesh.Tests.Wire.Http1Connections;

/// <summary>States and endings of a client connection, on a transport by hand and a wheel by hand.</summary>
public sealed class Http1ServerConnectionTests : IDisposable
{
    private const string Get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private const long Second = 1_000_000_000;
    private readonly ManualLoop _loop = new();
    private readonly FakeTransport _transport;
    private int _closed;

    public Http1ServerConnectionTests() => _transport = new FakeTransport(_loop);

    [Fact]
    public void HeadThatDoesNotEndInTime_IsRejected()
    {
        Http1ServerConnection connection = New();
        ValueTask<RequestArrival> next = connection.NextRequestAsync();
        _transport.Deliver("GET / HT");
        Pass(9);
        _transport.Deliver("TP/1.1\r\n");
        Assert.False(next.IsCompleted);

        Pass(11);

        Assert.Equal((RequestArrival.Rejected, RejectReason.HeadTimeout), (next.Now(), connection.Rejection));
    }

    [Fact]
    public void IdleConnection_ClosesAfterItsTime()
    {
        Http1ServerConnection connection = New();
        ValueTask<RequestArrival> next = connection.NextRequestAsync();
        Pass(599);
        Assert.False(next.IsCompleted);

        Pass(601);

        Assert.Equal(RequestArrival.Closed, next.Now());
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET / HTTP/1.1\r\nHo")]
    public void EndOutsideARequest_IsTheEnd(string before)
    {
        Http1ServerConnection connection = New();
        ValueTask<RequestArrival> next = connection.NextRequestAsync();
        if (before.Length > 0) _transport.Deliver(before);

        _transport.End();

        Assert.Equal(RequestArrival.Closed, next.Now());
    }

    [Fact]
    public void HalfCloseAfterARequest_StillGetsItsAnswer()
    {
        Http1ServerConnection connection = New();
        Arrive(connection, Get);
        _transport.End();

        connection.WriteLocal(200, "OK"u8, default, "hi"u8, false);
        Assert.True(connection.FlushAsync().Now());

        Assert.False(connection.IsGone);
        Assert.EndsWith("hi", _transport.Sent, StringComparison.Ordinal);
        Assert.Equal(RequestArrival.Closed, connection.NextRequestAsync().Now());
    }

    [Fact]
    public void Drain_ClosesAnIdleConnectionNow()
    {
        Http1ServerConnection connection = New();
        ValueTask<RequestArrival> next = connection.NextRequestAsync();

        connection.Drain();

        Assert.Equal(RequestArrival.Closed, next.Now());
        connection.CloseGracefully();
        Assert.Equal(1, _closed);
    }

    [Fact]
    public void Drain_LetsABusyConnectionAnswerAndSaysClose()
    {
        Http1ServerConnection connection = New();
        Arrive(connection, Get);

        connection.Drain();
        connection.WriteLocal(200, "OK"u8, default, "hi"u8, false);
        Assert.True(connection.FlushAsync().Now());

        Assert.Contains("Connection: close\r\n", _transport.Sent, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(RequestArrival.Closed, connection.NextRequestAsync().Now());
    }

    [Fact]
    public void PipelinedRequests_ArriveOneAfterTheOther()
    {
        Http1ServerConnection connection = New();
        _transport.Deliver(Get + "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + Get, tell: false);

        Assert.Equal(RequestArrival.Request, connection.NextRequestAsync().Now());
        connection.WriteLocal(200, "OK"u8, default, default, false);
        Assert.Equal(RequestArrival.Request, connection.NextRequestAsync().Now());
        Assert.True(connection.TryReadBody(out BodyRead read));
        Assert.Equal(("abc", true), (Http1Kit.Text(read.Payload), read.IsLast));
        connection.WriteLocal(200, "OK"u8, default, default, false);
        Assert.Equal(RequestArrival.Request, connection.NextRequestAsync().Now());
        connection.WriteLocal(200, "OK"u8, default, default, false);
        Assert.True(connection.NextRequestAsync().Goes());
    }

    [Fact]
    public void Reset_EndsEachWaitAndTellsTheWatcher()
    {
        Http1ServerConnection connection = New();
        Arrive(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n");
        Watcher watcher = new();
        connection.GoneWatcher = watcher;
        ValueTask<BodyRead> read = connection.ReadBodyAsync();

        _transport.Reset();

        Assert.True(connection.IsGone);
        Assert.Equal(1, watcher.Told);
        Assert.Equal(BodyStatus.Broken, read.Now().Status);
        Assert.Equal(RequestArrival.Closed, connection.NextRequestAsync().Now());
        connection.CloseGracefully();
        Assert.True(_transport.IsAborted);
    }

    [Fact]
    public void ClientThatTakesNothing_IsGoneAndItsBodyToo()
    {
        Http1ServerConnection connection = New();
        Arrive(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n");
        ValueTask<BodyRead> read = connection.ReadBodyAsync();
        _transport.Room = 0;
        connection.WriteLocal(200, "OK"u8, default, "hi"u8, false);
        ValueTask<bool> flush = connection.FlushAsync();

        Pass(61);

        Assert.True(connection.IsGone);
        Assert.False(flush.Now());
        Assert.True(read.IsCompleted);
        Assert.True(read.Now().IsFailure);
    }

    [Fact]
    public void BodyThatIsRejectedWhileItIsAwaited_TellsWhy()
    {
        Http1ServerConnection connection = New();
        Arrive(connection, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        ValueTask<BodyRead> read = connection.ReadBodyAsync();

        _transport.Deliver("xyz\r\n");

        Assert.Equal(BodyStatus.Rejected, read.Now().Status);
        Assert.Equal(RejectReason.InvalidChunkSize, connection.Rejection);
    }

    [Fact]
    public void Abort_StopsWhoeverWorksForTheClient_BeforeItsBuffersGoBack()
    {
        Http1ServerConnection connection = New();
        Arrive(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n");
        Watcher watcher = new();
        connection.GoneWatcher = watcher;
        ValueTask<BodyRead> read = connection.ReadBodyAsync();

        connection.Abort();

        Assert.Equal(1, watcher.Told);
        Assert.True(read.IsCompleted);
        Assert.Equal(BodyStatus.Broken, read.Now().Status);
        Assert.Equal(1, _closed);
    }

    [Fact]
    public void Abort_EndsTheWaitForARequest()
    {
        Http1ServerConnection connection = New();
        ValueTask<RequestArrival> next = connection.NextRequestAsync();

        connection.Abort();

        Assert.True(next.IsCompleted);
        Assert.Equal(RequestArrival.Closed, next.Now());
    }

    [Fact]
    public void AnswerThatStillWaits_IsDeliveredThoughTheClientHasEnded()
    {
        Http1ServerConnection connection = New();
        Arrive(connection, Get);
        _transport.Room = 5;
        connection.WriteLocal(400, "Bad Request"u8, default, "why"u8, true);

        connection.CloseGracefully();
        _transport.End();
        Assert.False(_transport.IsClosed);
        _transport.Writable();

        Assert.EndsWith("why", _transport.Sent, StringComparison.Ordinal);
        Assert.True(_transport is { HasEnded: true, IsClosed: true, IsAborted: false });
    }

    [Fact]
    public void AnswerThatIsNotTakenInTime_IsNoOrderlyEnd()
    {
        Http1ServerConnection connection = New();
        Arrive(connection, Get);
        _transport.Room = 5;
        connection.WriteLocal(400, "Bad Request"u8, default, "why"u8, true);
        connection.CloseGracefully();

        Pass(6);

        Assert.True(_transport.IsAborted);
        Assert.Equal(1, _closed);
    }

    [Fact]
    public void ClosingWhileTheClientStillSends_ReadsOnBeforeItCloses()
    {
        Http1ServerConnection connection = New();
        Arrive(connection, Get);
        connection.WriteLocal(200, "OK"u8, default, default, true);
        Assert.True(connection.FlushAsync().Now());
        Assert.Equal(RequestArrival.Closed, connection.NextRequestAsync().Now());
        _transport.Deliver(Get);

        connection.CloseGracefully();

        Assert.True(_transport is { HasEnded: true, IsClosed: false });
        _transport.End();
        Assert.True(_transport.IsClosed);
    }

    [Fact]
    public void OldConnection_EndsAfterItsExchange()
    {
        Http1ServerConnection connection = New(new ServerConnectionOptions { LifeTimeNs = 0 });
        Arrive(connection, Get);

        connection.WriteLocal(200, "OK"u8, default, default, false);

        Assert.Equal(RequestArrival.Closed, connection.NextRequestAsync().Now());
    }

    public void Dispose() => _loop.Dispose();

    private Http1ServerConnection New(ServerConnectionOptions? options = null) =>
        new(_transport, (options ?? new ServerConnectionOptions()) with { OnClosed = _ => _closed++ });

    private void Arrive(Http1ServerConnection connection, string head)
    {
        _transport.Deliver(head, tell: false);
        Assert.Equal(RequestArrival.Request, connection.NextRequestAsync().Now());
    }

    /// <summary>The wheel as it would stand so many seconds from now.</summary>
    private void Pass(long seconds) => _loop.Wheel.Advance(EventLoop.NowNs + seconds * Second);

    private sealed class Watcher : IGoneWatcher
    {
        public int Told { get; private set; }

        public void OnGone() => Told++;
    }
}
