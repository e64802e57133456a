using System.Net;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Pools;

/// <summary>
/// The pools of a router by address and settings: all destinations that reach an address under equal settings share its connections, so that
/// they do not multiply; under other settings they have their own. Counted: the pool closes when its last holder lets go.
/// </summary>
/// <remarks>
/// A closed pool ends by itself: idle connections close at once, busy ones after their exchange, and who still waits in it is served.
/// </remarks>
public sealed class PoolTable(IReadOnlyList<EventLoop> loops)
{
    private readonly Dictionary<Key, (ConnectionPool Pool, int Holders)> _pools = [];
    private readonly Lock _gate = new();

    /// <summary>The pool of an address under these settings, held once more.</summary>
    public ConnectionPool Acquire(IPEndPoint address, PoolSettings settings)
    {
        Key key = new(address, settings);
        lock (_gate)
        {
            if (!_pools.TryGetValue(key, out (ConnectionPool Pool, int Holders) held)) held.Pool = new ConnectionPool(address, settings);
            _pools[key] = (held.Pool, held.Holders + 1);
            return held.Pool;
        }
    }

    /// <summary>Lets go of a pool.</summary>
    public void Release(ConnectionPool pool)
    {
        Key key = new(pool.Address, pool.Settings);
        lock (_gate)
        {
            (ConnectionPool held, int holders) = _pools[key];
            if (holders > 1)
            {
                _pools[key] = (held, holders - 1);
                return;
            }

            _pools.Remove(key);
        }

        pool.Close(loops);
    }

    /// <summary>A moment's view, each pool once, for metrics; without those that are closing.</summary>
    public IReadOnlyList<ConnectionPool> All()
    {
        lock (_gate) return [.. _pools.Values.Select(static held => held.Pool)];
    }

    private readonly record struct Key(IPEndPoint Address, PoolSettings Settings);
}
