using System.Globalization;
using Mesh.Node.Config;
using Mesh.Node.Telemetry.AccessLogs;
using Xunit;

namespace Mesh.Tests.Node.Telemetry.AccessLogs;

public sealed class RollScheduleTests
{
    private static readonly TimeZoneInfo s_west = TimeZoneInfo.CreateCustomTimeZone("west", TimeSpan.FromHours(-7), "west", "west");

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(1206769996722L, 1206770400000L)]
    [InlineData(1206770400000L, 1206774000000L)]
    [InlineData(1206774000001L, 1206777600000L)]
    public void Hourly_IsTheNextFullHour(long now, long next)
    {
        DateTimeOffset? roll = RollSchedule.Next(
            new RollPolicy(RollPolicyKind.Hourly), DateTimeOffset.FromUnixTimeMilliseconds(now), TimeZoneInfo.Utc);

        Assert.Equal(next, roll!.Value.ToUnixTimeMilliseconds());
    }

    [Theory]
    [InlineData(1250354734000L, 1250406000000L)]
    [InlineData(1250404734000L, 1250406000000L)]
    [InlineData(1250406001000L, 1251010800000L)]
    [InlineData(1250486000000L, 1251010800000L)]
    [InlineData(1250496000000L, 1251010800000L)]
    public void Weekly_IsTheNextSuchMidnightOfTheZone(long now, long next)
    {
        DateTimeOffset? roll = RollSchedule.Next(
            new RollPolicy(RollPolicyKind.Weekly, DayOfWeek.Sunday), DateTimeOffset.FromUnixTimeMilliseconds(now), s_west);

        Assert.Equal(next, roll!.Value.ToUnixTimeMilliseconds());
    }

    [Theory]
    [InlineData("UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")]
    [InlineData("Europe/Berlin", "2026-03-28T23:30:00Z", "2026-03-29T22:00:00Z")]
    [InlineData("America/Havana", "2024-03-09T12:00:00Z", "2024-03-10T05:00:00Z")]
    public void Daily_IsTheNextDaysFirstMoment(string zone, string now, string next)
    {
        DateTimeOffset? roll = RollSchedule.Next(new RollPolicy(RollPolicyKind.Daily), Time(now), TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal(Time(next), roll);
    }

    [Fact]
    public void Hourly_CountsBothHoursWhenTheClockIsPutBack()
    {
        TimeZoneInfo berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

        DateTimeOffset? roll = RollSchedule.Next(new RollPolicy(RollPolicyKind.Hourly), Time("2026-10-25T00:30:00Z"), berlin);

        Assert.Equal(Time("2026-10-25T01:00:00Z"), roll);
    }

    [Fact]
    public void NeverAndSize_AreNotRolledByTime()
    {
        Assert.Null(RollSchedule.Next(RollPolicy.Never, DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc));
        Assert.Null(RollSchedule.Next(new RollPolicy(RollPolicyKind.Size, Bytes: 1), DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc));
    }

    [Theory]
    [InlineData(nameof(RollPolicyKind.Hourly), "20160106-14")]
    [InlineData(nameof(RollPolicyKind.Daily), "20160106")]
    [InlineData(nameof(RollPolicyKind.Weekly), "20160106")]
    [InlineData(nameof(RollPolicyKind.Size), "20160106-142126")]
    public void Suffix_IsTheTimeOfOpening(string kind, string suffix)
    {
        Assert.Equal(suffix, RollSchedule.Suffix(Enum.Parse<RollPolicyKind>(kind), Time("2016-01-06T21:21:26Z"), s_west));
    }
}
