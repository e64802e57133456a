using Mesh.Routing.Destinations;
using Mesh.Wire;

namespace Mesh.Routing.Balancing;

/// <summary>
/// How much of its share an endpoint takes while it warms up: a tenth at first, the whole at the end of the window, growing evenly between. Who
/// was there when the destination's first set came is warm: all were equal then.
/// </summary>
/// <param name="windowNs">From joining, or from the return to life, to the whole share; nanoseconds, above 0.</param>
/// <param name="firstNs">When the first set came, monotonic nanoseconds.</param>
/// <remarks>
/// Hot path, immutable. Balancers hold none unless the config asks for it, and then read one field of each candidate. A share counts twice, as a
/// weight does: a candidate is drawn less often, and what it has out counts as more.
/// </remarks>
internal sealed class SlowStart(long windowNs, long firstNs)
{
    /// <summary>Of the share, at first: with less, nothing would be learnt.</summary>
    internal const double Least = 0.1;

    /// <summary>Draws before one is taken as it is, so that a set that warms up as a whole costs no more than these.</summary>
    private const int MaximumRedraws = 3;

    /// <summary>Null where the config does not ask for it.</summary>
    internal static SlowStart? For(BalancerConfig config, in BalancerContext context)
    {
        if (config.SlowStart <= TimeSpan.Zero) return null;
        long windowNs = (long)Math.Min(config.SlowStart.TotalNanoseconds, long.MaxValue / 2);
        return new SlowStart(windowNs, context.Previous?.SlowStart?.FirstNs ?? context.NowNs);
    }

    internal long FirstNs { get; } = firstNs;

    /// <summary>The part of its share that an endpoint takes now, <see cref="Least"/> to 1.</summary>
    internal double Part(Endpoint endpoint, long nowNs)
    {
        long sinceNs = endpoint.WarmSinceNs;
        long ageNs = nowNs - sinceNs;
        if (sinceNs <= FirstNs || ageNs >= windowNs) return 1;
        return Least + (1 - Least) * Math.Max(0, ageNs) / windowNs;
    }

    /// <summary>Whether a draw of this endpoint stands; else draw again, at most <see cref="MaximumRedraws"/> times.</summary>
    internal bool Stands(Endpoint endpoint, long nowNs, int draw, ref SplitMix64 random)
    {
        if (draw >= MaximumRedraws) return true;
        double part = Part(endpoint, nowNs);
        return part >= 1 || random.NextDouble() < part;
    }

    /// <summary>Whether a key belongs to those that the endpoint takes already; once it does, it goes on to.</summary>
    internal bool Takes(Endpoint endpoint, long nowNs, ulong key)
    {
        double part = Part(endpoint, nowNs);
        return part >= 1 || (StableHash.Mix(key) >> 11) * (1.0 / (1UL << 53)) < part;
    }
}
