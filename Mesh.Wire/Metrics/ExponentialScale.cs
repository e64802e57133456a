using System.Numerics;

namespace Mesh.Wire.Metrics;

/// <summary>
/// The ruler of every histogram: sixteen marks in each doubling, so that a bucket is 4.4 % wide wherever it lies.
/// </summary>
/// <remarks>
/// <para>
/// Bucket i of the infinite ruler holds the whole numbers x with floor(log2(x) * 16) = i, which is the OpenTelemetry exponential
/// histogram at scale 4, except that a power of two belongs to the bucket that it opens, not to the one it closes. The ruler is cut off
/// below 2^(159/16) = 980.6 (just under a microsecond, in ns) and above 2^(638/16) = 1.008e12 (1 008 s); one bucket at each end takes
/// the rest.
/// </para>
/// <para>
/// Hot path: the doubling comes from the leading-zero count; inside it the top five bits of the mantissa guess a mark (each of the 32
/// cells is narrower than the narrowest bucket, so it holds at most one mark) and one comparison settles it. No floating point, no logarithm.
/// </para>
/// </remarks>
internal static class ExponentialScale
{
    public const int PerDoubling = 16;

    /// <summary>Index on the infinite ruler of the first bucket kept: 980.6 to 1 024.</summary>
    public const int FirstIndex = 159;

    /// <summary>Index on the infinite ruler of the last bucket kept: up to 1.008e12.</summary>
    public const int LastIndex = 637;

    public const int UnderflowBucket = 0;
    public const int OverflowBucket = LastIndex - FirstIndex + 2;
    public const int BucketCount = OverflowBucket + 1;

    private const int CellBits = 5;

    /// <summary>The smallest 64-bit number, its top bit set, of each sixteenth of a doubling: ceil(2^(63 + k/16)).</summary>
    private static readonly ulong[] s_marks =
    [
        0x8000000000000000, 0x85AAC367CC487B15, 0x8B95C1E3EA8BD6E7, 0x91C3D373AB11C337,
        0x9837F0518DB8A970, 0x9EF5326091A111AE, 0xA5FED6A9B15138EB, 0xAD583EEA42A14AC7,
        0xB504F333F9DE6485, 0xBD08A39F580C36BF, 0xC5672A115506DADE, 0xCE248C151F8480E4,
        0xD744FCCAD69D6AF5, 0xE0CCDEEC2A94E112, 0xEAC0C6E7DD24392F, 0xF5257D152486CC2D,
        ulong.MaxValue, // never reached: a positive long, shifted up, ends in a zero bit
    ];

    /// <summary>For each cell of 1/32 doubling (linear), the sixteenth in which it begins.</summary>
    private static readonly byte[] s_cells = BuildCells();

    /// <summary>The bucket of <paramref name="value"/>, 0 to <see cref="OverflowBucket"/>. Zero and below count as underflow.</summary>
    public static int BucketOf(long value)
    {
        if (value < 512) return UnderflowBucket;
        int zeros = BitOperations.LeadingZeroCount((ulong)value);
        ulong mantissa = (ulong)value << zeros;
        int guess = s_cells[(int)(mantissa >> (63 - CellBits)) & ((1 << CellBits) - 1)];
        int sixteenth = mantissa >= s_marks[guess + 1] ? guess + 1 : guess;
        int index = ((63 - zeros) * PerDoubling) + sixteenth;
        return Math.Clamp(index - FirstIndex + 1, UnderflowBucket, OverflowBucket);
    }

    /// <summary>Where a bucket begins; 0 for underflow.</summary>
    public static double LowerEdge(int bucket) => bucket == UnderflowBucket ? 0 : Math.Pow(2, (double)(bucket - 1 + FirstIndex) / PerDoubling);

    /// <summary>Where a bucket ends; infinity for overflow.</summary>
    public static double UpperEdge(int bucket) =>
        bucket == OverflowBucket ? double.PositiveInfinity : Math.Pow(2, (double)(bucket + FirstIndex) / PerDoubling);

    /// <summary>
    /// The value that stands for a bucket: the harmonic mean of its edges, which is at most 2.2 % from both (DDSketch, Masson et al. 2019).
    /// </summary>
    public static double Middle(int bucket)
    {
        if (bucket == OverflowBucket) return LowerEdge(bucket);
        double low = LowerEdge(bucket), high = UpperEdge(bucket);
        return bucket == UnderflowBucket ? high / 2 : 2 * low * high / (low + high);
    }

    /// <summary>
    /// How many buckets, from the underflow on, lie at or below <paramref name="value"/>, taken as the nearest edge (within 2.2 %).
    /// </summary>
    public static int BucketsUpTo(double value)
    {
        double index = Math.Round(Math.Log2(value) * PerDoubling);
        return (int)Math.Clamp(index - FirstIndex + 1, 1, OverflowBucket);
    }

    /// <summary>Cumulative counts at bounds, each bound taken as the nearest edge.</summary>
    /// <param name="buckets">The counts of all buckets, from the underflow on.</param>
    /// <param name="perUnit">How much of the ruler is one of the bounds' unit.</param>
    /// <param name="ascendingBounds">Bounds, ascending.</param>
    /// <param name="counts">As long as the bounds.</param>
    /// <returns>The count of all buckets.</returns>
    public static long CountUpTo(ReadOnlySpan<long> buckets, double perUnit, ReadOnlySpan<double> ascendingBounds, Span<long> counts)
    {
        long seen = 0;
        int bucket = 0;
        for (int i = 0; i < ascendingBounds.Length; i++)
        {
            int end = BucketsUpTo(ascendingBounds[i] * perUnit);
            while (bucket < end) seen += buckets[bucket++];
            counts[i] = seen;
        }

        while (bucket < buckets.Length) seen += buckets[bucket++];
        return seen;
    }

    private static byte[] BuildCells()
    {
        var cells = new byte[1 << CellBits];
        for (int cell = 0; cell < cells.Length; cell++)
        {
            ulong begin = (1UL << 63) | ((ulong)cell << (63 - CellBits));
            int sixteenth = 0;
            while (s_marks[sixteenth + 1] <= begin) sixteenth++;
            cells[cell] = (byte)sixteenth;
        }

        return cells;
    }
}
