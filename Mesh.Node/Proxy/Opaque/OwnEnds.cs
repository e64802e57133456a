using System.Collections.Concurrent;
using System.Net;

namespace Mesh.Node.Proxy.Opaque;

/// <summary>
/// The near ends of connections that this node has dialled for clients whose bytes nobody reads. Whoever arrives from one of them is the node itself,
/// by rules that lead to its own port, or by a firewall that redirects the node's own connections to it; each would beget the next.
/// </summary>
/// <remarks>Any thread. As many as such connections are open.</remarks>
internal sealed class OwnEnds
{
    private readonly ConcurrentDictionary<IPEndPoint, bool> _ends = new();

    public void Add(IPEndPoint end) => _ends[end] = true;

    public void Remove(IPEndPoint end) => _ends.TryRemove(end, out _);

    public bool Has(IPEndPoint? end) => end is not null && !_ends.IsEmpty && _ends.ContainsKey(end);
}
