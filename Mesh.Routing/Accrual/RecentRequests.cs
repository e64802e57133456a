namespace Mesh.Routing.Accrual;

/// <summary>Whether enough requests fell into the last window to judge by; counted in five slices of it, the present one included.</summary>
/// <remarks>
/// Any thread, no lock. A slice is a number and a count in one word, replaced by compare-and-set; counts stop at what is enough, so that a busy
/// endpoint writes five times a slice. Source: Finagle's WindowedAdder with five slices, here on a fixed grid.
/// </remarks>
internal sealed class RecentRequests(long windowNs, long startNs)
{
    /// <summary>Finagle's <c>DefaultMinimumRequestThreshold</c>.</summary>
    internal const int Enough = 5;

    private const int Slices = 5;
    private const int CountBits = 8;
    private const int CountMask = (1 << CountBits) - 1;

    private readonly long _sliceNs = Math.Max(1, windowNs / Slices);
    private readonly long[] _slices = new long[Slices];

    internal void Count(long nowNs)
    {
        long number = Number(nowNs);
        ref long slice = ref _slices[number % Slices];
        long seen = Volatile.Read(ref slice);
        while (true)
        {
            if (seen >> CountBits > number) return;
            long count = seen >> CountBits == number ? seen & CountMask : 0;
            if (count >= Enough) return;
            long found = Interlocked.CompareExchange(ref slice, (number << CountBits) | (count + 1), seen);
            if (found == seen) return;
            seen = found;
        }
    }

    internal bool AreEnough(long nowNs)
    {
        long oldest = Number(nowNs) - Slices + 1;
        long sum = 0;
        for (int index = 0; index < Slices; index++)
        {
            long slice = Volatile.Read(ref _slices[index]);
            if (slice >> CountBits >= oldest) sum += slice & CountMask;
        }

        return sum >= Enough;
    }

    private long Number(long nowNs) => Math.Max(0, nowNs - startNs) / _sliceNs;
}
