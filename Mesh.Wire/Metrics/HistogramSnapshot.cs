namespace Mesh.Wire.Metrics;

/// <summary>A histogram at one moment, or the difference or union of several; never changes.</summary>
public sealed class HistogramSnapshot
{
    public static readonly HistogramSnapshot Empty = new(new long[ExponentialScale.BucketCount], 0, shift: 0);

    private readonly long[] _buckets;
    private readonly int _shift;

    internal HistogramSnapshot(long[] buckets, double sum, int shift)
    {
        _buckets = buckets;
        _shift = shift;
        Sum = sum;
        foreach (long count in buckets) Count += count;
    }

    public long Count { get; }

    /// <summary>The sum of the values as they were, not as their buckets say; in the unit recorded (nanoseconds, bytes, or a count).</summary>
    public double Sum { get; }

    public double Mean => Count == 0 ? 0 : Sum / Count;

    /// <summary>The smallest value within 2.2 %; 490 for all nanoseconds under 980, 0 when nothing was recorded.</summary>
    public double Minimum => Quantile(0);

    /// <summary>The largest value within 2.2 %; for all beyond the ruler its end, 1.008e12 ns or 984e6 bytes; 0 when nothing was recorded.</summary>
    public double Maximum => Quantile(1);

    /// <summary>
    /// The value at rank ceil(q * count) of the sorted values, within 2.2 % between 980 and 1.008e12 ns, or 1 and 984e6 bytes, and whole where what
    /// was recorded is; 0 when nothing was recorded.
    /// </summary>
    /// <param name="q">0 to 1.</param>
    public double Quantile(double q)
    {
        if (Count == 0) return 0;
        long rank = Math.Clamp((long)Math.Ceiling(q * Count), 1, Count);
        int bucket = 0;
        for (long seen = _buckets[0]; seen < rank; seen += _buckets[bucket]) bucket++;
        if (_shift == 0) return ExponentialScale.Middle(bucket);
        return bucket == ExponentialScale.UnderflowBucket ? 0 : Math.Round(ExponentialScale.Middle(bucket) / (1L << _shift));
    }

    /// <summary>The values of both, in one unit: for example of the same series on several nodes.</summary>
    public HistogramSnapshot Merge(HistogramSnapshot other)
    {
        var sum = new long[_buckets.Length];
        for (int i = 0; i < sum.Length; i++) sum[i] = _buckets[i] + other._buckets[i];
        return new HistogramSnapshot(sum, Sum + other.Sum, Math.Max(_shift, other._shift));
    }

    /// <summary>
    /// What came since <paramref name="earlier"/>. A bucket that shrank means that the series began anew in between: then everything
    /// counts as come since.
    /// </summary>
    public HistogramSnapshot Subtract(HistogramSnapshot earlier)
    {
        var rest = new long[_buckets.Length];
        for (int i = 0; i < rest.Length; i++)
        {
            rest[i] = _buckets[i] - earlier._buckets[i];
            if (rest[i] < 0) return this;
        }

        return new HistogramSnapshot(rest, Math.Max(0, Sum - earlier.Sum), _shift);
    }

    /// <summary>
    /// For each bound how many values are at or below it, each bound taken as the nearest bucket edge (within 2.2 %; powers of two are exact).
    /// </summary>
    /// <param name="ascendingBounds">In the unit recorded, ascending.</param>
    /// <param name="counts">As long as the bounds.</param>
    public void CountUpTo(ReadOnlySpan<double> ascendingBounds, Span<long> counts) =>
        ExponentialScale.CountUpTo(_buckets, 1L << _shift, ascendingBounds, counts);
}
