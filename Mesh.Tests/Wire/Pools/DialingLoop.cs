using System.Net;
using System.Net.Sockets;
using Mesh.Tests.Wire.Http1Connections;
using Mesh.Tests.Wire.Loops;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Tests.Wire.Pools;

/// <summary>A loop by hand whose connects wait until the test says what becomes of them.</summary>
internal sealed class DialingLoop(int index = 1) : ManualLoop(index)
{
    private readonly Queue<LoopSource<ConnectResult>> _dials = new();

    /// <summary>Connects that wait.</summary>
    public int Dials => _dials.Count;

    public override ValueTask<ConnectResult> ConnectAsync(IPEndPoint address, long timeoutNs, Action<IPEndPoint>? leaving = null)
    {
        LoopSource<ConnectResult> dial = new();
        _dials.Enqueue(dial);
        return dial.Arm();
    }

    /// <summary>The connect that waits longest succeeds.</summary>
    public FakeTransport Answer()
    {
        FakeTransport transport = new(this);
        _dials.Dequeue().Complete(new ConnectResult(transport, SocketError.Success));
        Settle();
        return transport;
    }

    /// <summary>The connect that waits longest fails.</summary>
    public void Refuse()
    {
        _dials.Dequeue().Complete(new ConnectResult(null, SocketError.ConnectionRefused));
        Settle();
    }
}
