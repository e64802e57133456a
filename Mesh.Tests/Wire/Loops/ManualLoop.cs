using System.Net;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Tests.Wire.Loops;

/// <summary>A loop that never starts: its wheel is turned by hand, in virtual time.</summary>
internal sealed class ManualLoop() : EventLoop(1, 42, static _ => { })
{
    public override Listener Listen(IPEndPoint address, ListenerOptions options, Action<AcceptedSocket> accept) => throw new NotSupportedException();

    public override Transport Adopt(AcceptedSocket socket) => throw new NotSupportedException();

    public override ValueTask<ConnectResult> ConnectAsync(IPEndPoint address, long timeoutNs) => throw new NotSupportedException();

    protected override void Wake()
    {
    }

    protected override void WaitAndDispatch(long timeoutNs) => throw new NotSupportedException();
}

/// <summary>A timer that calls.</summary>
internal sealed class CallingTimer(Action<CallingTimer> call) : LoopTimer
{
    protected internal override void OnDeadline() => call(this);
}
