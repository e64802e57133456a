using System.Globalization;
using Mesh.Actors.Control;
using Mesh.Actors.Events;

namespace Mesh.Actors.Clustering;

/// <summary>
/// Looks whether this process is ill in ways that its own control loop does not feel: a starved thread pool, which actors, disks and TLS handshakes
/// need, or a collector that takes much of the time in pauses too short to count alone. Then the failure detector is told to doubt itself.
/// </summary>
/// <remarks>
/// A canary: each second one call is put into the pool, never a second before the first is back; as long as it stays away a new session may wait.
/// On the control loop. Pure but for what it is given.
/// </remarks>
/// <param name="loop">Its time.</param>
/// <param name="pool">Runs a call on the thread pool.</param>
/// <param name="paused">How long the collector has stopped the process since its start.</param>
/// <param name="doubt">The detector's.</param>
/// <param name="log">Hears the first of several symptoms in a row.</param>
internal sealed class SelfWatch(ControlLoop loop, Action<Action> pool, Func<TimeSpan> paused, Action doubt, Action<LogEvent> log)
{
    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A pool that takes so long to begin a call is starved: it adds a thread or two a second by itself.</summary>
    public static readonly TimeSpan LatePool = TimeSpan.FromSeconds(1);

    /// <summary>Share of the time between two looks that the collector may take.</summary>
    public const double MaxPauseShare = 0.25;

    private ControlTimer? _timer;
    private TimeSpan _lookedAt;
    private TimeSpan _pausedThen;
    private TimeSpan? _sentAt;
    private bool _isIll;

    public void Start()
    {
        (_lookedAt, _pausedThen) = (loop.Now, paused());
        _timer = loop.After(Interval, Look);
    }

    public void Stop() => _timer?.Cancel();

    private void Look()
    {
        TimeSpan now = loop.Now, stopped = paused();
        double share = (stopped - _pausedThen) / (now - _lookedAt);
        (_lookedAt, _pausedThen) = (now, stopped);
        TimeSpan away = now - _sentAt ?? TimeSpan.Zero;
        if (share > MaxPauseShare) Doubt(Text($"the collector took {share:P0} of the last second"));
        else if (away >= LatePool) Doubt(Text($"the thread pool has begun nothing for {away.TotalSeconds:f1} s"));
        else _isIll = false;
        if (_sentAt is null)
        {
            _sentAt = now;
            pool(() => loop.Post(() => _sentAt = null));
        }

        _timer = loop.After(Interval, Look);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Doubt(string why)
    {
        doubt();
        if (!_isIll) log(new LogEvent(LogLevel.Warning, "cluster", $"this node doubts itself: {why}; it is slower to accuse others until that ends"));
        _isIll = true;
    }
}
