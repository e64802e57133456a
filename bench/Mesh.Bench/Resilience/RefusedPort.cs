using System.Net;
using System.Net.Sockets;

namespace Mesh.Bench.Resilience;

/// <summary>A port that refuses connections for as long as this lives: bound, so that nobody else gets it, and not listening.</summary>
internal sealed class RefusedPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RefusedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public void Dispose() => _socket.Dispose();
}
