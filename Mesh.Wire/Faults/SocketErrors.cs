using System.Net.Sockets;

namespace Mesh.Wire.Faults;

/// <summary>What errors of the system say, and of whom.</summary>
public static class SocketErrors
{
    /// <summary>This host had no descriptor, port or memory left: that says nothing of who was to be reached, and must not take it out.</summary>
    public static bool IsOurOwn(this SocketError error) =>
        error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.AddressNotAvailable;
}
