namespace Mesh.Node.Demo;

/// <summary>When the failing instance fails: two seconds of each ten, so a fifth of its time, the first three seconds in.</summary>
/// <remarks>In bursts, as overloaded or half-deployed servers do: single failures would never make the five in a row that trip accrual.</remarks>
internal static class BadSpells
{
    public static readonly TimeSpan Cycle = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan Begin = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(2);

    /// <param name="elapsed">Since the demo's start, not negative.</param>
    public static bool Contain(TimeSpan elapsed)
    {
        var inCycle = new TimeSpan(elapsed.Ticks % Cycle.Ticks);
        return inCycle >= Begin && inCycle < Begin + Length;
    }
}
