using Mesh.Actors.Tables;
using Mesh.Node.Admin;
using Xunit;

namespace Mesh.Tests.Node.Admin;

public sealed class ViewAgeTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(3, "confirmed 3 s ago")]
    [InlineData(-5, "confirmed 0 s ago")]
    [InlineData(600, "confirmed 10 min ago")]
    [InlineData(10_800, "confirmed 3 h ago")]
    [InlineData(864_000, "confirmed 10 days ago")]
    public void TellsTheAgeInTheUnitThatFits(int seconds, string text) =>
        Assert.Equal(text, ViewAge.Text(Confirmed(s_now.AddSeconds(-seconds)), s_now));

    [Fact]
    public void TellsTheTime_WhereOnlyTheDiskVouches() => Assert.Equal(
        "not confirmed since the start: as known at 2026-01-10T09:00:00.000Z, 3 h ago",
        ViewAge.Text(Remembered(isOfThisProcess: false), s_now));

    [Fact]
    public void TellsThatTheMembershipBeganAnew_WhereThisProcessWasConfirmedBefore() => Assert.Equal(
        "not confirmed since its membership ended and began anew: as known at 2026-01-10T09:00:00.000Z, 3 h ago",
        ViewAge.Text(Remembered(isOfThisProcess: true), s_now));

    [Fact]
    public void SaysSo_WhereNobodyEverConfirmed() => Assert.Equal("never confirmed", ViewAge.Text(new TableFreshness(), s_now));

    private static TableFreshness Confirmed(DateTimeOffset at)
    {
        TableFreshness freshness = new();
        freshness.Confirm(at, isOfAll: true);
        return freshness;
    }

    private static TableFreshness Remembered(bool isOfThisProcess)
    {
        TableFreshness freshness = new();
        freshness.Remember(s_now.AddHours(-3), isOfThisProcess);
        return freshness;
    }
}
