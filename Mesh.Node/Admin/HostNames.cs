using System.Net;

namespace Mesh.Node.Admin;

/// <summary>
/// Which Host a request to a loopback address may name. A site whose name suddenly resolves to 127.0.0.1 would have a browser take this node for that
/// site (DNS rebinding); such a name has a dot and is not this machine's.
/// </summary>
internal static class HostNames
{
    /// <param name="host">Without a port; empty where none was sent, as browsers always do.</param>
    public static bool IsLocal(string host)
    {
        string name = host.TrimEnd('.');
        return !name.Contains('.', StringComparison.Ordinal)
            || IPAddress.TryParse(name, out _)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || name.Equals(Dns.GetHostName(), StringComparison.OrdinalIgnoreCase);
    }
}
