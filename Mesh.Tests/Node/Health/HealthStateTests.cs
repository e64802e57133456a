using FsCheck;
using FsCheck.Fluent;
using Mesh.Node.Health;
using Xunit;

namespace Mesh.Tests.Node.Health;

public sealed class HealthStateTests
{
    private static readonly Gen<(bool[] Results, int Healthy, int Unhealthy)> Histories =
        Gen.Choose(1, 4).SelectMany(healthy => Gen.Choose(1, 4).SelectMany(unhealthy =>
            ArbMap.Default.GeneratorFor<bool>().ArrayOf().Select(results => (results, healthy, unhealthy))));

    private static HealthState After(IEnumerable<bool> results, int healthy, int unhealthy) =>
        results.Aggregate(default(HealthState), (state, isGood) => state.Next(isGood, healthy, unhealthy));

    [Theory]
    [InlineData("bb", false)]
    [InlineData("bbb", true)]
    [InlineData("bbgb", false)]
    [InlineData("bbgbbb", true)]
    [InlineData("bbbg", true)]
    [InlineData("bbbgbg", true)]
    [InlineData("bbbgg", false)]
    [InlineData("bbbggbb", false)]
    public void ThreeBadInARow_TakeOutAndTwoGoodBringBack(string results, bool isSick) =>
        Assert.Equal(isSick, After(results.Select(result => result == 'g'), healthy: 2, unhealthy: 3).IsSick);

    /// <summary>The state is a function of the last turn and what came since; here told the long way, over the whole history.</summary>
    [Fact]
    public void Turns_ExactlyWhenEnoughResultsInARowContradictIt() => Prop.ForAll(Histories.ToArbitrary(), static history =>
    {
        (bool[] results, int healthy, int unhealthy) = history;
        bool isSick = false;
        int since = 0;
        for (int i = 0; i < results.Length; i++)
        {
            int enough = isSick ? healthy : unhealthy;
            bool turns = i + 1 - since >= enough && results[(i + 1 - enough)..(i + 1)].All(isGood => isGood == isSick);
            if (turns) (isSick, since) = (!isSick, i + 1);
            if (After(results[..(i + 1)], healthy, unhealthy).IsSick != isSick) return false;
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Streak_StaysBelowWhatTurnsIt() => Prop.ForAll(Histories.ToArbitrary(), static history =>
    {
        HealthState state = After(history.Results, history.Healthy, history.Unhealthy);
        return state.Streak >= 0 && state.Streak < (state.IsSick ? history.Healthy : history.Unhealthy);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ThresholdThatAReloadLowers_TurnsWithTheNextResult()
    {
        HealthState state = After([false, false, false], healthy: 2, unhealthy: 9);

        Assert.True(state.Next(isGood: false, healthyThreshold: 2, unhealthyThreshold: 2).IsSick);
    }
}
