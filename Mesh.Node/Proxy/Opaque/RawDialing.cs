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

    public ValueTask<PoolDial> DialAsync(EventLoop loop) => PoolDial.ConnectAsync(loop, address, tls, timeoutNs);

    public void Enter() => Interlocked.Increment(ref _open);

    public void Leave() => Interlocked.Decrement(ref _open);
}
