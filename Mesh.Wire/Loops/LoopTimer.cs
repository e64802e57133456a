namespace Mesh.Wire.Loops;

/// <summary>
/// A deadline that its owner moves far more often than it passes: one field is stored per move, and the wheel looks again only when the
/// earliest deadline that it was told of is due. So a keep-alive connection pays nothing per request for its timeouts.
/// </summary>
/// <remarks>Hot path. Owned by one object on one loop; resolution is <see cref="TimerWheel.TickNs"/>, never early.</remarks>
public abstract class LoopTimer
{
    /// <summary>The deadline that never comes.</summary>
    public const long Never = long.MaxValue;

    internal LoopTimer? Next;
    internal LoopTimer? Previous;

    /// <summary>The wheel's slot, or -1 when the wheel does not hold this timer.</summary>
    internal int Slot = -1;

    /// <summary>When the wheel will look, monotonic nanoseconds; at or before <see cref="Deadline"/> while armed.</summary>
    internal long LooksAt;

    /// <summary>When <see cref="OnDeadline"/> is due, monotonic nanoseconds, or <see cref="Never"/>.</summary>
    public long Deadline { get; private set; } = Never;

    /// <summary>The deadline that lies so many nanoseconds ahead; <see cref="Never"/> stays it.</summary>
    public static long In(long durationNs)
    {
        long now = EventLoop.NowNs;
        return durationNs >= Never - now ? Never : now + durationNs;
    }

    /// <summary>Moves the deadline; <see cref="Never"/> cancels.</summary>
    public void Set(EventLoop loop, long deadlineNs)
    {
        Deadline = deadlineNs;
        if (deadlineNs == Never || (Slot >= 0 && LooksAt <= deadlineNs)) return;
        loop.Wheel.Insert(this, deadlineNs);
    }

    public void Cancel() => Deadline = Never;

    /// <summary>Leaves the wheel at once, so that the wheel keeps no reference to a closed owner.</summary>
    public void Remove(EventLoop loop)
    {
        Deadline = Never;
        loop.Wheel.Remove(this);
    }

    /// <summary>The deadline has passed; it was set to <see cref="Never"/> before the call. Runs on the loop.</summary>
    protected internal abstract void OnDeadline();

    internal void Fire()
    {
        Deadline = Never;
        OnDeadline();
    }
}
