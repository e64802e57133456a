namespace Mesh.Routing.Destinations;

/// <summary>The clock of leases and rests: a TimeProvider's timestamp, in nanoseconds.</summary>
public static class MonotonicTime
{
    /// <summary>Nanoseconds since an origin that is the provider's; never runs backwards, says nothing of the date.</summary>
    public static long Nanoseconds(this TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        long timestamp = clock.GetTimestamp();
        return clock.TimestampFrequency == 1_000_000_000
            ? timestamp
            : clock.GetElapsedTime(0, timestamp).Ticks * TimeSpan.NanosecondsPerTick;
    }

    /// <summary>A length of time; below 0 counts as 0.</summary>
    internal static TimeSpan Span(long nanoseconds) => TimeSpan.FromTicks(Math.Max(0, nanoseconds) / TimeSpan.NanosecondsPerTick);
}
