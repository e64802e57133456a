namespace Mesh.Tests.Routing.Destinations;

/// <summary>A clock that moves only when told; what is due fires then, in the thread that moves it.</summary>
internal sealed class StandingClock : TimeProvider
{
    private readonly List<Alarm> _alarms = [];
    private long _nowNs = 1000 * DestinationFixture.Second;

    public override long TimestampFrequency => DestinationFixture.Second;

    public override long GetTimestamp() => Volatile.Read(ref _nowNs);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp() / TimeSpan.NanosecondsPerTick);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, () => callback(state));
        alarm.Change(dueTime, period);
        lock (_alarms) _alarms.Add(alarm);
        return alarm;
    }

    public void Advance(TimeSpan by)
    {
        long end = _nowNs + Nanoseconds(by);
        while (true)
        {
            Alarm? next;
            lock (_alarms) next = _alarms.Where(alarm => alarm.DueNs <= end).MinBy(alarm => alarm.DueNs);
            if (next is null) break;
            Volatile.Write(ref _nowNs, Math.Max(_nowNs, next.DueNs));
            next.Fire();
        }

        Volatile.Write(ref _nowNs, end);
    }

    private static long Nanoseconds(TimeSpan span) => span.Ticks * TimeSpan.NanosecondsPerTick;

    private sealed class Alarm(StandingClock clock, Action ring) : ITimer
    {
        private TimeSpan _period;

        public long DueNs { get; private set; } = long.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            DueNs = dueTime < TimeSpan.Zero ? long.MaxValue : clock.GetTimestamp() + Nanoseconds(dueTime);
            _period = period;
            return true;
        }

        public void Fire()
        {
            DueNs = _period > TimeSpan.Zero ? clock.GetTimestamp() + Nanoseconds(_period) : long.MaxValue;
            ring();
        }

        public void Dispose() => DueNs = long.MaxValue;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
