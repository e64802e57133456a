using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Pools;

/// <summary>
/// The half that takes turns where there are fewer places than loops. A loop with requests and no connection stands in the pool's queue, and asks the
/// one with most; that one lets the exchanges of a connection end, begins none meanwhile, and closes it, so that its place goes on. It is then
/// the last in the queue itself, if it has requests.
/// </summary>
/// <remarks>
/// What does not end within a moment (a stream, a long response) keeps its connection: then the limit is too small for these loops, and who waits
/// is told so when its time is over. Nobody's exchange is broken off for another's.
/// </remarks>
internal sealed partial class StreamShare
{
    /// <summary>How long a loop has a connection before it makes room for another loop.</summary>
    private const long TurnNs = 50_000_000;

    /// <summary>The same where exchanges did not end in time.</summary>
    private const long LongestTurnNs = 10_000_000_000;

    /// <summary>How long exchanges may take to end before their connection is used on.</summary>
    private const long YieldNs = 150_000_000;

    private Claim? _claim;
    private YieldTimer? _timer;
    private Http2ClientConnection? _yielding;
    private long _turnNs = TurnNs;

    /// <summary>From any loop: somebody without a connection waits for a place.</summary>
    internal void YieldLater() => loop.Post(static (self, _) => ((StreamShare)self!).Yield(), this);

    private void Queue()
    {
        if (_claim is not null) return;
        Claim claim = new(this);
        if (pool.Places.TryTakeOrQueue(claim))
        {
            OpenOne();
            return;
        }

        _claim = claim;
        pool.AskForPlace(loop);
    }

    /// <summary>Nobody waits here any more.</summary>
    private void LeaveQueue()
    {
        if (_claim is { } claim) pool.Places.TryLeave(claim);
        _claim = null;
    }

    private void TakePlace(Claim claim)
    {
        if (_claim == claim) _claim = null;
        if (_waiting > 0) OpenOne();
        else pool.GiveBackPlace();
    }

    private void Yield()
    {
        if (!pool.Places.HasQueue || _yielding is not null || _open.Count == 0 || CloseOneIdle()) return;
        _timer ??= new YieldTimer(this);
        _timer.Set(loop, _open[0].BegunNs + _turnNs);
    }

    /// <summary>A turn is over, or the time in which exchanges should have ended.</summary>
    private void OnTimer()
    {
        if (_yielding is null)
        {
            if (!pool.Places.HasQueue || _open.Count == 0) return;
            _yielding = _open[0];
            _timer!.Set(loop, LoopTimer.In(YieldNs));
            return;
        }

        // They did not: it serves on, and is asked more rarely, or those that do end would be held up for nothing.
        EndYield();
        _turnNs = Math.Min(_turnNs * 2, LongestTurnNs);
        if (pool.Places.HasQueue) _timer!.Set(loop, LoopTimer.In(_turnNs));
        if (_waiting > 0) Serve();
    }

    private void EndYield()
    {
        _yielding = null;
        _timer?.Remove(loop);
    }

    /// <summary>A loop's turn in the queue.</summary>
    private sealed class Claim(StreamShare share) : IPlaceWaiter
    {
        public EventLoop Loop => share.Loop;

        public bool IsServed { get; set; }

        public void GivePlace() => Loop.Post(static (self, of) => ((StreamShare)of!).TakePlace((Claim)self!), this, share);
    }

    private sealed class YieldTimer(StreamShare share) : LoopTimer
    {
        protected internal override void OnDeadline() => share.OnTimer();
    }
}
