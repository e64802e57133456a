using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Loops;
using Mesh.Wire.Tls;
using Mesh.Wire.Transports;

namespace Mesh.Wire.Pools;

/// <summary>
/// What one loop owns of a pool whose connections carry many exchanges each (HTTP/2): the connections, and who waits for a stream. The first with
/// room serves, so that one more is opened only under pressure, and goes idle when the pressure does.
/// </summary>
/// <remarks>On its loop alone. One connection is opened at a time for as many waiters as it is expected to carry.</remarks>
internal sealed partial class StreamShare(ConnectionPool pool, EventLoop loop) : IStreamOwner
{
    private readonly List<Http2ClientConnection> _open = [];
    private readonly Queue<StreamWaiter> _waiters = new();
    private int _waiting;
    private int _opening;

    public EventLoop Loop => loop;

    /// <summary>Connections. Read from any thread.</summary>
    public int OpenCount => _open.Count;

    /// <summary>Connections without any exchange. Read from any thread, for metrics.</summary>
    public int IdleCount { get; private set; }

    /// <summary>A stream of an open connection, or null.</summary>
    public Http2ClientStream? TryTake()
    {
        for (int i = 0; i < _open.Count; i++)
        {
            if (_open[i] == _yielding || _open[i].TryTake() is not { } stream) continue;
            if (_open[i].Taken == 1) IdleCount--;
            return stream;
        }

        return null;
    }

    /// <summary>Waits for a stream; opens connections as many as the waiters need and the pool's limit allows.</summary>
    public async ValueTask<PoolResult> OpenAsync(long deadlineNs)
    {
        if (TryTake() is { } stream) return new PoolResult(stream, PoolFailure.None, default);
        if (!pool.Places.TryAnnounce()) return new PoolResult(null, PoolFailure.TooManyWaiters, default);
        DropServed();
        StreamWaiter waiter = new(this, loop);
        _waiters.Enqueue(waiter);
        _waiting++;
        ValueTask<PoolResult> turn = waiter.WaitAsync();
        waiter.Set(loop, Math.Min(deadlineNs, LoopTimer.In(pool.Options.ConnectTimeoutNs)));
        OpenForWaiters();
        PoolResult result = await turn;
        if (result.Failure == PoolFailure.WaitedTooLong && EventLoop.NowNs >= deadlineNs) return new PoolResult(null, PoolFailure.OutOfTime, default);
        return result;
    }

    /// <summary>A connection that was opened elsewhere; its first stream, if it gives one.</summary>
    public Http2ClientStream? TakeOver(Transport transport)
    {
        Http2ClientConnection connection = Begin(transport);
        Http2ClientStream? stream = TryTake();
        Serve();
        if (pool.IsClosed) connection.Retire();
        return stream;
    }

    /// <summary>Closes a connection that nobody uses; false when there is none.</summary>
    public bool CloseOneIdle()
    {
        if (_open.Find(static connection => connection.Taken == 0) is not { } idle) return false;
        idle.Retire();
        return true;
    }

    /// <summary>No further exchange.</summary>
    public void Close()
    {
        foreach (Http2ClientConnection connection in _open.ToArray()) connection.Retire();
    }

    void IStreamOwner.OnFree(Http2ClientConnection connection)
    {
        if (connection.Taken == 0) IdleCount++;
        if (connection == _yielding)
        {
            if (connection.Taken > 0) return;
            _turnNs = TurnNs;
            connection.Retire();
            return;
        }

        if (_waiting > 0) Serve();
        if (connection.Taken > 0 || !pool.IsFull) return;

        // A waiter of another loop announces itself, then looks for idle connections; this one became idle, then looks for waiters.
        Interlocked.MemoryBarrier();
        if (pool.Waiting > 0) connection.Retire();
    }

    void IStreamOwner.OnRoom()
    {
        if (_waiting > 0) Serve();
    }

    void IStreamOwner.OnLeaving(Http2ClientConnection connection)
    {
        if (_open.Remove(connection) && connection.Taken == 0) IdleCount--;
        if (connection == _yielding) EndYield();
        if (_waiting > 0) OpenForWaiters();
    }

    void IStreamOwner.OnClosed(Http2ClientConnection connection)
    {
        pool.GiveBackPlace();
        if (_waiting > 0) OpenForWaiters();
    }

    /// <summary>From any loop: a place has come free.</summary>
    internal void TryAgainLater() => loop.Post(static (self, _) => ((StreamShare)self!).OpenForWaiters(), this);

    /// <summary>A waiter has given up.</summary>
    internal void GiveUp()
    {
        _waiting--;
        pool.Places.Withdraw();
        if (_waiting == 0) LeaveQueue();
    }

    private void OpenForWaiters()
    {
        while (_waiting > _opening * pool.Settings.Http2!.MaxConcurrentStreams && pool.Places.TryTake()) OpenOne();
        if (_waiting > 0 && _opening == 0 && _open.Count == 0) Queue();
    }

    /// <summary>For a place that is held.</summary>
    private void OpenOne()
    {
        _opening++;
        _ = OpenColdAsync();
    }

    private async Task OpenColdAsync()
    {
        PoolResult failed = default;
        Http2ClientConnection? opened = null;
        try
        {
            (Transport? transport, failed) = await pool.DialAsync(loop, LoopTimer.Never);
            if (transport is TlsTransport { IsHttp2: false } other) failed = TakeOther(other);
            else if (transport is not null) opened = Begin(transport);
        }
        finally
        {
            _opening--;
        }

        if (failed.Failure == PoolFailure.None) Serve();
        else FailWaiters(failed);
        if (pool.Places.HasQueue) Yield();

        // Who began to wait before the pool was closed is served first.
        if (pool.IsClosed) opened?.Retire();
    }

    private Http2ClientConnection Begin(Transport transport)
    {
        Http2ClientConnection connection = new(transport, pool.Settings.Http2!, pool.Options, this);
        _open.Add(connection);
        IdleCount++;
        connection.Start();
        return connection;
    }

    /// <summary>The peer chose HTTP/1.1: the first who waits has the connection, if the pool takes such, and the others go there too.</summary>
    private PoolResult TakeOther(TlsTransport transport)
    {
        Http1ClientConnection? connection = pool.TakeOther(loop, transport, out PoolResult result);
        if (connection is null) return result;
        DropServed();
        if (_waiters.TryDequeue(out StreamWaiter? first))
        {
            GiveUp();
            first.End(result);
        }
        else
        {
            connection.Close();
        }

        PoolResult elsewhere = new(null, PoolFailure.ChoseOther, default);
        EndWaiters(elsewhere);
        return elsewhere;
    }

    private void Serve()
    {
        while (_waiters.TryPeek(out StreamWaiter? waiter))
        {
            if (!waiter.IsServed)
            {
                if (TryTake() is not { } stream)
                {
                    OpenForWaiters();
                    return;
                }

                GiveUp();
                waiter.Give(stream);
            }

            _waiters.Dequeue();
        }
    }

    /// <summary>Those at the front whose time was over: they must not gather while nobody is served.</summary>
    private void DropServed()
    {
        while (_waiters.TryPeek(out StreamWaiter? waiter) && waiter.IsServed) _waiters.Dequeue();
    }

    /// <summary>Nobody is left who could serve them: they hear why.</summary>
    private void FailWaiters(in PoolResult why)
    {
        if (_opening == 0 && _open.Count == 0) EndWaiters(why);
    }

    private void EndWaiters(in PoolResult why)
    {
        while (_waiters.TryDequeue(out StreamWaiter? waiter))
        {
            if (waiter.IsServed) continue;
            GiveUp();
            waiter.End(why);
        }
    }
}
