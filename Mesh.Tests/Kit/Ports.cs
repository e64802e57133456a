using System.Net;
using System.Net.Sockets;

namespace Mesh.Tests.Kit;

/// <summary>Free loopback ports for programs that cannot be asked to take port 0 and say which they got.</summary>
/// <remarks>The kernel hands ephemeral ports out in no short cycle, so that a port just given back is not soon given to another test.</remarks>
internal static class Ports
{
    /// <summary>A port that nobody listened on a moment ago. Prefer port 0 wherever the listener can report its port.</summary>
    public static int Free()
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    /// <summary>Several different free ports: all are held until the last is known.</summary>
    public static int[] Free(int count)
    {
        List<Socket> probes = [];
        try
        {
            while (probes.Count < count)
            {
                Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                probes.Add(probe);
                probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            }

            return [.. probes.Select(probe => ((IPEndPoint)probe.LocalEndPoint!).Port)];
        }
        finally
        {
            probes.ForEach(probe => probe.Dispose());
        }
    }
}
