using System.Globalization;
using Mesh.Node.Config;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>When a log is rolled by time, and what its date is called in the name of the rolled file; times are those of the host's zone.</summary>
/// <remarks>Pure. Names and times are those of com.twitter.logging.FileHandler, on which Linkerd 1 logged.</remarks>
internal static class RollSchedule
{
    /// <summary>The first moment after <paramref name="now"/> at which the log is rolled; null when time does not matter.</summary>
    public static DateTimeOffset? Next(RollPolicy policy, DateTimeOffset now, TimeZoneInfo zone)
    {
        DateTime local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
        switch (policy.Kind)
        {
            case RollPolicyKind.Hourly:
                // From one full hour of the wall clock to the next, also where the clock is put back.
                return now - TimeSpan.FromTicks(local.Ticks % TimeSpan.TicksPerHour) + TimeSpan.FromHours(1);
            case RollPolicyKind.Daily:
                return Midnight(local.Date.AddDays(1), zone);
            case RollPolicyKind.Weekly:
                DateTime day = local.Date.AddDays(1);
                while (day.DayOfWeek != policy.Day) day = day.AddDays(1);
                return Midnight(day, zone);
            default:
                return null;
        }
    }

    /// <summary>The date in the name of a file that was opened then: <c>20160106-21</c>.</summary>
    public static string Suffix(RollPolicyKind kind, DateTimeOffset opened, TimeZoneInfo zone)
    {
        string format = kind switch
        {
            RollPolicyKind.Hourly => "yyyyMMdd-HH",
            RollPolicyKind.Daily or RollPolicyKind.Weekly => "yyyyMMdd",
            RollPolicyKind.Size => "yyyyMMdd-HHmmss",
            _ => "yyyy",
        };
        return TimeZoneInfo.ConvertTime(opened, zone).ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>The first moment of a day: some zones put the clock forward at midnight, and have no 00:00 then.</summary>
    private static DateTimeOffset Midnight(DateTime day, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(day)) day = day.AddMinutes(15);
        return new DateTimeOffset(day, zone.GetUtcOffset(day));
    }
}
