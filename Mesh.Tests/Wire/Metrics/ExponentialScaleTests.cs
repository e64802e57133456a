using System.Numerics;
using Mesh.Wire;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Wire.Metrics;

public class ExponentialScaleTests
{
    /// <summary>floor(log2(x) * 16) = floor(log2(x^16)), which whole numbers answer without rounding.</summary>
    private static int ExactBucket(long value)
    {
        if (value <= 0) return ExponentialScale.UnderflowBucket;
        int index = (int)BigInteger.Pow(value, 16).GetBitLength() - 1;
        return Math.Clamp(index - ExponentialScale.FirstIndex + 1, ExponentialScale.UnderflowBucket, ExponentialScale.OverflowBucket);
    }

    [Fact]
    public void BucketIsFloorOfSixteenLog2_AroundEveryEdge()
    {
        for (int bucket = 1; bucket <= ExponentialScale.OverflowBucket; bucket++)
        {
            long edge = (long)ExponentialScale.LowerEdge(bucket);
            for (long value = edge - 2; value <= edge + 2; value++) Assert.Equal(ExactBucket(value), ExponentialScale.BucketOf(value));
        }
    }

    [Fact]
    public void BucketIsFloorOfSixteenLog2_ForEverySmallValue()
    {
        for (long value = -3; value < 5_000; value++) Assert.Equal(ExactBucket(value), ExponentialScale.BucketOf(value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20_26)]
    public void BucketIsFloorOfSixteenLog2_ForRandomValuesOfEveryMagnitude(ulong seed)
    {
        SplitMix64 random = new(seed);
        for (int i = 0; i < 50_000; i++)
        {
            long value = (long)(random.Next() >> (1 + random.Next(54)));

            Assert.True(ExactBucket(value) == ExponentialScale.BucketOf(value), $"{value} (seed {seed})");
        }
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(980)]
    public void ValuesBelowTheRulerUnderflow(long value) =>
        Assert.Equal(ExponentialScale.UnderflowBucket, ExponentialScale.BucketOf(value));

    [Theory]
    [InlineData(1_008_256_608_222)]
    [InlineData(long.MaxValue)]
    public void ValuesAboveTheRulerOverflow(long value) =>
        Assert.Equal(ExponentialScale.OverflowBucket, ExponentialScale.BucketOf(value));

    [Fact]
    public void AMicrosecondAndAThousandSecondsLieOnTheRuler()
    {
        Assert.Equal(1, ExponentialScale.BucketOf(1_000));
        Assert.Equal(ExponentialScale.OverflowBucket - 1, ExponentialScale.BucketOf(1_000_000_000_000));
    }

    [Fact]
    public void MiddleIsWithinTwoPointTwoPercentOfBothEdges()
    {
        for (int bucket = 1; bucket < ExponentialScale.OverflowBucket; bucket++)
        {
            double middle = ExponentialScale.Middle(bucket);

            Assert.InRange(middle / ExponentialScale.LowerEdge(bucket), 1, 1.022);
            Assert.InRange(middle / ExponentialScale.UpperEdge(bucket), 0.978, 1);
        }
    }
}
