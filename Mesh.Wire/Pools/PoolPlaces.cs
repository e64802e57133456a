using System.Diagnostics.CodeAnalysis;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Pools;

/// <summary>The places of a pool, of all loops together, and who waits for one.</summary>
/// <remarks>Taking and giving back is one exchange; the lock is for waiters alone.</remarks>
internal sealed class PoolPlaces(PoolLimits limits)
{
    private readonly Queue<PoolWaiter> _waiters = new();
    private readonly Lock _gate = new();
    private int _open;
    private int _waiting;

    /// <summary>Places that are held: open connections, and those being opened.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Requests that wait, for a place or for a stream.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public bool TryTake()
    {
        int open = Volatile.Read(ref _open);
        while (open < limits.MaxConnections)
        {
            int seen = Interlocked.CompareExchange(ref _open, open + 1, open);
            if (seen == open) return true;
            open = seen;
        }

        return false;
    }

    /// <summary>A place for a connection that is open already, beyond the limit if need be.</summary>
    public void Add() => Interlocked.Increment(ref _open);

    /// <summary>A place is free, and nobody is told.</summary>
    public void Free() => Interlocked.Decrement(ref _open);

    /// <summary>A place goes to the next in the queue, if there is one.</summary>
    public void GiveBack()
    {
        // Looked at again after each vain try: whoever began to wait while the place was held here saw none, and nobody else would tell.
        while (true)
        {
            Interlocked.Decrement(ref _open);
            if (Waiting == 0 || !TryTake()) return;
            if (!TryDequeue(out PoolWaiter? waiter)) continue;
            waiter.GivePlace();
            return;
        }
    }

    /// <summary>A place, or a turn in the queue for one. False without a waiter: as many wait as may.</summary>
    public bool TryReserve(EventLoop loop, out PoolWaiter? waiter)
    {
        waiter = null;
        if (TryTake()) return true;
        lock (_gate)
        {
            // Announced before the place is looked for again: whoever gives one back either leaves it to be found here, or sees us waiting.
            if (Interlocked.Increment(ref _waiting) <= limits.MaxWaiters && !TryTake())
            {
                waiter = new PoolWaiter(this, loop);
                _waiters.Enqueue(waiter);
            }
            else
            {
                bool refused = Interlocked.Decrement(ref _waiting) >= limits.MaxWaiters;
                return !refused;
            }
        }

        return false;
    }

    /// <summary>A waiter's time is over. False when a place was given to it just now.</summary>
    public bool GiveUp(PoolWaiter waiter)
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
    public bool TryAnnounce()
    {
        if (Interlocked.Increment(ref _waiting) <= limits.MaxWaiters) return true;
        Withdraw();
        return false;
    }

    /// <summary>It waits no more.</summary>
    public void Withdraw() => Interlocked.Decrement(ref _waiting);

    /// <summary>The first in the queue who still waits.</summary>
    public bool TryPeek([NotNullWhen(true)] out PoolWaiter? waiter)
    {
        lock (_gate)
        {
            while (_waiters.TryPeek(out waiter) && waiter.IsServed) _waiters.Dequeue();
            return waiter is not null;
        }
    }

    private bool TryDequeue([NotNullWhen(true)] out PoolWaiter? waiter)
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
}
