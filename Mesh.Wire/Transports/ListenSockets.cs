using System.Net;
using System.Net.Sockets;

namespace Mesh.Wire.Transports;

/// <summary>Opens listening sockets alike for both kinds of loop.</summary>
internal static class ListenSockets
{
    /// <exception cref="SocketException">The address is in use, not of this host, or not permitted.</exception>
    public static Socket Open(IPEndPoint address, ListenerOptions options)
    {
        Socket socket = Bind(address, options);
        try
        {
            socket.Listen(options.Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A socket that has the address and does not listen yet.</summary>
    /// <exception cref="SocketException">The address is in use, not of this host, or not permitted.</exception>
    public static Socket Bind(IPEndPoint address, ListenerOptions options)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            // [::] serves IPv4 as well, like every other proxy's default; a specific IPv6 address does not.
            if (address.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = address.Address.Equals(IPAddress.IPv6Any);
            // The framework's Bind sets SO_REUSEADDR by itself on Unix, so that TIME_WAIT does not hinder a restart. Its option ReuseAddress would
            // set SO_REUSEPORT as well: a second node would share the port and take half of the connections instead of failing.
            if (options.ReusePort && OperatingSystem.IsLinux()) SetReusePort(socket);
            // Linux hands TCP_NODELAY of a listener on to what it accepts (tcp(7)): one system call for all connections.
            socket.NoDelay = options.NoDelay;
            socket.Bind(address);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void SetReusePort(Socket socket)
    {
        const int SolSocket = 1;
        const int SoReusePort = 15;
        ReadOnlySpan<byte> one = [1, 0, 0, 0];
        socket.SetRawSocketOption(SolSocket, SoReusePort, one);
    }
}
