using System.Net;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;
using Mesh.Wire.Tls;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>How an endpoint is reached by connections of their own, and how many of those are open.</summary>
/// <param name="address">Where it listens.</param>
/// <param name="tls">How they are secured; null: not at all.</param>
/// <param name="timeoutNs">For a connection, TLS included.</param>
/// <param name="ownEnds">Of the node.</param>
internal sealed class RawDialing(IPEndPoint address, TlsDialing? tls, long timeoutNs, OwnEnds ownEnds)
{
    private int _open;

    /// <summary>Open now.</summary>
    public int Open => Volatile.Read(ref _open);

    public long TimeoutNs => timeoutNs;

    /// <param name="loop">The caller's.</param>
    /// <param name="first">What the endpoint is told before all else.</param>
    /// <param name="leaving">Told the connection's near end, which is to be forgotten in the end.</param>
    public ValueTask<PoolDial> DialAsync(EventLoop loop, ReadOnlyMemory<byte> first, Action<IPEndPoint> leaving) =>
        PoolDial.ConnectAsync(loop, address, tls, timeoutNs, first, near =>
        {
            ownEnds.Add(near, address);
            leaving(near);
        });

    /// <summary>A connection of that near end is no more.</summary>
    public void Forget(IPEndPoint near) => ownEnds.Remove(near, address);

    public void Enter() => Interlocked.Increment(ref _open);

    public void Leave() => Interlocked.Decrement(ref _open);
}
