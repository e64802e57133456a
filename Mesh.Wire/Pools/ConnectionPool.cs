using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Exchange;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;
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
public sealed class ConnectionPool
{
    private readonly LoopShare[] _shares = new LoopShare[LoopGroup.MaxLoops + 1];
    private readonly Queue<PoolWaiter> _waiters = new();
    private readonly Lock _gate = new();
    private int _open;
    private int _waiting;
    private volatile bool _closed;

    public ConnectionPool(IPEndPoint address, PoolSettings settings)
    {
        Address = address;
        Settings = settings;
    }

    public IPEndPoint Address { get; }

    public PoolSettings Settings { get; }

    public PoolLimits Limits => Settings.Limits;

    public ClientConnectionOptions Options => Settings.Options;

    internal bool IsClosed => _closed;

    internal bool IsFull => Open >= Limits.MaxConnections;

    /// <summary>Open connections, idle and busy, and those being opened.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Requests that wait for a connection.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Idle connections of all loops; a snapshot that may be stale.</summary>
    public int Idle => (int)Sum(static share => share.IdleCount + (share.Streams?.IdleCount ?? 0));

    /// <summary>Connections opened since the start.</summary>
    public long Opened => Sum(static share => share.Opened);

    /// <summary>Connects that failed since the start.</summary>
    public long ConnectFailures => Sum(static share => share.Failures);

    /// <summary>An idle connection of this loop, or null. Only on that loop.</summary>
    public IClientExchange? TryTake(EventLoop loop)
    {
        ref LoopShare share = ref _shares[loop.Index];
        if (Settings.Http2 is not null) return share.Streams?.TryTake();
        Http1ClientConnection? connection = share.First;
        if (connection is null) return null;
        share.Unlink(connection);
        connection.Begin();
        return connection;
    }

    /// <summary>Opens a connection, or waits for one when the limit is reached. Only on that loop; cold.</summary>
    /// <param name="loop">The caller's.</param>
    /// <param name="deadlineNs">When the request that wants it is given up, monotonic nanoseconds; Never for no limit of its own.</param>
    public async ValueTask<PoolResult> OpenAsync(EventLoop loop, long deadlineNs = LoopTimer.Never)
    {
        if (Settings.Http2 is not null) return await (_shares[loop.Index].Streams ??= new StreamShare(this, loop)).OpenAsync(deadlineNs);
        if (!TryReserve(loop, out PoolWaiter? waiter))
        {
            if (waiter is null) return Failed(PoolFailure.TooManyWaiters);
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
        Http1ClientConnection connection = new(transport, this, Options);
        connection.Begin();
        return new PoolResult(connection, PoolFailure.None, SocketError.Success);
    }

    /// <summary>Connects, for a place that is held; without a transport it is given back.</summary>
    internal async ValueTask<(Transport? Transport, PoolResult Failed)> DialAsync(EventLoop loop, long deadlineNs)
    {
        ConnectResult result;
        try
        {
            long leftNs = deadlineNs == LoopTimer.Never ? LoopTimer.Never : Math.Max(1, deadlineNs - EventLoop.NowNs);
            result = await loop.ConnectAsync(Address, Math.Min(Options.ConnectTimeoutNs, leftNs));
        }
        catch
        {
            // No failure of a connect may keep its place.
            GiveBackPlace();
            throw;
        }

        if (result.Transport is { } transport)
        {
            _shares[loop.Index].Opened++;
            _shares[loop.Index].Loop = loop;
            return (transport, default);
        }

        GiveBackPlace();
        if (result.Error == SocketError.TimedOut && IsOver(deadlineNs)) return (null, Failed(PoolFailure.OutOfTime));
        _shares[loop.Index].Failures++;
        return (null, Failed(PoolFailure.Connect, result.Error));
    }

    /// <summary>No further exchange: idle connections close now, busy ones when they are released. From any thread.</summary>
    public void Close(IReadOnlyList<EventLoop> loops)
    {
        _closed = true;
        foreach (EventLoop loop in loops) loop.Post(static (self, of) => ((ConnectionPool)self!).CloseIdle((EventLoop)of!), this, loop);
    }

    /// <summary>Keeps a connection that is free again, or hands it to a waiter. False: it must close.</summary>
    internal bool TryKeep(Http1ClientConnection connection)
    {
        if (_closed) return false;
        if (Waiting > 0 && TryPeek(out PoolWaiter? next))
        {
            // The first in the queue is on another loop: the connection closes, and its place goes there.
            if (next.Loop != connection.Loop || !TryServe(next)) return false;
            next.Give(new PoolTurn(connection, false));
            return true;
        }

        ref LoopShare share = ref _shares[connection.Loop.Index];
        if (share.IdleCount >= Limits.MaxIdlePerLoop) return false;
        share.Push(connection);
        if (Open >= Limits.MaxConnections)
        {
            // A waiter of another loop announces itself, then looks for idle connections; this one became idle, then looks for waiters.
            Interlocked.MemoryBarrier();
            if (Waiting > 0) AskToCloseIdle(connection.Loop);
        }

        return true;
    }

    /// <summary>A connection has closed: it leaves the idle list and its place goes to the next waiter.</summary>
    internal void Forget(Http1ClientConnection connection)
    {
        if (connection.IsIdle) _shares[connection.Loop.Index].Unlink(connection);
        GiveBackPlace();
    }

    /// <summary>A waiter's time is over. False when a place was given to it just now.</summary>
    internal bool GiveUp(PoolWaiter waiter)
    {
        lock (_gate)
        {
            if (waiter.IsServed) return false;
            waiter.IsServed = true;
            Interlocked.Decrement(ref _waiting);
            return true;
        }
    }

    /// <summary>One more waits for a stream; false when as many do as may.</summary>
    internal bool TryAnnounce()
    {
        if (Interlocked.Increment(ref _waiting) <= Limits.MaxWaiters) return true;
        Withdraw();
        return false;
    }

    /// <summary>It waits no more.</summary>
    internal void Withdraw() => Interlocked.Decrement(ref _waiting);

    private static PoolResult Failed(PoolFailure why, SocketError error = SocketError.Success) => new(null, why, error);

    private static bool IsOver(long deadlineNs) => deadlineNs != LoopTimer.Never && EventLoop.NowNs >= deadlineNs;

    private bool TryReserve(EventLoop loop, out PoolWaiter? waiter)
    {
        waiter = null;
        if (TryTakePlace()) return true;
        lock (_gate)
        {
            // Announced before the place is looked for again: whoever gives one back either leaves it to be found here, or sees us waiting.
            if (Interlocked.Increment(ref _waiting) <= Limits.MaxWaiters && !TryTakePlace())
            {
                waiter = new PoolWaiter(this, loop);
                _waiters.Enqueue(waiter);
            }
            else
            {
                bool refused = Interlocked.Decrement(ref _waiting) >= Limits.MaxWaiters;
                return !refused;
            }
        }

        AskForIdle(loop);
        return false;
    }

    internal bool TryTakePlace()
    {
        int open = Volatile.Read(ref _open);
        while (open < Limits.MaxConnections)
        {
            int seen = Interlocked.CompareExchange(ref _open, open + 1, open);
            if (seen == open) return true;
            open = seen;
        }

        return false;
    }

    internal void GiveBackPlace()
    {
        // Looked at again after each vain try: whoever began to wait while the place was held here saw none, and nobody else would tell.
        while (true)
        {
            Interlocked.Decrement(ref _open);
            if (Settings.Http2 is not null) TellStreamWaiters();
            if (Settings.Http2 is not null || Waiting == 0 || !TryTakePlace()) return;
            if (!TryDequeue(out PoolWaiter? waiter)) continue;
            waiter.GivePlace();
            return;
        }
    }

    /// <summary>A place came free: whichever loop's requests wait for a stream may open a connection.</summary>
    private void TellStreamWaiters()
    {
        if (Waiting == 0) return;
        foreach (LoopShare share in _shares) share.Streams?.TryAgainLater();
    }

    /// <summary>Another loop may hold idle connections that this one cannot use: one of them closes, and its place comes to the waiter.</summary>
    internal void AskForIdle(EventLoop loop)
    {
        foreach (ref LoopShare share in _shares.AsSpan())
        {
            if (share.Loop is not { } other || other == loop || (share.IdleCount == 0 && share.Streams is not { IdleCount: > 0 })) continue;
            AskToCloseIdle(other);
            return;
        }
    }

    private void AskToCloseIdle(EventLoop loop) =>
        loop.Post(static (self, of) => ((ConnectionPool)self!).CloseOneIdle((EventLoop)of!), this, loop);

    private void CloseOneIdle(EventLoop loop)
    {
        if (Waiting == 0) return;
        ref LoopShare share = ref _shares[loop.Index];
        if (share.First is { } idle) idle.Close();
        else if (share.Streams is not { } streams || !streams.CloseOneIdle()) AskForIdle(loop);
    }

    private bool TryPeek([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PoolWaiter? waiter)
    {
        lock (_gate)
        {
            while (_waiters.TryPeek(out waiter) && waiter.IsServed) _waiters.Dequeue();
            return waiter is not null;
        }
    }

    /// <summary>
    /// Marks a waiter that was seen in the queue; it leaves the queue when it comes to the front. False when it has gone meanwhile.
    /// </summary>
    private bool TryServe(PoolWaiter waiter) => GiveUp(waiter);

    private bool TryDequeue([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PoolWaiter? waiter)
    {
        lock (_gate)
        {
            while (_waiters.TryDequeue(out waiter))
            {
                if (waiter.IsServed) continue;
                waiter.IsServed = true;
                Interlocked.Decrement(ref _waiting);
                return true;
            }
        }

        return false;
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
