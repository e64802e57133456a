using System.Net;
using Mesh.Wire.Http1;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Pools;

/// <summary>
/// The pools of a node by address: all destinations of one client section that reach an address share its connections, so that they do
/// not multiply. Counted: the pool closes when its last holder lets go.
/// </summary>
public sealed class PoolTable(IReadOnlyList<EventLoop> loops, PoolLimits limits, ClientConnectionOptions options)
{
    private readonly Dictionary<IPEndPoint, (ConnectionPool Pool, int Holders)> _pools = [];
    private readonly Lock _gate = new();

    /// <summary>The pool of an address, held once more.</summary>
    public ConnectionPool Acquire(IPEndPoint address)
    {
        lock (_gate)
        {
            if (!_pools.TryGetValue(address, out (ConnectionPool Pool, int Holders) held)) held.Pool = new ConnectionPool(address, limits, options);
            _pools[address] = (held.Pool, held.Holders + 1);
            return held.Pool;
        }
    }

    /// <summary>Lets go of a pool.</summary>
    public void Release(ConnectionPool pool)
    {
        lock (_gate)
        {
            (ConnectionPool held, int holders) = _pools[pool.Address];
            if (holders > 1)
            {
                _pools[pool.Address] = (held, holders - 1);
                return;
            }

            _pools.Remove(pool.Address);
        }

        pool.Close(loops);
    }

    /// <summary>A moment's view, for metrics.</summary>
    public IReadOnlyList<ConnectionPool> All()
    {
        lock (_gate) return [.. _pools.Values.Select(static held => held.Pool)];
    }
}
