using Mesh.Actors.Control;

namespace Mesh.Tests.Simulation.World;

/// <summary>The clock of one process for code that takes a <see cref="TimeProvider"/>; its timers are timers of the process's loop.</summary>
internal sealed class SimTimeProvider(SimControlLoop loop) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => loop.Now.Ticks;

    public override DateTimeOffset GetUtcNow() => loop.UtcNow;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LoopTimer(loop, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class LoopTimer(SimControlLoop loop, TimerCallback callback, object? state) : ITimer
    {
        private ControlTimer? _timer;
        private TimeSpan _period;
        private bool _disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _timer?.Cancel();
            _timer = null;
            if (_disposed) return false;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan) _timer = loop.After(dueTime, Fire);
            return true;
        }

        public void Dispose()
        {
            _disposed = true;
            _timer?.Cancel();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            _timer = _period > TimeSpan.Zero ? loop.After(_period, Fire) : null;
            callback(state);
        }
    }
}
