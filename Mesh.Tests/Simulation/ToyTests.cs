using Mesh.Tests.Simulation.Runs;
using Mesh.Tests.Simulation.Toy;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>The world is tried with a toy before anything real is tried in the world.</summary>
public sealed class ToyTests
{
    [Fact]
    public void Holds_ForAProgramWithoutABug()
    {
        Totals totals = Swarm.Live(Enumerable.Range(1, 12).Select(seed => (ulong)seed), () => new ToySubject(), threads: 1);

        Assert.True(totals.Failures.Count == 0, totals.ToString());
        Assert.True(totals.Reached.ContainsKey("toy: stale entry refused"), totals.ToString());
    }

    [Fact]
    public void Finds_TheProgramThatGoesBackInTime()
    {
        Totals totals = Swarm.Live(Enumerable.Range(1, 3).Select(seed => (ulong)seed), () => new ToySubject(ToyBug.TakesWhatComes), threads: 1);

        Assert.NotEmpty(totals.Failures);
        Assert.Contains("D2", totals.Failures[0].Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Replays_TheSameTraceFromTheSameSeed()
    {
        foreach (ulong seed in new ulong[] { 2, 3 })
        {
            Outcome first = Run.Live(seed, new ToySubject());

            Outcome second = Run.Live(seed, new ToySubject());

            Assert.True(first.Hash == second.Hash, $"seed {seed} lived twice and not the same");
        }
    }
}
