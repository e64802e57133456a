using Mesh.Node.Proxy.Opaque;
using Mesh.Routing.Destinations;
using Mesh.Wire.Exchange;
using Mesh.Wire.Pools;

namespace Mesh.Node.Proxy;

/// <summary>What the node hangs on an endpoint: the pool of its address, shared with other destinations that reach it.</summary>
/// <remarks>Where the protocol follows the request there are two; the one that nobody asks for has no connection.</remarks>
internal sealed class PooledEndpoint(PoolTable pools, ConnectionPool pool) : IEndpointResource
{
    /// <summary>For requests of HTTP/1 where <see cref="FollowsRequest"/>, else for offers of an upgrade; null: all have one pool.</summary>
    public ConnectionPool? Http1 { get; init; }

    /// <summary>How it is reached by connections of their own.</summary>
    public required RawDialing Raw { get; init; }

    /// <summary>What requests are sent there with as their authority; empty: their own.</summary>
    public byte[] Authority { get; init; } = [];

    /// <summary>A request goes out by what it came by. Whoever came to HTTP/2 by an upgrade does not know what is spoken there: by HTTP/1.</summary>
    public bool FollowsRequest { get; init; }

    public PoolLimits Limits => pool.Limits;

    /// <summary>What all of its pools have together, of some number of one.</summary>
    public int Sum(Func<ConnectionPool, int> of) => of(pool) + (Http1 is { } http1 ? of(http1) : 0);

    /// <summary>Where a request goes.</summary>
    public ConnectionPool PoolFor(RequestHead request) =>
        Http1 is { } http1 && (FollowsRequest ? !request.IsHttp2 || request.IsByUpgrade : request.OffersUpgrade) ? http1 : pool;

    public void Dispose()
    {
        pools.Release(pool);
        if (Http1 is { } http1) pools.Release(http1);
    }
}
