using System.Diagnostics;
using Mesh.Tests.Simulation.Runs;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>Numbers in virtual time. The always-on ones have generous bounds; the tables come by command.</summary>
public sealed class MeasureTests
{
    [Fact]
    public void ThirtyNodes_KnowThingsInSeconds()
    {
        FleetMeasure measure = FleetMeasure.Take(core: 5, edge: 25, samples: 2);

        Assert.True(measure.Formed, measure.ToString());
        Assert.True(FleetMeasure.Percentile(measure.Joined, 0.99) < TimeSpan.FromSeconds(4), measure.ToString());
        Assert.True(FleetMeasure.Percentile(measure.TableChange, 0.99) < TimeSpan.FromSeconds(3), measure.ToString());
        Assert.True(FleetMeasure.Percentile(measure.EdgeCrash, 0.99) < TimeSpan.FromSeconds(20), measure.ToString());
        Assert.True(FleetMeasure.Percentile(measure.CoreCrash, 0.99) < TimeSpan.FromSeconds(14), measure.ToString());
    }

    [Fact]
    public void Tables_ArePrintedByCommand()
    {
        if (!Choice.Measures) return;
        foreach ((int core, int edge) in new[] { (5, 25), (5, 95), (5, 495), (5, 1995) })
        {
            long started = Stopwatch.GetTimestamp();
            Console.WriteLine($"{FleetMeasure.Take(core, edge, samples: 5)}  ({Stopwatch.GetElapsedTime(started).TotalSeconds:0} s on the wall)");
        }
    }
}
