using System.Globalization;
using System.Text;

namespace Mesh.Node.Telemetry.AccessLogs;

/// <summary>A second as the lines of it tell it: <c>06/01/2016:21:21:26 GMT</c>, the host's time with the short name of its zone.</summary>
/// <param name="Second">Since 0001-01-01, UTC.</param>
/// <param name="Text">In ASCII.</param>
internal sealed record LogStamp(long Second, byte[] Text)
{
    private const int LongestShortName = 5;

    public static long SecondOf(DateTimeOffset time) => time.UtcTicks / TimeSpan.TicksPerSecond;

    public static LogStamp Of(DateTimeOffset time, TimeZoneInfo zone)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(time, zone);
        string text = local.ToString("dd'/'MM'/'yyyy':'HH':'mm':'ss ", CultureInfo.InvariantCulture) + ShortName(local, zone);
        return new LogStamp(SecondOf(time), Encoding.ASCII.GetBytes(text));
    }

    /// <summary>As Java's <c>z</c>: <c>CET</c>; <c>GMT+05:30</c> for a zone that has no short name.</summary>
    private static string ShortName(DateTimeOffset local, TimeZoneInfo zone)
    {
        string name = zone.IsDaylightSavingTime(local) ? zone.DaylightName : zone.StandardName;
        if (name.Length <= LongestShortName && name.All(char.IsAsciiLetter)) return name;
        char sign = local.Offset < TimeSpan.Zero ? '-' : '+';
        return zone.HasSameRules(TimeZoneInfo.Utc) ? "UTC" : string.Create(CultureInfo.InvariantCulture, $"GMT{sign}{local.Offset:hh\\:mm}");
    }
}
