using System.Net;
using System.Net.Sockets;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;
using Xunit;

namespace Mesh.Tests.Wire.Pools;

/// <summary>Who shares a pool, and what becomes of one that nobody holds.</summary>
public sealed class PoolTableTests
{
    private static readonly IPEndPoint s_address = new(IPAddress.Loopback, 1);

    [Fact]
    public void EqualSettings_ShareThePoolOfAnAddress()
    {
        PoolTable table = new([]);

        ConnectionPool one = table.Acquire(s_address, Settings(maxSize: 5));
        ConnectionPool other = table.Acquire(new IPEndPoint(IPAddress.Loopback, 1), Settings(maxSize: 5));

        Assert.Same(one, other);
        Assert.Same(one, Assert.Single(table.All()));
    }

    [Fact]
    public void OtherSettings_HaveTheirOwn()
    {
        PoolTable table = new([]);
        PoolSettings fast = Settings(5) with { Options = new ClientConnectionOptions { ConnectTimeoutNs = 1 } };

        ConnectionPool[] pools = [table.Acquire(s_address, Settings(5)), table.Acquire(s_address, Settings(6)), table.Acquire(s_address, fast)];

        Assert.Equal(3, pools.Distinct().Count());
        Assert.Equal(3, table.All().Count);
    }

    [Fact]
    public void PoolGoes_WithItsLastHolder_AndTheNextIsNew()
    {
        PoolTable table = new([]);
        ConnectionPool pool = table.Acquire(s_address, Settings(5));
        table.Acquire(s_address, Settings(5));

        table.Release(pool);
        Assert.Same(pool, Assert.Single(table.All()));
        table.Release(pool);

        Assert.Empty(table.All());
        Assert.NotSame(pool, table.Acquire(s_address, Settings(5)));
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task ExchangeUnderWay_SurvivesTheEndOfItsPool(TransportKind kind)
    {
        await using Backends backends = new(kind, 1, PoolLimits.Default);
        PoolResult taken = await backends.TakeAsync();
        using Socket peer = backends.Accept();

        backends.Pool.Close(backends.Loops);
        string answer = await Backends.ExchangeAsync(taken.Connection!, peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await Backends.ReleaseAsync(taken.Connection!);

        Assert.Equal("ok", answer);
        Assert.Equal(0, peer.Receive(new byte[4]));
        await backends.SettleAsync(pool => pool.Open == 0);
    }

    [Theory]
    [ClassData(typeof(TransportKinds))]
    public async Task WhoWaitsInAPoolThatEnds_IsServed(TransportKind kind)
    {
        ClientConnectionOptions patient = new() { ConnectTimeoutNs = 30_000_000_000 };
        await using Backends backends = new(kind, 1, new PoolLimits(MaxConnections: 1), patient);
        PoolResult taken = await backends.TakeAsync();
        using Socket peer = backends.Accept();
        Task<PoolResult> waiting = backends.TakeAsync();
        await backends.SettleAsync(pool => pool.Waiting == 1);

        backends.Pool.Close(backends.Loops);
        await Backends.ExchangeAsync(taken.Connection!, peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await Backends.ReleaseAsync(taken.Connection!);

        Assert.NotNull((await waiting.WaitAsync(TimeSpan.FromSeconds(30))).Connection);
    }

    private static PoolSettings Settings(int maxSize) => new(new PoolLimits(maxSize), new ClientConnectionOptions());
}
