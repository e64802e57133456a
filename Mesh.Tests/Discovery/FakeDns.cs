using System.Collections.Concurrent;
using System.Net;
using Mesh.Discovery.Dns;

namespace Mesh.Tests.Discovery;

/// <summary>DNS as a table; a host that is not in it does not exist.</summary>
internal sealed class FakeDns : IDnsResolver
{
    public ConcurrentDictionary<string, HostState> Hosts { get; } = new();

    public ConcurrentQueue<string> Asked { get; } = new();

    public Task<HostState> ResolveAsync(string host, CancellationToken cancellation)
    {
        Asked.Enqueue(host);
        return Task.FromResult(Hosts.GetValueOrDefault(host, HostState.NotFound.Instance));
    }

    public static HostState At(params string[] addresses) => new HostState.Known([.. addresses.Select(IPAddress.Parse)]);
}
