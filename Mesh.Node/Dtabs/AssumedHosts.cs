using System.Net;
using Mesh.Discovery.Dns;

namespace Mesh.Node.Dtabs;

/// <summary>Every host is there: DNS is never asked. What is no literal and not this machine gets one address that nobody has.</summary>
internal sealed class AssumedHosts : IDnsResolver
{
    /// <summary>From TEST-NET-1 (RFC 5737).</summary>
    public static IPAddress Unasked { get; } = new([192, 0, 2, 1]);

    public static IPAddress Of(string host) =>
        HostName.TryParseLiteral(host, out IPAddress? literal) ? literal
        : host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
        : Unasked;

    public Task<HostState> ResolveAsync(string host, CancellationToken cancellation) =>
        Task.FromResult<HostState>(new HostState.Known([Of(host)]));
}
