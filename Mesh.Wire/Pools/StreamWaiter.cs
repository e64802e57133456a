using Mesh.Wire.Http2.Streams;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Pools;

/// <summary>A request that waits for a stream of its loop's connections to an address.</summary>
internal sealed class StreamWaiter(StreamShare share, EventLoop loop) : LoopTimer
{
    private readonly LoopSource<PoolResult> _turn = new();

    /// <summary>It was given something, or its time is over.</summary>
    public bool IsServed { get; private set; }

    public ValueTask<PoolResult> WaitAsync() => _turn.Arm();

    /// <summary>After this turn of the loop, so that whoever freed the stream finishes first.</summary>
    public void Give(Http2ClientStream stream) => End(new PoolResult(stream, PoolFailure.None, default), later: true);

    /// <summary>There will be no stream: something else, or why not.</summary>
    public void End(in PoolResult result) => End(result, later: true);

    protected internal override void OnDeadline()
    {
        share.GiveUp();
        End(new PoolResult(null, PoolFailure.WaitedTooLong, default), later: false);
    }

    private void End(in PoolResult result, bool later)
    {
        IsServed = true;
        Remove(loop);
        if (later) loop.Defer(static (self, given) => ((StreamWaiter)self!)._turn.Complete((PoolResult)given!), this, result);
        else _turn.Complete(result);
    }
}
