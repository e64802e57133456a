using Mesh.Tests.Simulation.Runs;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>One seed again, told in full: the command that a failure prints.</summary>
public sealed class ReplayTests
{
    private const int ShrinkRuns = 200;

    [Fact]
    public void Holds_OnTheSeedOfTheEnvironment()
    {
        if (Choice.Seed is not { } seed) return;

        Outcome outcome = Run.Live(seed, Choice.Subject());

        Console.WriteLine(
            $"{outcome.Scenario}\n{outcome.Events:N0} events, {outcome.Virtual}, trace {outcome.Hash:X16}, {outcome.Wall.TotalSeconds:0.00} s");
        if (outcome.Failure is null) return;
        Assert.Fail(Report.Of(outcome, Report.Shrink(outcome, Choice.Subject, Choice.Shrinks ?? ShrinkRuns), Choice.Subject().Name));
    }
}
