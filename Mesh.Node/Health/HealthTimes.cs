using Mesh.Wire;

namespace Mesh.Node.Health;

/// <summary>When an endpoint is checked. Pure; nodes and endpoints must not beat together, whatever started them together.</summary>
internal static class HealthTimes
{
    /// <summary>Of the interval, by which two checks may be nearer or farther.</summary>
    public const double Jitter = 0.1;

    /// <summary>An endpoint that joins alone or with few is looked at within this time.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>Before the first check: few come soon, many are spread over the interval as if they had always been there.</summary>
    public static TimeSpan First(TimeSpan interval, bool areFew, ref SplitMix64 random) =>
        Part(areFew && Soon < interval ? Soon : interval, ref random);

    /// <summary>Between the first check, which came when others' did, and the second.</summary>
    public static TimeSpan Second(TimeSpan interval, ref SplitMix64 random) => Part(interval, ref random);

    /// <summary>Between the end of a check and the next.</summary>
    public static TimeSpan Next(TimeSpan interval, ref SplitMix64 random) => interval * (1 - Jitter + (2 * Jitter * random.NextDouble()));

    private static TimeSpan Part(TimeSpan of, ref SplitMix64 random) => of * random.NextDouble();
}
