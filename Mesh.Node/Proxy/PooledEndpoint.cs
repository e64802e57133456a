using Mesh.Routing.Destinations;
using Mesh.Wire.Pools;

namespace Mesh.Node.Proxy;

/// <summary>What the node hangs on an endpoint: the pool of its address, shared with other destinations that reach it.</summary>
internal sealed class PooledEndpoint(PoolTable pools, ConnectionPool pool) : IEndpointResource
{
    public ConnectionPool Pool { get; } = pool;

    public void Dispose() => pools.Release(Pool);
}
