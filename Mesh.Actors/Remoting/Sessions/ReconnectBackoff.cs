using Mesh.Wire;

namespace Mesh.Actors.Remoting.Sessions;

/// <summary>How long to wait before the next attempt to connect.</summary>
internal static class ReconnectBackoff
{
    private const int MaxDoublings = 30;

    /// <summary><c>min(max, min x 2^failures) x (0.5 .. 1)</c>: jitter keeps a thousand nodes from coming back in one moment.</summary>
    public static TimeSpan Delay(int failures, TimeSpan min, TimeSpan max, ref SplitMix64 random)
    {
        double ceiling = Math.Min(max.Ticks, min.Ticks * Math.Pow(2, Math.Clamp(failures, 0, MaxDoublings)));
        return TimeSpan.FromTicks((long)(ceiling * (0.5 + random.NextDouble() / 2)));
    }
}
