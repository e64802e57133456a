using System.Net;
using System.Net.Sockets;

namespace Mesh.Node.Demo;

/// <summary>A port that one would like to have, and 0, "any free one", when it is taken.</summary>
internal static class PreferredPort
{
    /// <remarks>Whoever takes the port between this look and the listening makes the start fail with a message that names it.</remarks>
    public static int OrAny(int port)
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            probe.Listen(1);
            return port;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
