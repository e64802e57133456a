namespace Mesh.Discovery.Namerd;

/// <summary>
/// How long to wait before namerd is asked again: doubling, the second half of each step drawn, so that a fleet does not come at once.
/// </summary>
/// <remarks>Pure. Source: Finagle's <c>Backoff.exponentialJittered</c>, whose first pause is the base too.</remarks>
internal static class NamerdPause
{
    /// <summary>Further doublings change nothing: the longest pause is a day at most.</summary>
    private const int MaxShift = 30;

    /// <param name="failures">In a row, before this one; 0 for the first.</param>
    /// <param name="first">Upper end of the first pause.</param>
    /// <param name="longest">Upper end of all.</param>
    /// <param name="draw">In [0, 1).</param>
    public static TimeSpan Of(int failures, TimeSpan first, TimeSpan longest, double draw)
    {
        double full = Math.Min(longest.TotalMilliseconds, first.TotalMilliseconds * (1L << Math.Clamp(failures, 0, MaxShift)));
        return TimeSpan.FromMilliseconds((full / 2) + (full / 2 * draw));
    }
}
