using Mesh.Wire.Exchange;

namespace Mesh.Wire.Loops;

/// <summary>A pause on a loop that ends early when the client goes away. One object, used again and again; one waiter at a time.</summary>
public sealed class LoopDelay(EventLoop loop) : LoopTimer, IGoneWatcher
{
    private readonly LoopSource<bool> _end = new();

    /// <summary>Waits at least that long. False when it ended early.</summary>
    /// <param name="durationNs">Nanoseconds; the wheel's resolution applies.</param>
    public ValueTask<bool> WaitAsync(long durationNs)
    {
        Set(loop, In(durationNs));
        return _end.Arm();
    }

    public void OnGone() => End(false);

    protected internal override void OnDeadline() => End(true);

    private void End(bool inTime)
    {
        Remove(loop);
        _end.Complete(inTime);
    }
}
