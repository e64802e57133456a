using System.Net;
using Mesh.Wire.Loops;
using Mesh.Wire.Transports;

namespace Mesh.Fuzz.World;

/// <summary>A loop that never starts: the case turns it, and its wheel.</summary>
internal sealed class FuzzLoop(List<string> faults) : EventLoop(1, 42, bug => faults.Add($"crash: a callback threw {bug}"))
{
    /// <summary>Deferrals that follow from deferrals; no chain of the product's is as long.</summary>
    private const int Turns = 12;

    private long _aheadNs;

    /// <summary>Runs what was posted and deferred, until nothing is.</summary>
    public void Settle()
    {
        for (int turn = 0; turn < Turns; turn++)
        {
            RunPosted();
            RunDeferred();
        }
    }

    /// <summary>Every timer whose deadline is within the time is due now.</summary>
    public void Pass(TimeSpan time)
    {
        _aheadNs += time.Ticks * 100;
        Wheel.Advance(NowNs + _aheadNs);
        Settle();
    }

    public override Listener Listen(IPEndPoint address, ListenerOptions options, Action<AcceptedSocket> accept) => throw new NotSupportedException();

    public override Transport Adopt(AcceptedSocket socket) => throw new NotSupportedException();

    public override ValueTask<ConnectResult> ConnectAsync(IPEndPoint address, long timeoutNs, Action<IPEndPoint>? leaving = null) =>
        throw new NotSupportedException();

    protected override void Wake()
    {
    }

    protected override void WaitAndDispatch(long timeoutNs) => throw new NotSupportedException();
}
