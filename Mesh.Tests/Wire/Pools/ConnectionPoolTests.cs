using System.Net;
using System.Net.Sockets;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;
using Xunit;

namespace Mesh.Tests.Wire.Pools;

public sealed class ConnectionPoolTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ConnectionIsUsedAgain_AndClosesWithThePool(TransportKind kind)
    {
        await using Backends backends = new(kind, 1, PoolLimits.Default);
        PoolResult first = await backends.TakeAsync();
        using Socket peer = backends.Accept();
        Assert.Equal("ok", await Backends.ExchangeAsync(first.Connection!, peer, Ok));
        await Backends.ReleaseAsync(first.Connection!);

        PoolResult second = await backends.TakeAsync();
        Assert.Same(first.Connection, second.Connection);
        Assert.True(second.Connection!.IsReused);
        Assert.Equal("ok", await Backends.ExchangeAsync(second.Connection, peer, Ok));
        await Backends.ReleaseAsync(second.Connection);
        Assert.Equal((1, 1, 1L), (backends.Pool.Open, backends.Pool.Idle, backends.Pool.Opened));

        backends.Pool.Close(backends.Loops);
        Assert.Equal(0, peer.Receive(new byte[4]));
        await backends.SettleAsync(pool => pool.Open == 0);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task BackendThatEndsAnIdleConnection_IsNoticedBeforeTheNextRequest(TransportKind kind)
    {
        await using Backends backends = new(kind, 1, PoolLimits.Default);
        foreach (bool reset in (bool[])[false, true])
        {
            PoolResult taken = await backends.TakeAsync();
            Socket peer = backends.Accept();
            await Backends.ExchangeAsync(taken.Connection!, peer, Ok);
            await Backends.ReleaseAsync(taken.Connection!);

            if (reset) peer.LingerState = new LingerOption(true, 0);
            peer.Dispose();

            await backends.SettleAsync(pool => pool is { Open: 0, Idle: 0 });
        }
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task BytesBehindAResponse_AreNeverTakenForTheNext(TransportKind kind)
    {
        await using Backends backends = new(kind, 1, PoolLimits.Default);
        // The body is longer than the head buffer, so that its last receive ends exactly where the stray bytes begin.
        string long20000 = "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + new string('x', 20_000);
        PoolResult taken = await backends.TakeAsync();
        using Socket peer = backends.Accept();

        string body = await Backends.ExchangeAsync(taken.Connection!, peer, long20000 + Ok);
        await Backends.ReleaseAsync(taken.Connection!);

        Assert.Equal(20_000, body.Length);
        Assert.Equal((0, 0), (backends.Pool.Open, backends.Pool.Idle));
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task LongResponse_LeavesItsConnectionUsable(TransportKind kind)
    {
        await using Backends backends = new(kind, 1, PoolLimits.Default);
        string long20000 = "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + new string('x', 20_000);
        PoolResult taken = await backends.TakeAsync();
        using Socket peer = backends.Accept();

        await Backends.ExchangeAsync(taken.Connection!, peer, long20000);
        await Backends.ReleaseAsync(taken.Connection!);

        Assert.Equal(1, backends.Pool.Idle);
        Assert.True(await backends.Runner.RunAsync(taken.Connection!.IsStillOpen));
        peer.Dispose();
        await backends.SettleAsync(pool => pool is { Open: 0, Idle: 0 });
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task RefusedConnect_IsToldAndKeepsNoPlace(TransportKind kind)
    {
        await using LoopRunner runner = new(kind);
        IPEndPoint nobody = new(IPAddress.Loopback, Kit.Ports.Free());
        ConnectionPool pool = new(nobody, new PoolSettings(new PoolLimits(MaxConnections: 1), new ClientConnectionOptions()));

        for (int i = 0; i < 3; i++)
        {
            PoolResult result = await LoopRunner.RunAsync(runner.First, () => pool.OpenAsync(runner.First));
            Assert.Equal((PoolFailure.Connect, SocketError.ConnectionRefused), (result.Failure, result.Error));
        }

        Assert.Equal((0, 3L), (pool.Open, pool.ConnectFailures));
    }

    [Fact]
    public async Task AtTheLimit_OneWaitsAndTheNextIsRefused()
    {
        await using Backends backends = new(TransportKind.Auto, 1, new PoolLimits(MaxConnections: 1, MaxWaiters: 1));
        PoolResult busy = await backends.TakeAsync();
        using Socket peer = backends.Accept();
        await Backends.ExchangeAsync(busy.Connection!, peer, Ok);
        Task<PoolResult> waits = backends.TakeAsync();
        await backends.SettleAsync(pool => pool.Waiting == 1);

        PoolResult refused = await backends.TakeAsync();
        await Backends.ReleaseAsync(busy.Connection!);

        Assert.Equal(PoolFailure.TooManyWaiters, refused.Failure);
        Assert.Same(busy.Connection, (await waits).Connection);
        Assert.Equal((1, 0), (backends.Pool.Open, backends.Pool.Waiting));
    }

    [Fact]
    public async Task WaiterGivesUpInTime_AndItsPlaceInTheQueueIsForgotten()
    {
        ClientConnectionOptions patient = new() { ConnectTimeoutNs = 3_000_000_000_000 };
        await using Backends backends = new(TransportKind.Auto, 1, new PoolLimits(MaxConnections: 1), patient);
        PoolResult busy = await backends.TakeAsync();
        using Socket peer = backends.Accept();
        await Backends.ExchangeAsync(busy.Connection!, peer, Ok);
        Task<PoolResult> waits = backends.TakeAsync();
        await backends.SettleAsync(pool => pool.Waiting == 1);

        await backends.Runner.PassAsync(TimeSpan.FromHours(1));
        Assert.Equal(PoolFailure.WaitedTooLong, (await waits).Failure);
        await Backends.ReleaseAsync(busy.Connection!);

        Assert.Equal((1, 1, 0), (backends.Pool.Open, backends.Pool.Idle, backends.Pool.Waiting));
    }

    [Fact]
    public async Task WithoutATimeout_TheWaiterWaits()
    {
        ClientConnectionOptions patient = new() { ConnectTimeoutNs = LoopTimer.Never };
        await using Backends backends = new(TransportKind.Auto, 1, new PoolLimits(MaxConnections: 1), patient);
        PoolResult busy = await backends.TakeAsync();
        using Socket peer = backends.Accept();
        await Backends.ExchangeAsync(busy.Connection!, peer, Ok);
        Task<PoolResult> waits = backends.TakeAsync();
        await backends.SettleAsync(pool => pool.Waiting == 1);

        await backends.Runner.PassAsync(TimeSpan.FromHours(1));
        await Backends.ReleaseAsync(busy.Connection!);

        Assert.Equal(PoolFailure.None, (await waits).Failure);
    }

    [Fact]
    public async Task WaitersOfTwoLoops_AreServedInTheOrderInWhichTheyCame()
    {
        ClientConnectionOptions patient = new() { ConnectTimeoutNs = LoopTimer.Never };
        await using Backends backends = new(TransportKind.Auto, 2, new PoolLimits(MaxConnections: 1), patient);
        PoolResult busy = await backends.TakeAsync();
        backends.Accept();
        Task<PoolResult> other = backends.TakeAsync(1);
        await backends.SettleAsync(pool => pool.Waiting == 1);
        Task<PoolResult> own = backends.TakeAsync(0);
        await backends.SettleAsync(pool => pool.Waiting == 2);

        await Backends.AbortAsync(busy.Connection!);
        PoolResult first = await other;
        Assert.False(own.IsCompleted);
        using Socket peer = backends.Accept();
        Assert.Equal("ok", await Backends.ExchangeAsync(first.Connection!, peer, Ok));
        Task<PoolResult> third = backends.TakeAsync(1);
        await backends.SettleAsync(pool => pool.Waiting == 2);
        await Backends.ReleaseAsync(first.Connection!);

        // A connection of loop 1 came free, its own waiter stands second: the first, of loop 0, opens in its place.
        PoolResult second = await own;
        Assert.False(third.IsCompleted);
        Assert.Equal((1, 1), (backends.Pool.Open, backends.Pool.Waiting));
        await Backends.AbortAsync(second.Connection!);
        await Backends.AbortAsync((await third).Connection!);
        Assert.Equal((0, 0), (backends.Pool.Open, backends.Pool.Waiting));
    }

    [Fact]
    public async Task IdleConnectionOfAnotherLoop_GivesItsPlaceToAWaiter()
    {
        await using Backends backends = new(TransportKind.Auto, 2, new PoolLimits(MaxConnections: 1));
        PoolResult idle = await backends.TakeAsync(0);
        using Socket peer = backends.Accept();
        await Backends.ExchangeAsync(idle.Connection!, peer, Ok);
        await Backends.ReleaseAsync(idle.Connection!);

        PoolResult taken = await backends.TakeAsync(1);

        Assert.Equal(PoolFailure.None, taken.Failure);
        Assert.Same(backends.Loops[1], taken.Connection!.Loop);
        Assert.Equal(0, peer.Receive(new byte[4]));
        Assert.Equal((1, 0), (backends.Pool.Open, backends.Pool.Idle));
        await Backends.AbortAsync(taken.Connection);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ManyFlowsOnTwoLoops_AreAllServedAndNoPlaceIsLost(TransportKind kind)
    {
        const int MostOpen = 3;
        ClientConnectionOptions patient = new() { ConnectTimeoutNs = 20_000_000_000 };
        await using Backends backends = new(kind, 2, new PoolLimits(MostOpen), patient);
        int most = 0;

        async Task FlowAsync(int flow)
        {
            SplitMix64 random = new((ulong)flow);
            for (int i = 0; i < 60; i++)
            {
                PoolResult taken = await backends.TakeAsync(flow % 2);
                Assert.Equal(PoolFailure.None, taken.Failure);
                InterlockedMax(ref most, backends.Pool.Open);
                if (random.Next(3) == 0) await Backends.AbortAsync(taken.Connection!);
                else await Backends.ReleaseAsync(taken.Connection!);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 12).Select(flow => Task.Run(() => FlowAsync(flow)))).WaitAsync(LoopRunner.Patience);

        Assert.InRange(most, 1, MostOpen);
        backends.Pool.Close(backends.Loops);
        await backends.SettleAsync(pool => pool is { Open: 0, Idle: 0, Waiting: 0 });
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; value > seen; seen = most) Interlocked.CompareExchange(ref most, value, seen);
    }
}
