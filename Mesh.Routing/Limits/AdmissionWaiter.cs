using Mesh.Wire.Exchange;
using Mesh.Wire.Loops;

namespace Mesh.Routing.Limits;

/// <summary>
/// A request that waits for one of a destination's places. It can be set as the watcher of its client for as long: the wait ends when the
/// client goes away.
/// </summary>
/// <remarks>
/// Whoever takes it out of the queue, under the limit's lock, decides how the wait ends; all others come too late. The wait itself ends on the
/// waiter's loop, which hears of it by a posted call.
/// </remarks>
public sealed class AdmissionWaiter : LoopTimer, IGoneWatcher
{
    private readonly ConcurrencyLimit _limit;
    private readonly EventLoop _loop;
    private readonly LoopSource<Admission> _end = new();

    /// <summary>Neighbours in the queue, or in the list of those that were refused together.</summary>
    internal AdmissionWaiter? Older, Newer;
    private Admission _admission;

    internal AdmissionWaiter(ConcurrencyLimit limit, EventLoop loop, long deadlineNs, long nowNs)
    {
        _limit = limit;
        _loop = loop;
        LatestNs = deadlineNs;
        SinceNs = nowNs;
    }

    /// <summary>When its wait began, monotonic nanoseconds.</summary>
    internal long SinceNs { get; }

    /// <summary>When its wait ends at the latest, monotonic nanoseconds.</summary>
    internal long LatestNs { get; }

    /// <summary>In the queue; changed under the limit's lock.</summary>
    internal bool IsQueued { get; set; }

    /// <summary>
    /// Ends the wait now with <see cref="Admission.GivenUp"/>; nothing when it has ended, or a place is on its way. Only on its loop.
    /// </summary>
    public void GiveUp()
    {
        if (_limit.TryRemove(this, Admission.GivenUp)) End(Admission.GivenUp);
    }

    void IGoneWatcher.OnGone() => GiveUp();

    /// <summary>On its loop, once it is in the queue.</summary>
    internal ValueTask<Admission> WaitAsync()
    {
        Set(_loop, LatestNs);
        return _end.Arm();
    }

    /// <summary>From any thread, by whoever took it out of the queue: ends the wait, soon.</summary>
    internal void Tell(Admission admission)
    {
        _admission = admission;
        _loop.Post(static (self, _) => ((AdmissionWaiter)self!).End(((AdmissionWaiter)self)._admission), this);
    }

    protected override void OnDeadline()
    {
        if (_limit.TryRemove(this, Admission.TimedOut)) End(Admission.TimedOut);
    }

    private void End(Admission admission)
    {
        Remove(_loop);
        _end.Complete(admission);
    }
}
