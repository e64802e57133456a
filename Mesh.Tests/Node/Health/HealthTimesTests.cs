using FsCheck;
using FsCheck.Fluent;
using Mesh.Node.Health;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Node.Health;

public sealed class HealthTimesTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    [Fact]
    public void Waits_StayWithinTheirBounds() => Prop.ForAll<ulong>(static seed =>
    {
        SplitMix64 random = new(seed);

        TimeSpan next = HealthTimes.Next(Interval, ref random);
        TimeSpan many = HealthTimes.First(Interval, areFew: false, ref random);
        TimeSpan few = HealthTimes.First(Interval, areFew: true, ref random);
        TimeSpan hasty = HealthTimes.First(TimeSpan.FromMilliseconds(100), areFew: true, ref random);
        return next >= Interval * 0.9 && next < Interval * 1.1
            && many >= TimeSpan.Zero && many < Interval
            && few >= TimeSpan.Zero && few < HealthTimes.Soon
            && hasty < TimeSpan.FromMilliseconds(100);
    }).QuickCheckThrowOnFailure();

    /// <summary>However many started together: in each tenth of the interval, a tenth of them.</summary>
    [Fact]
    public void Checks_DoNotBeatTogether()
    {
        const int endpoints = 10_000;
        SplitMix64 random = new(5);
        int[] tenths = new int[10];

        for (int i = 0; i < endpoints; i++) tenths[(int)(HealthTimes.Second(Interval, ref random) / Interval * 10)]++;

        Assert.All(tenths, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void Interval_HoldsOnAverage()
    {
        const int waits = 10_000;
        SplitMix64 random = new(6);
        TimeSpan sum = TimeSpan.Zero;

        for (int i = 0; i < waits; i++) sum += HealthTimes.Next(Interval, ref random);

        Assert.InRange(sum / waits / Interval, 0.995, 1.005);
    }
}
