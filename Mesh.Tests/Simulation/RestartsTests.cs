using Mesh.Actors.Clustering;
using Mesh.Actors.Membership.Seeds;
using Mesh.Actors.Tables;
using Mesh.Tests.Simulation.Checks;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.Runs;
using Mesh.Tests.Simulation.World;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>A month of deployments in a few seconds: what a node keeps must not grow with the number of processes that ever were.</summary>
public sealed class RestartsTests
{
    /// <summary>What is kept of removed processes on purpose, each with a limit of its own.</summary>
    private static readonly string[] Remembered = ["Tombstones", "_gone", "_toldRemoved"];

    [Fact]
    public void EveryMapIsBackToItsSize_AfterManyRestartsOfAPeer()
    {
        int restarts = Choice.IsCi ? 1000 : 200;
        string[] grown = [];
        var thread = new Thread(() => grown = Live(restarts), maxStackSize: 16 << 20) { IsBackground = true };

        thread.Start();
        thread.Join();

        Assert.True(grown.Length == 0, string.Join(Environment.NewLine, grown));
    }

    private static string[] Live(int restarts)
    {
        var world = new SimWorld(77) { ChancesOn = false };
        var scenario = new Scenario(77, 3, 1, TimeSpan.Zero, new NetworkSettings(), []) { Exact = true };
        SeedAddress[] seeds = [.. Enumerable.Range(0, 3).Select(index => new SeedAddress($"10.0.0.{index}", 4000))];
        var cluster = new SimCluster(
            world, scenario.Network, ClusterProtocols.Catalog, 3, 1, process => new ClusterProgram(process, scenario, seeds, 2));
        cluster.StartAll(TimeSpan.FromSeconds(1));
        SimMachine edge = cluster.Machines[3];
        world.RunFor(TimeSpan.FromSeconds(60));

        Restart(20);
        Footprint before = Of(cluster.Machines[0]);
        Restart(restarts);
        Footprint after = Of(cluster.Machines[0]);

        return [.. after.GrownSince(before, 16).Where(line => !Remembered.Any(part => line.Contains(part, StringComparison.Ordinal)))];

        void Restart(int times)
        {
            for (int i = 0; i < times; i++)
            {
                edge.Process!.Die(machineSpeaks: true, Mesh.Actors.Remoting.SessionEnd.Closed);
                world.RunFor(TimeSpan.FromSeconds(0.5));
                SimProcess process = cluster.Start(edge);
                var program = (ClusterProgram)process.Program!;
                process.Loop.Post(() => program.Owned.Put($"k{i}", "v"));
                process.Loop.Post(() => program.Map.Put("m", "v", new RowVersion((ulong)process.Incarnation, 1)));
                world.RunFor(TimeSpan.FromSeconds(3));
            }

            world.RunFor(TimeSpan.FromMinutes(3));
        }
    }

    /// <summary>The program is the test's; what it joins is the product's.</summary>
    private static Footprint Of(SimMachine machine) => new(((ClusterProgram)machine.Process!.Program!).Protocols);
}
