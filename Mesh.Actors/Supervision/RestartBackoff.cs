namespace Mesh.Actors.Supervision;

/// <summary>Delay before a restart: doubles with each failure in a row, with jitter so that many do not come back at once.</summary>
/// <param name="Min">Delay after the first failure, over zero.</param>
/// <param name="Max">Longest delay before jitter, at least <paramref name="Min"/>.</param>
/// <param name="RandomFactor">Share of the delay added at most as jitter, 0 to 1; Akka's documents use 0.2.</param>
public sealed record RestartBackoff(TimeSpan Min, TimeSpan Max, double RandomFactor = 0.2)
{
    public TimeSpan Min { get; } = Min > TimeSpan.Zero ? Min : throw new ArgumentOutOfRangeException(nameof(Min), Min, "over zero");

    public TimeSpan Max { get; } = Max >= Min ? Max : throw new ArgumentOutOfRangeException(nameof(Max), Max, "at least Min");

    public double RandomFactor { get; } = RandomFactor is >= 0 and <= 1
        ? RandomFactor
        : throw new ArgumentOutOfRangeException(nameof(RandomFactor), RandomFactor, "0 to 1");

    /// <summary>A child that ran this long without failing starts over at <see cref="Min"/>. Default: <see cref="Max"/>.</summary>
    public TimeSpan ResetAfter { get; init; } = Max;

    /// <summary><c>min(Max, Min * 2^(failure-1)) * (1 + random * RandomFactor)</c>.</summary>
    /// <param name="failure">Which failure in a row, from 1.</param>
    /// <param name="random">In [0, 1).</param>
    public TimeSpan Delay(int failure, double random)
    {
        double doubled = Min.Ticks * Math.Pow(2, Math.Clamp(failure - 1, 0, 62));
        double capped = Math.Min(doubled, Max.Ticks);
        double ticks = capped * (1 + (random * RandomFactor));
        return ticks >= TimeSpan.MaxValue.Ticks ? TimeSpan.MaxValue : TimeSpan.FromTicks((long)ticks);
    }

    /// <summary>Which failure in a row this one is.</summary>
    /// <param name="previous">Failures in a row before it.</param>
    /// <param name="calm">Time from the last restart to this failure; null when there was none.</param>
    public int CountFailure(int previous, TimeSpan? calm) => calm >= ResetAfter ? 1 : previous == int.MaxValue ? previous : previous + 1;
}
