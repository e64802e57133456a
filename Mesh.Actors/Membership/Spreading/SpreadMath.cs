namespace Mesh.Actors.Membership.Spreading;

/// <summary>The formulas of spreading; memberlist's.</summary>
internal static class SpreadMath
{
    /// <summary>How often a node passes a record on: multiplier x ceil(log10(N + 1)).</summary>
    public static int Transmissions(int members, int multiplier) => multiplier * Math.Max(1, (int)Math.Ceiling(Math.Log10(members + 1)));

    /// <summary>Time between two push/pulls: interval, x (ceil(log2 N - 5) + 1) above 32 members.</summary>
    public static TimeSpan PushPullInterval(int members, TimeSpan interval) =>
        members <= 32 ? interval : interval * (Math.Ceiling(Math.Log2(members) - 5) + 1);
}
