using System.Collections.Concurrent;
using System.Net;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>
/// The connections that this node has dialled for clients whose bytes nobody reads, by both their ends. Whoever arrives as one of them is the node
/// itself, by rules that lead to its own port, or by a firewall that redirects the node's own connections to it; each would beget the next.
/// </summary>
/// <remarks>
/// Any thread. As many as such connections are open. Both ends, as the system gives one local port to several connections that go to different
/// places.
/// </remarks>
internal sealed class OwnEnds
{
    private readonly ConcurrentDictionary<(IPEndPoint Near, IPEndPoint Far), bool> _connections = new();

    /// <param name="near">As the system chose it.</param>
    /// <param name="far">As it was dialled.</param>
    public void Add(IPEndPoint near, IPEndPoint far) => _connections[(near, Reached(far))] = true;

    public void Remove(IPEndPoint near, IPEndPoint far) => _connections.TryRemove((near, Reached(far)), out _);

    /// <param name="peer">Of a connection that has come.</param>
    /// <param name="dialled">What the peer connected to, before any firewall.</param>
    public bool Has(IPEndPoint? peer, IPEndPoint? dialled) =>
        peer is not null && dialled is not null && !_connections.IsEmpty && _connections.ContainsKey((peer, dialled));

    /// <summary>Who dials the wildcard address reaches the loopback one.</summary>
    private static IPEndPoint Reached(IPEndPoint far) =>
        far.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, far.Port)
        : far.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.IPv6Loopback, far.Port)
        : far;
}
