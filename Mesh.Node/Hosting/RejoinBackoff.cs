namespace Mesh.Node.Hosting;

/// <summary>
/// How long a node that was downed waits before it joins again: <c>min(Longest, First x 2^n) x (0.5..1)</c>, n attempts after the first since it
/// was last in its cluster for <see cref="Calm"/>.
/// </summary>
internal static class RejoinBackoff
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);

    /// <summary>A node that is downed again and again, or whose port or file is taken, costs the others no more than two sessions a minute.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>A membership that lasted so long was a good one: what ends it is new trouble.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromMinutes(1);

    /// <param name="attempts">Before this one, since the last calm.</param>
    /// <param name="chance">From 0 up to 1: nodes that were downed at once do not stay in step.</param>
    public static TimeSpan After(int attempts, double chance)
    {
        TimeSpan whole = attempts >= 7 ? Longest : First * (1 << attempts);
        return (whole < Longest ? whole : Longest) * (0.5 + (chance / 2));
    }
}
