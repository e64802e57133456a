using System.Net;
using System.Net.Sockets;

namespace Mesh.Node.Demo.Fleet;

/// <summary>The three ports of a node, fixed before it starts: others name them as seeds, and it takes them again after it was killed.</summary>
internal readonly record struct FleetPorts(int Router, int Admin, int Cluster)
{
    /// <summary>Each one preferred, or a free one where it is taken or 0.</summary>
    public static FleetPorts Near(int router, int admin, int cluster) => new(Sure(router), Sure(admin), Sure(cluster));

    private static int Sure(int preferred)
    {
        if (PreferredPort.OrAny(preferred) is var port and not 0) return port;
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
