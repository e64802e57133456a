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
        Assert.Equal(text, ViewAge.Text(s_now.AddSeconds(-seconds), isOfThisLife: true, s_now));

    [Fact]
    public void TellsTheTime_WhereOnlyTheDiskVouches() => Assert.Equal(
        "not confirmed since the start: as known at 2026-01-10T09:00:00.000Z, 3 h ago",
        ViewAge.Text(s_now.AddHours(-3), isOfThisLife: false, s_now));

    [Fact]
    public void SaysSo_WhereNobodyEverConfirmed() => Assert.Equal("never confirmed", ViewAge.Text(null, isOfThisLife: false, s_now));
}
