using System.Net;
using Mesh.Tests.Wire.Http1Connections;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2;
using Mesh.Wire.Pools;
using Xunit;

namespace Mesh.Tests.Wire.Pools;

/// <summary>Loops that share fewer connections of HTTP/2 than they are.</summary>
public sealed class StreamTurnsTests : IDisposable
{
    /// <summary>More than a turn and two ticks of the wheel, less than exchanges are waited for.</summary>
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(110);

    private readonly DialingLoop _one = new(1);
    private readonly DialingLoop _other = new(2);
    private readonly DialingLoop _third = new(3);
    private readonly ConnectionPool _pool = new(
        new IPEndPoint(IPAddress.Loopback, 1),
        new PoolSettings(new PoolLimits(MaxConnections: 1), new ClientConnectionOptions()) { Http2 = Http2Options.Default });

    public StreamTurnsTests() => SynchronizationContext.SetSynchronizationContext(null);

    public void Dispose()
    {
        _one.Dispose();
        _other.Dispose();
        _third.Dispose();
    }

    [Fact]
    public void BusyLoop_MakesRoomAfterItsTurn_WhenItsExchangesEnd()
    {
        IClientExchange busy = Open(_one, out FakeTransport transport);
        Task<PoolResult> waiter = Ask(_other);
        Settle();
        Assert.NotNull(_pool.TryTake(_one));

        _one.Pass(s_turn);
        Assert.Null(_pool.TryTake(_one));
        busy.Abort();
        Assert.False(transport.HasEnded || waiter.IsCompleted);
    }

    [Fact]
    public void FreedPlace_GoesToTheLoopThatWaitsLongest_NotToTheOneThatHadIt()
    {
        IClientExchange busy = Open(_one, out FakeTransport transport);
        Task<PoolResult> second = Ask(_other);
        Task<PoolResult> third = Ask(_third);
        Settle();
        _one.Pass(s_turn);
        Task<PoolResult> again = Ask(_one);
        Assert.False(again.IsCompleted);

        End(_one, busy, transport);
        Assert.Equal((0, 1, 0), (_one.Dials, _other.Dials, _third.Dials));
        FakeTransport next = _other.Answer();
        IClientExchange served = second.Now().Connection!;
        _other.Pass(s_turn);
        End(_other, served, next);
        Assert.Equal((0, 0, 1), (_one.Dials, _other.Dials, _third.Dials));
        next = _third.Answer();
        served = third.Now().Connection!;
        _third.Pass(s_turn);
        End(_third, served, next);

        Assert.Equal((1, 1), (_one.Dials, _pool.Open));
        _one.Answer();
        Assert.NotNull(again.Now().Connection);
        Assert.Equal(0, _pool.Waiting);
    }

    [Fact]
    public void ExchangeThatDoesNotEnd_KeepsItsConnection_AndOthersGoOnBesideIt()
    {
        Open(_one, out FakeTransport transport);
        Task<PoolResult> waiter = Ask(_other);
        Settle();
        _one.Pass(s_turn);
        Task<PoolResult> beside = Ask(_one);

        _one.Pass(TimeSpan.FromMilliseconds(500));

        Assert.NotNull(beside.Now().Connection);
        Assert.NotNull(_pool.TryTake(_one));
        Assert.False(transport.HasEnded || waiter.IsCompleted);
        _other.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(PoolFailure.WaitedTooLong, waiter.Now().Failure);
        Assert.Equal(0, _pool.Waiting);
    }

    [Fact]
    public void PlaceGivenToALoop_WhoseRequestsGaveUp_GoesOn()
    {
        IClientExchange busy = Open(_one, out FakeTransport transport);
        Task<PoolResult> impatient = Ask(_other);
        Settle();
        _other.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(PoolFailure.WaitedTooLong, impatient.Now().Failure);
        Task<PoolResult> patient = Ask(_third);
        Settle();
        _one.Pass(s_turn);

        End(_one, busy, transport);

        Assert.Equal((0, 1), (_other.Dials, _third.Dials));
        _third.Answer();
        Assert.NotNull(patient.Now().Connection);
    }

    [Fact]
    public void IdleConnection_IsGivenUpAtOnce()
    {
        IClientExchange idle = Open(_one, out FakeTransport transport);
        idle.Abort();
        _one.Settle();
        Task<PoolResult> waiter = Ask(_other);
        Settle();

        Assert.True(transport.HasEnded);
        transport.End();
        Settle();
        _other.Answer();
        Assert.NotNull(waiter.Now().Connection);
    }

    private void Settle()
    {
        for (int i = 0; i < 4; i++)
        {
            _one.Settle();
            _other.Settle();
            _third.Settle();
        }
    }

    /// <summary>The last exchange ends, its connection says goodbye, and so does its peer.</summary>
    private void End(DialingLoop loop, IClientExchange exchange, FakeTransport transport)
    {
        exchange.Abort();
        loop.Settle();
        Assert.True(transport.HasEnded);
        transport.End();
        Settle();
    }

    private Task<PoolResult> Ask(DialingLoop loop) => _pool.OpenAsync(loop).AsTask();

    private IClientExchange Open(DialingLoop loop, out FakeTransport transport)
    {
        Task<PoolResult> asked = Ask(loop);
        transport = loop.Answer();
        return asked.Now().Connection!;
    }
}
