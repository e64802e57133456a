namespace Mesh.Wire.Metrics;

/// <summary>A number that only grows, written by many threads without contention.</summary>
/// <remarks>
/// Hot path: <see cref="Add"/> is a plain addition, no allocation. Stripe i >= 1 belongs to event loop i and is written by that loop's thread alone;
/// stripe 0 belongs to everybody else and is interlocked. Two threads on one stripe >= 1 lose counts. 64-bit processes only.
/// </remarks>
public sealed class Counter : Instrument
{
    private readonly long[] _cells;
    private readonly int _first;

    internal Counter(StripedCells block)
    {
        _cells = block.Cells;
        _first = block.Take();
    }

    /// <summary>The sum over all stripes; adds that are under way may or may not be in it. Any thread.</summary>
    public long Value
    {
        get
        {
            long sum = 0;
            for (int i = _first; i < _cells.Length; i += StripedCells.RowStride) sum += Volatile.Read(ref _cells[i]);
            return sum;
        }
    }

    /// <param name="stripe">0 from any thread, or the number of the event loop that calls.</param>
    /// <param name="n">How much; not negative.</param>
    public void Add(int stripe, long n = 1)
    {
        ref long cell = ref _cells[_first + (stripe * StripedCells.RowStride)];
        if (stripe != 0) cell += n;
        else Interlocked.Add(ref cell, n);
    }
}
