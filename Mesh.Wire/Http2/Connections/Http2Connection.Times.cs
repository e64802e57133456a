using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Loops;

namespace Mesh.Wire.Http2.Connections;

/// <summary>The half that waits: for the preface and whole header blocks, for use, for the peer's end. Streams watch their own bodies.</summary>
public abstract partial class Http2Connection
{
    private long _headDeadline = Never;
    private long _quietDeadline = Never;

    protected internal override void OnDeadline()
    {
        long now = EventLoop.NowNs;
        if (_lingers)
        {
            // What was queued was not taken: it must not look whole.
            if (Output.Buffer.IsEmpty) Close();
            else if (!TryLingerOn(now)) Abort();
        }
        else if (now >= _pauseDeadline)
        {
            OnPauseDeadline();
        }
        else if (now >= _headDeadline && _pauses)
        {
            // Its end may be here already, unread.
            WatchHead();
        }
        else if (now >= _headDeadline)
        {
            _headDeadline = Never;
            if (_sawSettings) Fail(Http2Error.ProtocolError);
            else Abort();
        }
        else if (now >= _quietDeadline)
        {
            _quietDeadline = Never;
            OnQuiet();
            if (!IsClosed) Rearm();
        }
        else
        {
            Rearm();
        }
    }

    /// <summary>The time that <see cref="Quiet"/> set is over.</summary>
    private protected abstract void OnQuiet();

    /// <summary><see cref="OnQuiet"/> is due then; <see cref="LoopTimer.Never"/> ends the wait.</summary>
    private protected void Quiet(long deadlineNs)
    {
        _quietDeadline = deadlineNs;
        Rearm();
    }

    private void WatchHead()
    {
        _headDeadline = In(Options.HeadTimeoutNs);
        Rearm();
    }

    private void EndWatchHead()
    {
        _headDeadline = Never;
        Rearm();
    }

    /// <summary>
    /// A connection that is over has left the wheel, and its flows, which end after it, must not bring it back: it would be kept for minutes.
    /// </summary>
    private void Rearm()
    {
        if (!IsClosed) Set(Loop, Math.Min(Math.Min(_headDeadline, _quietDeadline), _pauseDeadline));
    }
}
