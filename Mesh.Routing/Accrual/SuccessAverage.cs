namespace Mesh.Routing.Accrual;

/// <summary>
/// The moving average of success in one life of an endpoint: average = x (1 - k) + average x k, with x 1 for a success and 0 for a failure; the
/// first outcome is the average. What k is, and when there is enough to judge by, its kinds say.
/// </summary>
/// <remarks>
/// Any thread, no lock: one compare-and-set an outcome, none when the outcome changes nothing, as another success of an endpoint without failures
/// does. Source: Finagle's Ema and FailureAccrualPolicy.
/// </remarks>
internal abstract class SuccessAverage
{
    private double _rate = double.NaN;

    /// <summary>0 to 1; not a number before the first outcome.</summary>
    internal double Rate => Volatile.Read(ref _rate);

    /// <summary>The average that an accrual judges by; null for those that need none.</summary>
    internal static SuccessAverage? For(AccrualConfig accrual, long nowNs) => accrual switch
    {
        AccrualConfig.SuccessRate rule => new AverageOverRequests(rule.Requests),
        AccrualConfig.SuccessRateWindowed rule => new AverageOverTime(rule.Window, nowNs),
        _ => null,
    };

    /// <summary>Whether it is of the kind and length that the accrual goes by; a reload may have changed these.</summary>
    internal abstract bool Serves(AccrualConfig accrual);

    /// <summary>Takes in one outcome. The average after it, and whether there is enough to judge by.</summary>
    internal abstract (double Rate, bool IsRipe) Take(bool isSuccess, long nowNs);

    /// <param name="kept">The weight of what was, 0 to 1.</param>
    /// <param name="isSuccess">What is taken in.</param>
    protected double Blend(double kept, bool isSuccess)
    {
        double outcome = isSuccess ? 1 : 0;
        double seen = Volatile.Read(ref _rate);
        while (true)
        {
            double next = double.IsNaN(seen) ? outcome : outcome * (1 - kept) + seen * kept;
            if (next.Equals(seen)) return next;
            double found = Interlocked.CompareExchange(ref _rate, next, seen);
            if (BitConverter.DoubleToInt64Bits(found) == BitConverter.DoubleToInt64Bits(seen)) return next;
            seen = found;
        }
    }
}
