using Mesh.Node.Config;

namespace Mesh.Node.Health;

/// <summary>What checks in a row have made of an endpoint. Default: it works, and nothing speaks against that.</summary>
/// <param name="IsSick">It is taken out.</param>
/// <param name="Streak">Results in a row, up to the last, that speak against <paramref name="IsSick"/>; below the threshold that turns it.</param>
internal readonly record struct HealthState(bool IsSick, int Streak)
{
    /// <summary>
    /// The state after one more result: as many in a row that contradict the state as the threshold says turn it, one that agrees begins anew.
    /// Checks that could not be made are no result.
    /// </summary>
    public HealthState Next(bool isGood, int healthyThreshold, int unhealthyThreshold)
    {
        bool agrees = isGood != IsSick;
        if (agrees) return this with { Streak = 0 };
        int enough = IsSick ? healthyThreshold : unhealthyThreshold;
        return Streak + 1 >= enough ? new HealthState(!IsSick, 0) : this with { Streak = Streak + 1 };
    }

    public HealthState Next(bool isGood, HealthCheckConfig config) => Next(isGood, config.HealthyThreshold, config.UnhealthyThreshold);
}
