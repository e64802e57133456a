using System.Diagnostics.CodeAnalysis;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Pools;

/// <summary>The places of a pool, of all loops and both of its halves together, and the queue of those who wait for one.</summary>
/// <remarks>
/// Taking and giving back is one exchange; the lock is for the queue alone. A place that comes free while somebody is in the queue is never free for
/// all: it goes to the first, whichever loop that is on.
/// </remarks>
internal sealed class PoolPlaces(PoolLimits limits)
{
    private readonly Queue<IPlaceWaiter> _queue = new();
    private readonly Lock _gate = new();
    private int _open;
    private int _waiting;
    private int _queued;

    /// <summary>Places that are held: open connections, and those being opened.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Requests that wait, for a place or for a stream.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Somebody is in the queue.</summary>
    public bool HasQueue => Volatile.Read(ref _queued) > 0;

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

    /// <summary>A place goes to the next in the queue. False: there is nobody, and it is free.</summary>
    public bool GiveBack()
    {
        // Looked at again after each vain try: whoever began to wait while the place was held here saw none, and nobody else would tell.
        while (true)
        {
            Interlocked.Decrement(ref _open);
            if (!HasQueue || !TryTake()) return false;
            if (!TryDequeue(out IPlaceWaiter? waiter)) continue;
            waiter.GivePlace();
            return true;
        }
    }

    /// <summary>A place, or a turn in the queue for one. False without a waiter: as many wait as may.</summary>
    public bool TryReserve(EventLoop loop, out PoolWaiter? waiter)
    {
        waiter = null;
        if (TryTake()) return true;
        if (!TryAnnounce()) return false;
        PoolWaiter next = new(this, loop);
        if (!TryTakeOrQueue(next))
        {
            waiter = next;
            return false;
        }

        Withdraw();
        return true;
    }

    /// <summary>A place, or else a turn in the queue for one.</summary>
    public bool TryTakeOrQueue(IPlaceWaiter waiter)
    {
        lock (_gate)
        {
            // Announced before the place is looked for again: whoever gives one back either leaves it to be found here, or sees us waiting.
            Interlocked.Increment(ref _queued);
            if (!TryTake())
            {
                _queue.Enqueue(waiter);
                return false;
            }

            Interlocked.Decrement(ref _queued);
            return true;
        }
    }

    /// <summary>A request's time is over. False when a place was given to it just now.</summary>
    public bool GiveUp(PoolWaiter waiter)
    {
        if (!TryLeave(waiter)) return false;
        Withdraw();
        return true;
    }

    /// <summary>Leaves the queue. False when a place was given to it just now.</summary>
    public bool TryLeave(IPlaceWaiter waiter)
    {
        lock (_gate)
        {
            if (waiter.IsServed) return false;
            waiter.IsServed = true;
            Interlocked.Decrement(ref _queued);
            while (_queue.TryPeek(out IPlaceWaiter? first) && first.IsServed) _queue.Dequeue();
            return true;
        }
    }

    /// <summary>One more request waits; false when as many do as may.</summary>
    public bool TryAnnounce()
    {
        if (Interlocked.Increment(ref _waiting) <= limits.MaxWaiters) return true;
        Withdraw();
        return false;
    }

    /// <summary>It waits no more.</summary>
    public void Withdraw() => Interlocked.Decrement(ref _waiting);

    /// <summary>The first in the queue who still waits.</summary>
    public bool TryPeek([NotNullWhen(true)] out IPlaceWaiter? waiter)
    {
        lock (_gate)
        {
            while (_queue.TryPeek(out waiter) && waiter.IsServed) _queue.Dequeue();
            return waiter is not null;
        }
    }

    private bool TryDequeue([NotNullWhen(true)] out IPlaceWaiter? waiter)
    {
        lock (_gate)
        {
            while (_queue.TryDequeue(out waiter))
            {
                if (waiter.IsServed) continue;
                waiter.IsServed = true;
                Interlocked.Decrement(ref _queued);
                if (waiter is PoolWaiter) Withdraw();
                return true;
            }
        }

        return false;
    }
}
