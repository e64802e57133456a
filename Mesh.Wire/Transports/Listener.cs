using System.Net;

namespace Mesh.Wire.Transports;

/// <summary>A listening socket of a loop.</summary>
public abstract class Listener
{
    /// <summary>The address that is bound; the port is the real one when 0 was asked for.</summary>
    public abstract IPEndPoint BoundEndPoint { get; }

    /// <summary>Times that accepting paused because no file descriptor was left beside the reserve (EMFILE, ENFILE).</summary>
    public long Exhaustions { get; protected set; }

    /// <summary>Whether an address could be listened on now; it is bound for a moment, and nobody who connects notices.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">Somebody listens there, it is not of this host, or not permitted.</exception>
    public static void Check(IPEndPoint address, ListenerOptions options) => ListenSockets.Bind(address, options).Dispose();

    /// <summary>Stops accepting and closes the socket; accepted connections live on. From any thread.</summary>
    public abstract void Close();
}

/// <summary>How a socket listens.</summary>
/// <param name="Backlog">Connections that the kernel keeps until accepted; the kernel caps it (net.core.somaxconn).</param>
/// <param name="NoDelay">TCP_NODELAY on accepted connections.</param>
/// <param name="KeepAlive">SO_KEEPALIVE on accepted connections, so that dead peers are found without traffic.</param>
/// <param name="ReusePort">SO_REUSEPORT: several processes share the port.</param>
public sealed record ListenerOptions(int Backlog = 1024, bool NoDelay = true, bool KeepAlive = true, bool ReusePort = false);

/// <summary>A connection just accepted, not yet of any loop: a file descriptor (epoll) or a socket.</summary>
public readonly record struct AcceptedSocket(int Descriptor, System.Net.Sockets.Socket? Socket);

/// <summary>The end of a connect: a transport, or why there is none.</summary>
public readonly record struct ConnectResult(Transport? Transport, System.Net.Sockets.SocketError Error);
