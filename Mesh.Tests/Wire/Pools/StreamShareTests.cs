using System.Net;
using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Http2.Heads;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;
using Xunit;

namespace Mesh.Tests.Wire.Pools;

/// <summary>Requests that share the few connections of a loop, each of which carries many of them.</summary>
public sealed class StreamShareTests : IDisposable
{
    private readonly DialingLoop _loop = new();

    public StreamShareTests() => SynchronizationContext.SetSynchronizationContext(null);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public void ManyRequests_OpenOneConnection()
    {
        ConnectionPool pool = Pool();
        Task<PoolResult>[] asked = [.. Enumerable.Range(0, 50).Select(_ => Ask(pool))];
        Assert.Equal((1, 50), (_loop.Dials, pool.Waiting));

        _loop.Answer();

        Assert.All(asked, static each => Assert.NotNull(each.Now().Connection));
        Assert.Equal((0, 1, 0, 0), (_loop.Dials, pool.Open, pool.Waiting, pool.Idle));
        Assert.NotNull(pool.TryTake(_loop));
    }

    [Fact]
    public void FurtherConnection_IsOpened_WhenTheBackendAllowsNoMore()
    {
        ConnectionPool pool = Pool();
        Task<PoolResult> first = Ask(pool);
        FakeTransport one = _loop.Answer();
        Allow(one, 1);
        Assert.NotNull(first.Now().Connection);
        Assert.Null(pool.TryTake(_loop));

        Task<PoolResult> second = Ask(pool);
        Assert.Equal(1, _loop.Dials);
        _loop.Answer();

        Assert.NotNull(second.Now().Connection);
        Assert.Equal(2, pool.Open);
    }

    [Fact]
    public void WaiterGetsTheStreamThatComesFree()
    {
        ConnectionPool pool = Pool(maxConnections: 1);
        IClientExchange busy = Open(pool, limit: 1, out _);
        Task<PoolResult> waiter = Ask(pool);
        Assert.False(waiter.IsCompleted);

        busy.Abort();
        _loop.Settle();

        Assert.NotNull(waiter.Now().Connection);
        Assert.Equal((0, 0), (pool.Waiting, pool.Idle));
    }

    [Fact]
    public void FailedConnect_IsToldToAllThatWait()
    {
        ConnectionPool pool = Pool();
        Task<PoolResult>[] asked = [Ask(pool), Ask(pool)];

        _loop.Refuse();

        Assert.All(asked, static each => Assert.Equal(PoolFailure.Connect, each.Now().Failure));
        Assert.Equal((0, 0, 1L), (pool.Open, pool.Waiting, pool.ConnectFailures));
    }

    [Fact]
    public void WaitersBeyondTheLimit_AreRefused_AndThoseWhoseTimeIsOverLeave()
    {
        ConnectionPool pool = Pool(maxConnections: 1, maxWaiters: 2);
        Open(pool, limit: 1, out _);
        Task<PoolResult>[] waiting = [Ask(pool), Ask(pool)];

        Assert.Equal(PoolFailure.TooManyWaiters, Ask(pool).Now().Failure);
        _loop.Pass(TimeSpan.FromSeconds(2));

        Assert.All(waiting, static each => Assert.Equal(PoolFailure.WaitedTooLong, each.Now().Failure));
        Assert.Equal(0, pool.Waiting);
    }

    [Fact]
    public void LeavingBackend_IsReplaced_ForThoseWhoWait()
    {
        ConnectionPool pool = Pool();
        IClientExchange busy = Open(pool, limit: 1, out FakeTransport transport);
        Task<PoolResult> waiter = Ask(pool);
        _loop.Answer();
        Assert.NotNull(waiter.Now().Connection);

        GoAway(transport);

        Assert.NotNull(pool.TryTake(_loop));
        Assert.Equal(2, pool.Open);
        busy.Abort();
        transport.End();
        _loop.Settle();
        Assert.Equal(1, pool.Open);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CountOfIdleConnections_HoldsThroughEveryEnd(bool busy)
    {
        ConnectionPool pool = Pool();
        IClientExchange stream = Open(pool, limit: 10, out FakeTransport transport);
        stream.WriteRequest(HeadKit.ParseRequest("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), new HeadEdits(), default);
        ValueTask<ResponseArrival> head = stream.NextHeadAsync(LoopTimer.Never);
        Task ends = EndAsync();
        if (!busy)
        {
            stream.Abort();
            _loop.Settle();
            Assert.Equal(1, pool.Idle);
        }

        transport.Reset();
        _loop.Settle();

        Assert.True(ends.IsCompleted);
        Assert.Equal((0, 0), (pool.Idle, pool.Open));

        async Task EndAsync()
        {
            await head;
            if (busy) stream.Abort();
        }
    }

    [Fact]
    public void ClosedPool_StillServesWhoWaited_AndKeepsNothing()
    {
        ConnectionPool pool = Pool();
        Task<PoolResult> waiter = Ask(pool);
        pool.Close([_loop]);
        _loop.Settle();

        FakeTransport transport = _loop.Answer();

        Assert.Equal(0, _loop.Dials);
        IClientExchange given = waiter.Now().Connection!;
        Assert.Null(pool.TryTake(_loop));
        given.Abort();
        transport.End();
        _loop.Settle();
        Assert.Equal((0, 0), (pool.Open, pool.Idle));
    }

    [Fact]
    public void IdleConnection_StaysForItsTime_WhateverBecameOfItsExchanges()
    {
        ConnectionPool pool = Pool();
        IClientExchange stream = Open(pool, limit: 10, out FakeTransport transport);
        stream.Abort();

        _loop.Pass(TimeSpan.FromSeconds(3));

        Assert.False(transport.HasEnded);
        Assert.Equal(1, pool.Idle);
    }

    [Fact]
    public void IdleConnection_ClosesAfterItsTime()
    {
        ConnectionPool pool = Pool(times: new ClientConnectionOptions { PoolIdleTimeoutNs = 1 });
        IClientExchange stream = Open(pool, limit: 10, out FakeTransport transport);
        stream.Abort();
        _loop.Pass(TimeSpan.FromSeconds(1));
        _loop.Pass(TimeSpan.FromSeconds(1));

        Assert.True(transport.HasEnded);
        Assert.Equal(0, pool.Idle);
        transport.End();
        Assert.Equal(0, pool.Open);
    }

    private static ConnectionPool Pool(int maxConnections = 100, int maxWaiters = 100, ClientConnectionOptions? times = null) => new(
        new IPEndPoint(IPAddress.Loopback, 1),
        new PoolSettings(new PoolLimits(maxConnections, maxWaiters), times ?? new ClientConnectionOptions()) { Http2 = Http2Options.Default });

    private Task<PoolResult> Ask(ConnectionPool pool) => pool.OpenAsync(_loop).AsTask();

    private static void Allow(FakeTransport transport, uint streams)
    {
        byte[] room = new byte[FrameWriter.SettingsBytes(1)];
        FrameWriter.Settings(room, [new Setting(SettingId.MaxConcurrentStreams, streams)]);
        transport.Deliver(room);
    }

    private void GoAway(FakeTransport transport)
    {
        byte[] room = new byte[17];
        FrameWriter.GoAway(room, 0, Http2Error.NoError, default);
        transport.Deliver(room);
        _loop.Settle();
    }

    private IClientExchange Open(ConnectionPool pool, uint limit, out FakeTransport transport)
    {
        Task<PoolResult> asked = Ask(pool);
        transport = _loop.Answer();
        Allow(transport, limit);
        _loop.Settle();
        return asked.Now().Connection!;
    }
}
