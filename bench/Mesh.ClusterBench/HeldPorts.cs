using System.Net;
using System.Net.Sockets;

namespace Mesh.ClusterBench;

/// <summary>
/// Ports of loopback that are a fleet's from its beginning to its end, also before its nodes listen and while they restart.
/// </summary>
/// <remarks>
/// Like a coat on a chair: each port has a socket that is bound to it and never listens. The kernel then gives it to nobody who asks for any port,
/// client or server, and lets who names it listen, for both sockets have SO_REUSEADDR (the framework's Bind sets it on Unix). Ports that were
/// only looked up and let go are others' by the time a node has started: it ends, and the others wait for it in vain.
/// </remarks>
internal sealed class HeldPorts : IDisposable
{
    private readonly Socket[] _held;

    /// <param name="count">Of ports.</param>
    public HeldPorts(int count)
    {
        _held = [.. Enumerable.Range(0, count).Select(static _ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        foreach (Socket each in _held) each.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Numbers = [.. _held.Select(static each => ((IPEndPoint)each.LocalEndPoint!).Port)];
    }

    /// <summary>As many as were asked for, all different.</summary>
    public int[] Numbers { get; }

    public void Dispose()
    {
        foreach (Socket each in _held) each.Dispose();
    }
}
