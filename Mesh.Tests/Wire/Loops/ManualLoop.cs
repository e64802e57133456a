using System.Net;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Tests.Wire.Loops;

/// <summary>A loop that never starts: its wheel is turned by hand, in virtual time.</summary>
/// <remarks>A bug of a callback fails the test at once.</remarks>
internal class ManualLoop(int index = 1) : EventLoop(index, 42, static bug => throw new InvalidOperationException("a callback threw", bug))
{
    /// <summary>Runs what was posted and deferred, until nothing is.</summary>
    public void Settle()
    {
        for (int turn = 0; turn < Turns; turn++)
        {
            RunPosted();
            RunDeferred();
        }
    }

    /// <summary>Lets so much time pass for timers that have a deadline by then.</summary>
    public void Pass(TimeSpan time)
    {
        Wheel.Advance(NowNs + time.Ticks * 100);
        Settle();
    }

    private const int Turns = 8;

    public override Listener Listen(IPEndPoint address, ListenerOptions options, Action<AcceptedSocket> accept) => throw new NotSupportedException();

    public override Transport Adopt(AcceptedSocket socket) => throw new NotSupportedException();

    public override ValueTask<ConnectResult> ConnectAsync(IPEndPoint address, long timeoutNs, Action<IPEndPoint>? leaving = null) =>
        throw new NotSupportedException();

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
