namespace Mesh.Actors.Membership.Detection;

/// <summary>
/// How long a suspicion waits for a refutation before the observer insists, alone: Lifeguard's dynamic suspicion (Dadgar, Phillips, Currey 2018).
/// </summary>
/// <remarks>
/// <c>min = base * max(1, log10 N)</c>, <c>max = factor * min</c>,
/// <c>timeout = max - (max - min) * ln(n + 1) / ln(k + 1)</c> for n of k wanted confirmations, at least min; all times (1 + health).
/// </remarks>
internal static class SuspicionTime
{
    /// <summary>Confirmations that shorten a suspicion to its minimum; memberlist's suspicion multiplier 4, less 2.</summary>
    internal const int Confirmations = 2;

    /// <param name="settings">Base and factor.</param>
    /// <param name="members">How many nodes there are, from 1.</param>
    /// <param name="confirmations">How many others accuse the same member.</param>
    /// <param name="health">The observer's own doubt, 0 to 7.</param>
    public static TimeSpan Of(DetectorSettings settings, int members, int confirmations, int health)
    {
        TimeSpan min = settings.SuspicionBase * Math.Max(1, Math.Log10(Math.Max(1, members)));
        TimeSpan max = min * settings.MaxSuspicionFactor;
        double share = Math.Min(1, Math.Log(confirmations + 1) / Math.Log(Confirmations + 1));
        return (max - (max - min) * share) * (1 + health);
    }
}
