using System.Net;
using System.Net.Sockets;

namespace Mesh.Discovery.Dns;

/// <summary>The operating system's resolver (hosts file, search domains, DNS).</summary>
/// <remarks>
/// A name with IPv4 and IPv6 addresses gives its IPv4 ones: one dual-stack host must not count as two end points, one of which often
/// refuses (<c>localhost</c>). On Linux a query blocks a pool thread: <see cref="HostTable"/> bounds how many. It tells no time to live.
/// </remarks>
public sealed class SystemDnsResolver : IDnsResolver
{
    public async Task<HostState> ResolveAsync(string host, CancellationToken cancellation)
    {
        try
        {
            // Task.Run: even the "asynchronous" call may resolve on its caller for numeric or local names.
            IPAddress[] all = await Task.Run(() => System.Net.Dns.GetHostAddressesAsync(host, cancellation), cancellation).ConfigureAwait(false);
            return StateOf(all);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return HostState.NotFound.Instance;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return new HostState.Failed($"DNS query for {host} failed: {e.Message}");
        }
    }

    internal static HostState StateOf(IEnumerable<IPAddress> all)
    {
        IPAddress[] distinct = [.. all.Distinct()];
        bool hasIPv4 = distinct.Any(address => address.AddressFamily == AddressFamily.InterNetwork);
        IEnumerable<IPAddress> chosen = distinct.Where(address => !hasIPv4 || address.AddressFamily == AddressFamily.InterNetwork);
        // Sorted: resolvers rotate their answers, and a rotation is no change.
        var sorted = new HostState.Known([.. chosen.OrderBy(address => address.ToString(), StringComparer.Ordinal)]);
        return sorted.Addresses.IsEmpty ? HostState.NotFound.Instance : sorted;
    }
}
