using Mesh.Tests.Simulation.Runs;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>Numbers in virtual time. The always-on ones have generous bounds; the tables come by command.</summary>
public sealed class MeasureTests
{
    /// <summary>Bytes a second, in and out, of an edge node while nothing happens, whatever the fleet's size.</summary>
    private const double MostIdle = 2600;

    [Fact]
    public void ThirtyNodes_KnowThingsInSeconds()
    {
        FleetMeasure measure = FleetMeasure.Take(core: 5, edge: 25, samples: 2);

        Assert.True(measure.Formed, measure.ToString());
        Assert.True(FleetMeasure.Percentile(measure.Joined, 0.99) < TimeSpan.FromSeconds(4), measure.ToString());
        Assert.True(FleetMeasure.Percentile(measure.TableChange, 0.99) < TimeSpan.FromSeconds(3), measure.ToString());
        Assert.True(FleetMeasure.Percentile(measure.EdgeCrash, 0.99) < TimeSpan.FromSeconds(20), measure.ToString());
        Assert.True(FleetMeasure.Percentile(measure.CoreCrash, 0.99) < TimeSpan.FromSeconds(14), measure.ToString());
        Assert.True(measure.IdleBytesPerSecond < MostIdle, measure.ToString());
    }

    /// <summary>The goals of a fleet of a hundred. Ten seconds: with the many seeds, by <c>MESH_SIM=ci</c>.</summary>
    [Fact]
    public void HundredNodes_MeetTheirGoals()
    {
        if (!Choice.IsCi) return;

        FleetMeasure measure = FleetMeasure.Take(core: 5, edge: 95, samples: 5);

        AssertGoals(measure, join: TimeSpan.FromSeconds(2), table: TimeSpan.FromSeconds(1));
    }

    /// <summary>Fleets of any size, by <see cref="Choice.Fleets"/>; each must meet the goals of two thousand.</summary>
    [Fact]
    public void Fleets_ArePrintedByCommand_AndMeetTheGoalsOfTwoThousand()
    {
        foreach (int nodes in Choice.Fleets)
        {
            FleetMeasure measure = FleetMeasure.Take(core: 5, edge: nodes - 5, samples: 5);

            Console.WriteLine(measure);
            AssertGoals(measure, join: TimeSpan.FromSeconds(4), table: TimeSpan.FromSeconds(1.5));
        }
    }

    private static void AssertGoals(FleetMeasure measure, TimeSpan join, TimeSpan table)
    {
        Assert.True(measure.Formed, measure.ToString());
        Within(measure.Joined, join);
        Within(measure.TableChange, table);
        Within(measure.CoreCrash, TimeSpan.FromSeconds(7));
        Within(measure.EdgeCrash, TimeSpan.FromSeconds(10));
        Assert.True(measure.IdleBytesPerSecond < MostIdle, measure.ToString());

        void Within(List<TimeSpan> times, TimeSpan goal) => Assert.True(FleetMeasure.Percentile(times, 0.99) <= goal, measure.ToString());
    }
}
