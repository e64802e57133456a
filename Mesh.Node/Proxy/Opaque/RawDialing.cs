using System.Net;
using Mesh.Wire.Loops;
using Mesh.Wire.Pools;
using Mesh.Wire.Tls;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>How an endpoint is reached by connections of their own, and how many of those are open.</summary>
/// <param name="address">Where it listens.</param>
/// <param name="tls">How they are secured; null: not at all.</param>
/// <param name="timeoutNs">For a connection, TLS included.</param>
internal sealed class RawDialing(IPEndPoint address, TlsDialing? tls, long timeoutNs)
{
    private int _open;

    /// <summary>Open now.</summary>
    public int Open => Volatile.Read(ref _open);

    public long TimeoutNs => timeoutNs;

    /// <param name="loop">The caller's.</param>
    /// <param name="first">What the endpoint is told before all else.</param>
    public ValueTask<PoolDial> DialAsync(EventLoop loop, ReadOnlyMemory<byte> first) =>
        PoolDial.ConnectAsync(loop, address, tls, timeoutNs, first);

    public void Enter() => Interlocked.Increment(ref _open);

    public void Leave() => Interlocked.Decrement(ref _open);
}
