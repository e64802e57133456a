namespace Mesh.Wire.Metrics;

/// <summary>
/// A block of eight counters, laid out like pigeon-holes: one row for each stripe, and only the stripe's own thread puts letters into its row.
/// </summary>
/// <remarks>
/// Rows are 128 bytes apart and 64 bytes wide: arrays are not aligned to cache lines, so a row may straddle two, but never one that another row uses.
/// The counters of one destination share a row, so counting a request touches one or two lines. Eight bytes a counter and stripe would fit, a padded
/// cell for each would cost 64; this costs 16.
/// </remarks>
internal sealed class StripedCells(int stripes)
{
    public const int CountersPerBlock = 8;

    /// <summary>64-bit cells from one stripe's row to the next.</summary>
    public const int RowStride = 16;

    /// <summary>Cells before the first row, so that the neighbour of this array on the heap shares no line with it.</summary>
    public const int FrontPadding = 8;

    private int _taken;

    public long[] Cells { get; } = new long[FrontPadding + (stripes * RowStride)];

    public bool IsFull => _taken == CountersPerBlock;

    /// <summary>The index of the next free counter in the row of stripe 0.</summary>
    public int Take() => FrontPadding + _taken++;
}
