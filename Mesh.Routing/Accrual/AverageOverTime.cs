namespace Mesh.Routing.Accrual;

/// <summary>
/// An outcome weighs by the time since the one before it: k = e^(-dt/window). Ripe once a window has passed, and while at least
/// <see cref="RecentRequests.Enough"/> requests fell into the last one.
/// </summary>
/// <remarks>
/// Each outcome claims the time since the one before by moving the stamp: no stretch of time counts twice, so the decay is exact whatever the order
/// in which racing outcomes blend. Finagle counts in milliseconds and so drops what comes within one; here it counts as little as it is long.
/// </remarks>
internal sealed class AverageOverTime : SuccessAverage
{
    private readonly long _windowNs;
    private readonly long _startNs;
    private readonly RecentRequests _recent;
    private long _stampNs;

    /// <param name="window">Above 0.</param>
    /// <param name="startNs">When the life began, monotonic nanoseconds.</param>
    internal AverageOverTime(TimeSpan window, long startNs)
    {
        _windowNs = Nanoseconds(window);
        _startNs = _stampNs = startNs;
        _recent = new RecentRequests(_windowNs, startNs);
    }

    internal override bool Serves(AccrualConfig accrual) =>
        accrual is AccrualConfig.SuccessRateWindowed rule && Nanoseconds(rule.Window) == _windowNs;

    internal override (double Rate, bool IsRipe) Take(bool isSuccess, long nowNs)
    {
        _recent.Count(nowNs);
        double rate = Blend(Math.Exp(-(double)ClaimTime(nowNs) / _windowNs), isSuccess);
        return (rate, !isSuccess && nowNs - _startNs >= _windowNs && _recent.AreEnough(nowNs));
    }

    private static long Nanoseconds(TimeSpan span) => Math.Max(1, span.Ticks) * TimeSpan.NanosecondsPerTick;

    private long ClaimTime(long nowNs)
    {
        long last = Volatile.Read(ref _stampNs);
        while (nowNs > last)
        {
            long found = Interlocked.CompareExchange(ref _stampNs, nowNs, last);
            if (found == last) return nowNs - last;
            last = found;
        }

        return 0;
    }
}
