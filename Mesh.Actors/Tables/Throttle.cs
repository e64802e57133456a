using Mesh.Actors.Control;

namespace Mesh.Actors.Tables;

/// <summary>Calls at once when it was quiet, after the turn that asked is over, and at most once an interval when it is not.</summary>
internal sealed class Throttle(ControlLoop loop, TimeSpan interval, Action work)
{
    private TimeSpan _last = TimeSpan.MinValue;
    private ControlTimer? _timer;

    /// <summary>Sees to it that the work is done once more.</summary>
    public void Ask()
    {
        if (_timer is not null) return;
        TimeSpan wait = _last == TimeSpan.MinValue ? TimeSpan.Zero : _last + interval - loop.Now;
        _timer = loop.After(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Run);
    }

    public void Cancel()
    {
        _timer?.Cancel();
        _timer = null;
    }

    private void Run()
    {
        _timer = null;
        _last = loop.Now;
        work();
    }
}
