using FsCheck;
using FsCheck.Fluent;
using Mesh.Wire;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Wire.Metrics;

public class HistogramTests
{
    private static readonly double[] s_quantiles = [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1];

    /// <summary>Values spread evenly over the magnitudes of the ruler, as latencies are.</summary>
    private static Arbitrary<long[]> Latencies() =>
        Gen.Choose(0, int.MaxValue)
            .Select(n => (long)Math.Pow(2, 10 + (29.5 * n / int.MaxValue)))
            .NonEmptyListOf()
            .Select(values => values.ToArray())
            .ToArbitrary();

    private static Histogram New(int stripes = 3) => new(stripes, HistogramUnit.Seconds);

    private static HistogramSnapshot Of(params long[] values)
    {
        Histogram histogram = New();
        for (int i = 0; i < values.Length; i++) histogram.Record(i % 3, values[i]);
        return histogram.Snapshot();
    }

    [Fact]
    public void QuantilesAreWithinTwoPointTwoPercentOfTheSortedValues()
    {
        Prop.ForAll(Latencies(), values =>
        {
            HistogramSnapshot snapshot = Of(values);
            long[] sorted = [.. values.Order()];

            return s_quantiles.All(q =>
            {
                double exact = sorted[Math.Max(0, (int)Math.Ceiling(q * sorted.Length) - 1)];
                return Math.Abs(snapshot.Quantile(q) - exact) <= 0.022 * exact;
            });
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void MergeIsTheHistogramOfBothValueSets()
    {
        Prop.ForAll(Latencies(), Latencies(), (left, right) =>
        {
            HistogramSnapshot merged = Of(left).Merge(Of(right));
            HistogramSnapshot together = Of([.. left, .. right]);

            return Same(merged, together);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void SubtractUndoesMerge()
    {
        Prop.ForAll(Latencies(), Latencies(), (left, right) => Same(Of(left).Merge(Of(right)).Subtract(Of(right)), Of(left)))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void SubtractingALargerHistogramMeansThatTheSeriesBeganAnew()
    {
        HistogramSnapshot before = Of(5_000, 5_000, 5_000);
        HistogramSnapshot after = Of(5_000, 7_000);

        Assert.True(Same(after, after.Subtract(before)));
    }

    [Fact]
    public void AnEmptyHistogramAnswersZero()
    {
        Assert.Equal(0, HistogramSnapshot.Empty.Count);
        Assert.Equal(0, HistogramSnapshot.Empty.Quantile(0.5));
        Assert.Equal(0, HistogramSnapshot.Empty.Mean);
        Assert.Equal(0, New().Snapshot().Maximum);
    }

    [Fact]
    public void ValuesOffTheRulerAreCountedAtItsEnds()
    {
        HistogramSnapshot snapshot = Of(-5, 0, 12, long.MaxValue);

        Assert.Equal(4, snapshot.Count);
        Assert.Equal(12 + (double)long.MaxValue, snapshot.Sum);
        Assert.InRange(snapshot.Minimum, 0, 980);
        Assert.InRange(snapshot.Maximum, 1.0e12, 1.01e12);
    }

    [Fact]
    public void CountUpToIsCumulativeAndEndsAtTheCount()
    {
        HistogramSnapshot snapshot = Of(2_000, 2_000, 900_000, 3_000_000_000);
        long[] counts = new long[4];

        snapshot.CountUpTo([1_024, 1 << 20, 1e9, 1e13], counts);

        Assert.Equal([0, 3, 3, 4], counts);
    }

    [Theory]
    [InlineData(HistogramUnit.Bytes)]
    [InlineData(HistogramUnit.Count)]
    public void WholeNumbersAreToldApartFromOneOn(HistogramUnit unit)
    {
        for (long value = 0; value <= 22; value++)
        {
            Histogram histogram = new(3, unit);
            histogram.Record(1, value);

            Assert.Equal(value, histogram.Snapshot().Quantile(0.5));
            Assert.Equal(value, histogram.Snapshot().Sum);
        }
    }

    [Fact]
    public void BytesReachFromOneToAGigabyte()
    {
        Histogram histogram = new(3, HistogramUnit.Bytes);
        foreach (long value in (long[])[-1, 0, 300, 5_000_000, long.MaxValue]) histogram.Record(1, value);
        HistogramSnapshot snapshot = histogram.Snapshot();
        long[] counts = new long[3];

        snapshot.CountUpTo([256, 1 << 10, 1 << 23], counts);

        Assert.Equal([2, 3, 4], counts);
        Assert.Equal(5, histogram.Count);
        Assert.InRange(snapshot.Quantile(0.6), 300 * 0.978, 300 * 1.022);
        Assert.InRange(snapshot.Maximum, 980e6, 990e6);
        Assert.Equal(snapshot.Quantile(0.6), HistogramSnapshot.Empty.Merge(snapshot).Quantile(0.6));
        Assert.Equal(snapshot.Quantile(0.6), snapshot.Subtract(HistogramSnapshot.Empty).Quantile(0.6));
    }

    [Fact]
    public void AHistogramAndItsSnapshotCountAlike()
    {
        Histogram histogram = New();
        for (int i = 0; i < 100; i++) histogram.Record(i % 3, 1_000L << (i % 32));
        double[] bounds = [1_024, 1e6, 2.5e8];
        long[] ofHistogram = new long[3], ofSnapshot = new long[3];

        (long count, double sum) = histogram.CountUpTo(bounds, ofHistogram);
        histogram.Snapshot().CountUpTo(bounds, ofSnapshot);

        Assert.Equal(ofSnapshot, ofHistogram);
        Assert.Equal((histogram.Snapshot().Count, histogram.Snapshot().Sum), (count, sum));
    }

    [Fact]
    public async Task TheSharedStripeLosesNothingBetweenThreads()
    {
        Histogram histogram = New();

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 20_000; i++) histogram.Record(0, 2_000);
        }))).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(80_000, histogram.Snapshot().Count);
        Assert.Equal(160_000_000.0, histogram.Snapshot().Sum);
    }

    [Fact]
    public void RecordAllocatesNothingAfterTheFirstOfItsRange()
    {
        Histogram histogram = New();
        SplitMix64 random = new(7);
        for (int i = 0; i < 3 * 42; i++) histogram.Record(i % 3, 1L << (i / 3));
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 10_000; i++) histogram.Record(i % 3, random.Next(int.MaxValue));

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void AFirstRecordTakesHalfAKibibyteAndAllRangesSeven()
    {
        Histogram histogram = New();
        histogram.Record(0, 5_000);
        long before = GC.GetAllocatedBytesForCurrentThread();

        histogram.Record(1, 5_000);
        long first = GC.GetAllocatedBytesForCurrentThread() - before;
        for (int i = 0; i < 42; i++) histogram.Record(1, 1L << i);

        Assert.InRange(first, 1, 512);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 7 * 1024);
    }

    private static bool Same(HistogramSnapshot left, HistogramSnapshot right)
    {
        double[] edges = [.. Enumerable.Range(0, ExponentialScale.OverflowBucket).Select(ExponentialScale.UpperEdge)];
        long[] ofLeft = new long[edges.Length], ofRight = new long[edges.Length];
        left.CountUpTo(edges, ofLeft);
        right.CountUpTo(edges, ofRight);
        return left.Count == right.Count && left.Sum == right.Sum && ofLeft.SequenceEqual(ofRight);
    }
}
