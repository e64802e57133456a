using Mesh.Tests.Simulation.Faults;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Runs;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>Sharded persistent entities in situations that operators know.</summary>
public sealed class EntityTests
{
    [Fact]
    public void KeepEveryAnsweredCommand_WhenOneDiskOfThreeIsLost()
    {
        var lost = new Fault(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(5), FaultKind.DiskLoss, [0], [], 0);

        Outcome outcome = Live(1, lost);

        Assert.True(outcome.Failure is null, $"{outcome.Failure}\n{outcome.Story}");
        Assert.Contains("a member's disk was lost", outcome.Reached.Keys);
        Assert.Contains("a joiner took a snapshot of the journal", outcome.Reached.Keys);
    }

    [Fact]
    public void GoOn_WhenAllNodesLosePowerAtOnce()
    {
        var cut = new Fault(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10), FaultKind.PowerCut, [0, 1, 2], [], 0);

        Outcome outcome = Live(2, cut);

        Assert.True(outcome.Failure is null, $"{outcome.Failure}\n{outcome.Story}");
    }

    private static Outcome Live(ulong seed, Fault fault) =>
        Run.Live(new Scenario(seed, 3, 0, TimeSpan.FromSeconds(60), new NetworkSettings(), [fault]), new EntitySubject());
}
