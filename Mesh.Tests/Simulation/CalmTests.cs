using Mesh.Tests.Simulation.Faults;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Runs;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>Scenarios written by hand: what must not, or must, happen in situations that operators know.</summary>
public sealed class CalmTests
{
    [Fact]
    public void DownsNobody_WhenPacketsAreLostAndSingleNodesPauseForFiveSeconds()
    {
        (ulong from, ulong to) = Choice.Seeds ?? (1, 3);
        for (ulong seed = from; seed <= to; seed++)
        {
            var subject = new ClusterSubject { Exact = true };

            Outcome outcome = Run.Live(Weather(seed), subject);

            Assert.True(outcome.Failure is null, $"seed {seed}: {outcome.Failure}\n{outcome.Story}");
            Assert.True(subject.Members!.DownedAlive.Count == 0, $"seed {seed}: {string.Join("; ", subject.Members.DownedAlive.Values)}");
        }
    }

    [Fact]
    public void HealsWithOneSurvivingSide_WhenTheCoreIsSplit()
    {
        for (ulong seed = 1; seed <= 3; seed++)
        {
            var split = new Fault(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(45), FaultKind.Partition, [0, 1], [2, 3, 4], 0);
            var scenario = new Scenario(seed, 5, 0, TimeSpan.FromSeconds(70), new NetworkSettings(), [split]);
            var subject = new ClusterSubject { Exact = true };

            Outcome outcome = Run.Live(scenario, subject);

            Assert.True(outcome.Failure is null, $"seed {seed}: {outcome.Failure}\n{outcome.Story}");
            Assert.Equal(2, subject.Members!.DownedAlive.Count);
        }
    }

    private static Scenario Weather(ulong seed)
    {
        var random = new SplitMix64(seed);
        var network = new NetworkSettings { Loss = 0.01, TailShare = 0.02, TailMax = TimeSpan.FromMilliseconds(500) };
        List<Fault> pauses = [];
        for (int at = 5; at < 110; at += 20)
            pauses.Add(new Fault(TimeSpan.FromSeconds(at), TimeSpan.FromSeconds(5), FaultKind.Pause, [random.Next(9)], [], 0));
        return new Scenario(seed, 5, 4, TimeSpan.FromMinutes(2), network, pauses);
    }
}
