using System.Net;
using Mesh.Tests.Wire.Http1;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;
using Xunit;

namespace Mesh.Tests.Wire.Http1Connections;

/// <summary>One exchange with a backend, on a transport by hand and a wheel by hand.</summary>
public sealed class Http1ClientConnectionTests : IDisposable
{
    private const long Second = 1_000_000_000;
    private readonly ManualLoop _loop = new();
    private readonly FakeTransport _transport;
    private readonly ConnectionPool _pool;

    public Http1ClientConnectionTests()
    {
        _transport = new FakeTransport(_loop);
        // Connections by hand take no place, so that none counts as one to keep.
        PoolLimits limits = PoolLimits.Default with { MinConnections = -1 };
        _pool = new ConnectionPool(new IPEndPoint(IPAddress.Loopback, 1), new PoolSettings(limits, new ClientConnectionOptions()));
    }

    [Theory]
    [InlineData("", ResponseArrival.ClosedBeforeByte)]
    [InlineData("HTT", ResponseArrival.ClosedInHead)]
    [InlineData("HTTP/1.1 103 Early Hints\r\n\r\n", ResponseArrival.ClosedInHead)]
    [InlineData("rubbish\r\n\r\n", ResponseArrival.Rejected)]
    public void EndBeforeAFinalHead_IsToldByHowFarItCame(string before, ResponseArrival wanted)
    {
        Http1ClientConnection connection = Sent();
        if (before.Length > 0) _transport.Deliver(before, tell: false);
        bool interim = before.Contains("103", StringComparison.Ordinal);
        if (interim) Assert.Equal(ResponseArrival.Head, connection.NextHeadAsync(LoopTimer.Never).Now());
        ValueTask<ResponseArrival> arrival = connection.NextHeadAsync(LoopTimer.Never);

        _transport.End();

        Assert.Equal(wanted, arrival.Now());
    }

    [Fact]
    public void WrittenDeadline_IsAlsoHeldWhereItIsLongerThanAnIdleResponseMayTake()
    {
        long idle = new ClientConnectionOptions().ResponseIdleTimeoutNs;
        Http1ClientConnection connection = Sent();
        ValueTask<ResponseArrival> arrival = connection.NextHeadAsync(EventLoop.NowNs + 2 * idle);

        Pass((idle / Second) + 1);
        Assert.False(arrival.IsCompleted);
        Pass((2 * idle / Second) + 1);

        Assert.Equal(ResponseArrival.TimedOut, arrival.Now());
    }

    [Fact]
    public void ResponseThatDoesNotComeInTime_IsTold()
    {
        Http1ClientConnection connection = Sent();
        ValueTask<ResponseArrival> arrival = connection.NextHeadAsync(EventLoop.NowNs + 2 * Second);
        Pass(1);
        Assert.False(arrival.IsCompleted);

        Pass(3);

        Assert.Equal(ResponseArrival.TimedOut, arrival.Now());
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(200, true)]
    public void DeadlineOfTheHead_IsMovedByNoSendBesideTheWait(int seconds, bool isTaken)
    {
        Http1ClientConnection connection = Sent("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n");
        ValueTask<ResponseArrival> arrival = connection.NextHeadAsync(EventLoop.NowNs + seconds * Second);
        _transport.Room = 0;
        ValueTask<bool> write = connection.WriteBodyAsync(new BodyRead(new byte[5], 0, 5, BodyStatus.Data, false), null);
        Assert.False(write.IsCompleted);

        if (isTaken) _transport.Writable();
        Pass(isTaken ? 61 : seconds - 1);
        Assert.False(arrival.IsCompleted);
        Pass(seconds + 1);

        Assert.Equal(ResponseArrival.TimedOut, arrival.Now());
    }

    [Fact]
    public void Cancel_EndsTheWaitAndTheConnectionIsNotKept()
    {
        Http1ClientConnection connection = Sent();
        ValueTask<ResponseArrival> arrival = connection.NextHeadAsync(LoopTimer.Never);

        ((IGoneWatcher)connection).OnGone();

        Assert.Equal(ResponseArrival.Cancelled, arrival.Now());
        Assert.Equal(ResponseArrival.Cancelled, connection.NextHeadAsync(LoopTimer.Never).Now());
        Assert.Equal(BodyStatus.Cancelled, connection.ReadBodyAsync().Now().Status);
        connection.Release();
        Assert.True(_transport.IsClosed);
    }

    [Fact]
    public void ResetBehindAWholeResponse_StillGivesTheResponse()
    {
        Http1ClientConnection connection = Sent();
        _transport.Deliver("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", tell: false);
        _transport.Reset();

        Assert.Equal(ResponseArrival.Head, connection.NextHeadAsync(LoopTimer.Never).Now());
        Assert.True(connection.TryReadBody(out BodyRead read));
        Assert.Equal("ok", Http1Kit.Text(read.Payload));
        connection.Release();
        Assert.True(_transport.IsClosed);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", true)]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", false)]
    public void Release_KeepsOnlyWhatIsCleanlyBetweenTwoResponses(string answer, bool kept)
    {
        Http1ClientConnection connection = Answered(answer);

        connection.Release();

        Assert.Equal(kept ? 1 : 0, _pool.Idle);
        Assert.Equal(kept, !_transport.IsClosed);
    }

    [Fact]
    public void StrayBytesThatCameDuringTheExchange_EndTheConnection()
    {
        Http1ClientConnection connection = Answered("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        _transport.Deliver("HTTP/1.1 200 OK\r\n\r\n");

        connection.Release();

        Assert.True(_transport.IsClosed);
        Assert.Equal(0, _pool.Idle);
    }

    [Fact]
    public void EmptyBodyOfKnownLength_IsAWholeRequest()
    {
        Http1ClientConnection connection = Sent("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        _transport.Deliver("HTTP/1.1 204 No Content\r\n\r\n", tell: false);
        Assert.Equal(ResponseArrival.Head, connection.NextHeadAsync(LoopTimer.Never).Now());

        connection.Release();

        Assert.Equal(1, _pool.Idle);
    }

    [Fact]
    public void ReleaseAfterAbort_KeepsNothing()
    {
        Http1ClientConnection connection = Answered("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

        connection.Abort();
        connection.Release();

        Assert.Equal(0, _pool.Idle);
    }

    [Fact]
    public void IdleConnection_EndsWithItsLife()
    {
        Http1ClientConnection connection = Answered(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", new ClientConnectionOptions { LifeTimeNs = 20 * Second });
        connection.Release();
        Assert.Equal(1, _pool.Idle);

        Pass(21);

        Assert.Equal(0, _pool.Idle);
        Assert.True(_transport.IsClosed);
    }

    [Fact]
    public void BackendThatTakesNothing_DoesNotEndTheWatchOverItsResponse()
    {
        ClientConnectionOptions options = new() { ResponseIdleTimeoutNs = 100 * Second };
        Http1ClientConnection connection = Answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", options);
        ValueTask<BodyRead> read = connection.ReadBodyAsync();
        _transport.Room = 0;
        connection.WriteRequest(Http1Kit.Accepted("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Http1Kit.NoEdits, default);
        ValueTask<bool> write = connection.FlushAsync();

        Pass(61);
        Assert.False(write.Now());
        Assert.False(read.IsCompleted);
        Pass(102);

        Assert.Equal(BodyStatus.TimedOut, read.Now().Status);
    }

    [Fact]
    public void BodyThatIsRejectedWhileItIsAwaited_TellsWhy()
    {
        Http1ClientConnection connection = Answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        ValueTask<BodyRead> read = connection.ReadBodyAsync();

        _transport.Deliver("xyz\r\n");

        Assert.Equal(BodyStatus.Rejected, read.Now().Status);
        Assert.Equal(RejectReason.InvalidChunkSize, connection.Rejection);
    }

    public void Dispose() => _loop.Dispose();

    private Http1ClientConnection Sent(string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n", ClientConnectionOptions? options = null)
    {
        Http1ClientConnection connection = new(_transport, _pool, options ?? new ClientConnectionOptions());
        connection.Begin();
        connection.WriteRequest(Http1Kit.Accepted(request), Http1Kit.NoEdits, default);
        Assert.True(connection.FlushAsync().Now());
        return connection;
    }

    /// <summary>The head and what came of the body are read.</summary>
    private Http1ClientConnection Answered(string answer, ClientConnectionOptions? options = null)
    {
        Http1ClientConnection connection = Sent(options: options);
        _transport.Deliver(answer, tell: false);
        Assert.Equal(ResponseArrival.Head, connection.NextHeadAsync(LoopTimer.Never).Now());
        if (!connection.IsBodyRead) connection.TryReadBody(out _);
        return connection;
    }

    private void Pass(long seconds) => _loop.Wheel.Advance(EventLoop.NowNs + seconds * Second);
}
