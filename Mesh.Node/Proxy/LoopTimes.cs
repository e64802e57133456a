using Mesh.Wire.Loops;

namespace Mesh.Node.Proxy;

/// <summary>Times of the config as the loops count them.</summary>
internal static class LoopTimes
{
    /// <summary>Nanoseconds; <see cref="LoopTimer.Never"/> where none is written.</summary>
    public static long Nanoseconds(TimeSpan? span) => span is { } value ? value.Ticks * TimeSpan.NanosecondsPerTick : LoopTimer.Never;
}
