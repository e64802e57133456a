using Mesh.Wire;

namespace Mesh.Routing.Accrual;

/// <summary>How long a dead endpoint rests before its next probe; grows while probes fail.</summary>
/// <remarks>
/// Schedules after Finagle's Backoff.scala: the first rest is the minimum, later ones depend on the rest before or on how many
/// there were. A pure function of its arguments, so a seed replays.
/// </remarks>
public abstract record BackoffConfig
{
    private BackoffConfig() { }

    /// <summary>Equal jitter from 5 s to 300 s: what holds when a config says nothing.</summary>
    public static BackoffConfig Default { get; } = new EqualJittered(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(300));

    /// <summary>The next rest in nanoseconds, at least 1.</summary>
    /// <param name="previousNs">The rest before, in nanoseconds; ignored for the first.</param>
    /// <param name="attempt">How many rests came before this one since the endpoint last lived; 0 for the first.</param>
    /// <param name="random">Advanced when the schedule is jittered.</param>
    public abstract long NextNs(long previousNs, int attempt, ref SplitMix64 random);

    /// <summary>Always the same rest (Linkerd: <c>kind: constant</c>).</summary>
    public sealed record Constant(TimeSpan Rest) : BackoffConfig
    {
        public override long NextNs(long previousNs, int attempt, ref SplitMix64 random) => Nanoseconds(Rest);
    }

    /// <summary>Decorrelated jitter (Linkerd: <c>kind: jittered</c>): uniform in [last, 3 x last), at most <paramref name="Maximum"/>.</summary>
    public sealed record Jittered(TimeSpan Minimum, TimeSpan Maximum) : BackoffConfig
    {
        public override long NextNs(long previousNs, int attempt, ref SplitMix64 random)
        {
            long maximum = Nanoseconds(Maximum);
            long previous = Math.Clamp(previousNs, Math.Min(Nanoseconds(Minimum), maximum), maximum);
            if (attempt == 0) return Math.Min(Nanoseconds(Minimum), maximum);
            long upper = previous >= maximum / 3 ? maximum : previous * 3;
            return previous + (long)(random.NextDouble() * (upper - previous));
        }
    }

    /// <summary>
    /// Half exponential, half random: the n-th rest after the first is uniform in [Minimum x 2^(n-1), Minimum x 2^n), at most
    /// <paramref name="Maximum"/>.
    /// </summary>
    public sealed record EqualJittered(TimeSpan Minimum, TimeSpan Maximum) : BackoffConfig
    {
        /// <summary>Further doublings would overflow 63 bits of nanoseconds; any maximum is reached long before.</summary>
        private const int MaximumShift = 62;

        public override long NextNs(long previousNs, int attempt, ref SplitMix64 random)
        {
            long minimum = Nanoseconds(Minimum);
            long maximum = Nanoseconds(Maximum);
            if (attempt == 0 || minimum >= maximum) return Math.Min(minimum, maximum);
            int shift = Math.Min(MaximumShift, attempt - 1);
            if (minimum >= maximum >> shift) return maximum;
            long half = minimum << shift;
            return Math.Min(maximum, half + (long)(random.NextDouble() * half));
        }
    }

    private static long Nanoseconds(TimeSpan span) => Math.Max(1, span.Ticks * TimeSpan.NanosecondsPerTick);
}
