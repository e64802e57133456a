using System.Diagnostics;

namespace Mesh.Routing.Balancing;

/// <summary>
/// What an endpoint costs: a moving average of its latency that jumps to every peak at once and forgets it slowly (Finagle's PeakEwma).
/// With w = e^(-dt/decay), dt the time since the last observation: a latency above the cost becomes the cost, else
/// cost = cost x w + latency x (1 - w). Looking at the load observes a latency of 0 first, so cost falls while nobody measures.
/// </summary>
/// <remarks>
/// Hot path, any thread, no lock. Between measurements cost only decays, and e^(-t/decay) is the same factor for every endpoint. So the
/// field holds ln(cost) + t/decay, which time does not change: a pick compares two such levels and never calls exp; a measurement moves the
/// level by compare-and-set. The stamp is a second word that may lag by one racing observation, which shifts dt by that much, never the
/// cost's decay. A mutable struct, kept in a field and never copied while in use.
/// </remarks>
public struct PeakEwmaLoad
{
    /// <summary>Load of an endpoint that was never measured but has requests out: above any real one, 39 hours in nanoseconds.</summary>
    public const double Penalty = long.MaxValue >> 16;

    /// <summary>Below this, cost is 0: e to it is less than the smallest double. Reached 745 decays after the last peak.</summary>
    private const double NoCost = -745;

    private static readonly double[] LogTable = [.. Enumerable.Range(1, 256).Select(pending => Math.Log(pending))];

    private readonly double _perNs;
    private double _level;
    private long _stamp;

    /// <param name="decay">Mean lifetime of a peak; above 0.</param>
    /// <param name="nowNs">Monotonic nanoseconds.</param>
    public PeakEwmaLoad(TimeSpan decay, long nowNs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(decay, TimeSpan.Zero);
        _perNs = 1.0 / (decay.Ticks * (double)TimeSpan.NanosecondsPerTick);
        _level = double.NegativeInfinity;
        _stamp = nowNs;
    }

    /// <summary>A copy with the same cost now, which forgets at another pace from now on.</summary>
    public readonly PeakEwmaLoad Under(TimeSpan decay, long nowNs)
    {
        PeakEwmaLoad load = new(decay, nowNs);
        if (load._perNs.Equals(_perNs)) return this;
        load._level = Math.Log(Cost(nowNs)) + nowNs * load._perNs;
        return load;
    }

    /// <summary>Takes in one latency in nanoseconds; below 0 counts as 0. A <paramref name="nowNs"/> before the last counts as the last.</summary>
    public void Observe(long nowNs, long rttNs)
    {
        double rtt = Math.Max(0, rttNs);
        long stamp = Volatile.Read(ref _stamp);
        long now = Math.Max(nowNs, stamp);
        double sinceDecay = Math.Exp(-(now - stamp) * _perNs);
        double level = Volatile.Read(ref _level);
        while (true)
        {
            double before = Math.Exp(level - stamp * _perNs);
            double cost = rtt > before ? rtt : before * sinceDecay + rtt * (1 - sinceDecay);
            double seen = Interlocked.CompareExchange(ref _level, Math.Log(cost) + now * _perNs, level);
            if (BitConverter.DoubleToInt64Bits(seen) == BitConverter.DoubleToInt64Bits(level)) break;
            level = seen;
        }

        Touch(now);
    }

    /// <summary>The load, in nanoseconds x requests, that one more request beside <paramref name="pending"/> others would meet.</summary>
    public double Load(long nowNs, int pending)
    {
        double cost = Cost(nowNs);
        Touch(nowNs);
        return cost == 0 && pending != 0 ? Penalty + pending : cost * (pending + 1.0);
    }

    /// <summary>
    /// The same load on the scale on which picks compare: ln(load) + now/decay. <paramref name="share"/> is 1 / relative weight: an endpoint of
    /// twice the average weight (share 0.5) carries twice the requests at the same load.
    /// </summary>
    internal double Level(long nowNs, int pending, double share)
    {
        Touch(nowNs);
        double level = Volatile.Read(ref _level);
        double shift = nowNs * _perNs;
        if (level - shift < NoCost) return pending == 0 ? double.NegativeInfinity : Math.Log(Penalty + pending * share) + shift;
        return share == 1 && (uint)pending < (uint)LogTable.Length ? level + LogTable[pending] : level + Math.Log(pending * share + 1);
    }

    /// <summary>
    /// The cost alone on that scale: of two endpoints the difference is the logarithm of their costs' ratio, at any time. Minus infinity when nothing
    /// was measured. Counts as a look.
    /// </summary>
    internal double LevelOfCost(long nowNs)
    {
        Touch(nowNs);
        return Volatile.Read(ref _level);
    }

    /// <summary>The decayed cost in nanoseconds; 0 when nothing was measured. Observes nothing.</summary>
    public readonly double Cost(long nowNs)
    {
        double exponent = Volatile.Read(in _level) - Math.Max(nowNs, Volatile.Read(in _stamp)) * _perNs;
        Debug.Assert(!double.IsNaN(exponent), "a level is a number or minus infinity");
        return exponent < NoCost ? 0 : Math.Exp(exponent);
    }

    private void Touch(long nowNs)
    {
        if (Volatile.Read(ref _stamp) < nowNs) Volatile.Write(ref _stamp, nowNs);
    }
}
