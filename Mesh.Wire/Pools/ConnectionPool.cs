using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Pools;

/// <summary>
/// The connections to one address, shared by all destinations that reach it. Each loop has its own idle list, last used first, so that a
/// request and its backend connection stay on one loop and the warm ones serve; the limit counts all loops together.
/// </summary>
/// <remarks>
/// Taking and keeping an idle connection is a list operation on the loop, no lock. Only when the limit is reached does anybody wait, and
/// then a freed place is passed on under the lock: to a waiter of the same loop as the connection itself, to one of another loop as the
/// right to open its own.
/// </remarks>
public sealed partial class ConnectionPool
{
    private readonly LoopShare[] _shares = new LoopShare[LoopGroup.MaxLoops + 1];
    private volatile bool _closed;

    public ConnectionPool(IPEndPoint address, PoolSettings settings) : this(address, settings, new PoolPlaces(settings.Limits))
    {
        if (settings is { Http2: not null, PeerChooses: true }) _http1 = new ConnectionPool(this);
    }

    private ConnectionPool(IPEndPoint address, PoolSettings settings, PoolPlaces places)
    {
        Address = address;
        Settings = settings;
        Places = places;
    }

    public IPEndPoint Address { get; }

    public PoolSettings Settings { get; }

    public PoolLimits Limits => Settings.Limits;

    public ClientConnectionOptions Options => Settings.Options;

    internal bool IsClosed => _closed;

    internal PoolPlaces Places { get; }

    internal bool IsFull => Places.Open >= Limits.MaxConnections;

    /// <summary>Open connections, idle and busy, and those being opened; of both halves.</summary>
    public int Open => Places.Open;

    /// <summary>Requests that wait for a connection; of both halves.</summary>
    public int Waiting => Places.Waiting;

    /// <summary>Idle connections of all loops; a snapshot that may be stale.</summary>
    public int Idle => (int)Sum(static share => share.IdleCount + (share.Streams?.IdleCount ?? 0)) + (_http1?.Idle ?? 0);

    /// <summary>Connections opened since the start.</summary>
    public long Opened => Sum(static share => share.Opened) + (_http1?.Opened ?? 0);

    /// <summary>Connects that failed since the start.</summary>
    public long ConnectFailures => Sum(static share => share.Failures) + (_http1?.ConnectFailures ?? 0);

    /// <summary>An idle connection of this loop, or null. Only on that loop.</summary>
    public IClientExchange? TryTake(EventLoop loop)
    {
        ref LoopShare share = ref _shares[loop.Index];
        if (Settings.Http2 is not null) return _choseHttp1 ? _http1!.TryTake(loop) : share.Streams?.TryTake();
        Http1ClientConnection? connection = share.First;
        if (connection is null) return null;
        share.Unlink(connection);
        connection.Begin();
        return connection;
    }

    /// <summary>Opens a connection, or waits for one when the limit is reached. Only on that loop; cold.</summary>
    /// <param name="loop">The caller's.</param>
    /// <param name="deadlineNs">When the request that wants it is given up, monotonic nanoseconds; Never for no limit of its own.</param>
    public ValueTask<PoolResult> OpenAsync(EventLoop loop, long deadlineNs = LoopTimer.Never)
    {
        if (_http1 is not null) return OpenEitherAsync(loop, deadlineNs);
        return Settings.Http2 is null ? OpenHttp1Async(loop, deadlineNs) : StreamsOf(loop).OpenAsync(deadlineNs);
    }

    private StreamShare StreamsOf(EventLoop loop) => _shares[loop.Index].Streams ??= new StreamShare(this, loop);

    private async ValueTask<PoolResult> OpenHttp1Async(EventLoop loop, long deadlineNs)
    {
        if (!Places.TryReserve(loop, out PoolWaiter? waiter))
        {
            if (waiter is null) return Failed(PoolFailure.TooManyWaiters);
            AskForPlace(loop);
            waiter.Set(loop, Math.Min(deadlineNs, LoopTimer.In(Options.ConnectTimeoutNs)));
            PoolTurn turn = await waiter.WaitAsync();
            waiter.Remove(loop);
            if (turn.Connection is { } handed)
            {
                handed.Begin();
                return new PoolResult(handed, PoolFailure.None, SocketError.Success);
            }

            if (!turn.MayOpen) return Failed(IsOver(deadlineNs) ? PoolFailure.OutOfTime : PoolFailure.WaitedTooLong);
        }

        (Transport? transport, PoolResult failed) = await DialAsync(loop, deadlineNs);
        if (transport is null) return failed;
        if (_chooser is { } chooser && transport is TlsTransport { IsHttp2: true }) return chooser.TakeHttp2(loop, transport);
        Http1ClientConnection connection = new(transport, this, Options);
        connection.Begin();
        return new PoolResult(connection, PoolFailure.None, SocketError.Success);
    }

    /// <summary>Connects, for a place that is held; without a transport it is given back.</summary>
    internal async ValueTask<(Transport? Transport, PoolResult Failed)> DialAsync(EventLoop loop, long deadlineNs)
    {
        PoolDial dial;
        try
        {
            long leftNs = deadlineNs == LoopTimer.Never ? LoopTimer.Never : Math.Max(1, deadlineNs - EventLoop.NowNs);
            dial = await PoolDial.ConnectAsync(loop, Address, Settings.Tls, Math.Min(Options.ConnectTimeoutNs, leftNs));
        }
        catch
        {
            // No failure of a connect may keep its place.
            GiveBackPlace();
            throw;
        }

        if (dial.Transport is { } transport)
        {
            _shares[loop.Index].Opened++;
            _shares[loop.Index].Loop = loop;
            return (transport, default);
        }

        GiveBackPlace();
        if (dial.TimedOut && IsOver(deadlineNs)) return (null, Failed(PoolFailure.OutOfTime));
        _shares[loop.Index].Failures++;
        return (null, dial.Tls == TlsFailure.None
            ? Failed(PoolFailure.Connect, dial.Error)
            : Failed(PoolFailure.Tls) with { Tls = dial.Tls, Detail = dial.Detail });
    }

    /// <summary>No further exchange: idle connections close now, busy ones when they are released. From any thread.</summary>
    public void Close(IReadOnlyList<EventLoop> loops)
    {
        _closed = true;
        foreach (EventLoop loop in loops) loop.Post(static (self, of) => ((ConnectionPool)self!).CloseIdle((EventLoop)of!), this, loop);
        _http1?.Close(loops);
    }

    /// <summary>Keeps a connection that is free again, or hands it to a waiter. False: it must close.</summary>
    internal bool TryKeep(Http1ClientConnection connection)
    {
        if (_closed) return false;
        if (Places.HasQueue && Places.TryPeek(out IPlaceWaiter? next))
        {
            // The first in the queue is on another loop, or wants HTTP/2: the connection closes, and its place goes there.
            if (next is not PoolWaiter waiter || next.Loop != connection.Loop || !Places.GiveUp(waiter)) return false;
            waiter.Give(new PoolTurn(connection, false));
            return true;
        }

        ref LoopShare share = ref _shares[connection.Loop.Index];
        if (share.IdleCount >= Limits.MaxIdlePerLoop) return false;
        share.Push(connection);
        if (IsFull)
        {
            // A waiter of another loop announces itself, then looks for idle connections; this one became idle, then looks for waiters.
            Interlocked.MemoryBarrier();
            if (Places.HasQueue) AskToCloseIdle(connection.Loop);
        }

        return true;
    }

    /// <summary>A connection has closed: it leaves the idle list and its place goes to the next waiter.</summary>
    internal void Forget(Http1ClientConnection connection)
    {
        if (connection.IsIdle) _shares[connection.Loop.Index].Unlink(connection);
        GiveBackPlace();
    }

    private static PoolResult Failed(PoolFailure why, SocketError error = SocketError.Success) => new(null, why, error);

    private static bool IsOver(long deadlineNs) => deadlineNs != LoopTimer.Never && EventLoop.NowNs >= deadlineNs;

    /// <summary>A place is given back: to whoever waits for it.</summary>
    internal void GiveBackPlace()
    {
        if (!Places.GiveBack()) Whole.TellStreamWaiters();
    }

    private void CloseIdle(EventLoop loop)
    {
        while (_shares[loop.Index].First is { } connection) connection.Close();
        _shares[loop.Index].Streams?.Close();
    }

    private long Sum(Func<LoopShare, long> of)
    {
        long sum = 0;
        foreach (LoopShare share in _shares) sum += of(share);
        return sum;
    }
}
