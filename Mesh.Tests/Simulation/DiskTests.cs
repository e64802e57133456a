using System.Text;
using Mesh.Actors.Storage;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.Storage;
using Mesh.Tests.Simulation.Toy;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>The simulated disk: what was acknowledged is there, what was not may be, in the order of the calls.</summary>
public sealed class DiskTests
{
    [Fact]
    public void KeepsABeginning_OfWhatWasNotSyncedWhenThePowerWent()
    {
        var kept = new SortedSet<int>();
        for (ulong seed = 1; seed <= 40; seed++)
        {
            SimCluster cluster = RecorderProgram.Cluster(1, seed: seed);
            SimDisk disk = cluster.Machines[0].Disk;
            IDurableMap map = disk.Open(cluster.Machines[0].Process!);
            Task acknowledged = Put(map, "acknowledged");
            cluster.World.RunFor(TimeSpan.FromSeconds(1));
            Assert.True(acknowledged.IsCompletedSuccessfully);
            _ = Put(map, "a");
            _ = Put(map, "b");

            disk.CutPower();

            string[] keys = Keys(cluster, map);
            Assert.Contains(string.Join(' ', keys), new[] { "acknowledged", "a acknowledged", "a acknowledged b" });
            kept.Add(keys.Length);
        }

        Assert.Equal([1, 2, 3], kept);
    }

    [Fact]
    public void SaysUnknown_WhetherItWroteOrNot()
    {
        var kept = new SortedSet<int>();
        for (ulong seed = 1; seed <= 20; seed++)
        {
            SimCluster cluster = RecorderProgram.Cluster(1, seed: seed);
            SimDisk disk = cluster.Machines[0].Disk;
            IDurableMap map = disk.Open(cluster.Machines[0].Process!);
            disk.Faults = new DiskFaults { Unknown = 1 };

            Task write = Put(map, "a");

            cluster.World.RunFor(TimeSpan.FromSeconds(1));
            Assert.Equal(StorageFault.Unknown, Assert.IsType<StorageException>(write.Exception!.InnerException).Fault);
            disk.Faults = DiskFaults.None;
            kept.Add(Keys(cluster, map).Length);
        }

        Assert.Equal([0, 1], kept);
    }

    [Theory]
    [InlineData(StorageFault.Full)]
    [InlineData(StorageFault.Unavailable)]
    public void WritesNothing_WhenItSaysSo(StorageFault fault)
    {
        SimCluster cluster = RecorderProgram.Cluster(1);
        SimDisk disk = cluster.Machines[0].Disk;
        IDurableMap map = disk.Open(cluster.Machines[0].Process!);
        disk.Faults = fault == StorageFault.Full ? new DiskFaults { Full = true } : new DiskFaults { Unavailable = 1 };

        Task write = Put(map, "a");

        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(fault, Assert.IsType<StorageException>(write.Exception!.InnerException).Fault);
        disk.Faults = DiskFaults.None;
        Assert.Empty(Keys(cluster, map));
    }

    private static Task Put(IDurableMap map, string key) => map.Write("bucket", [new(key, Encoding.UTF8.GetBytes(key))]).AsTask();

    private static string[] Keys(SimCluster cluster, IDurableMap map)
    {
        Task<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> load = map.Load("bucket").AsTask();
        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(load.IsCompletedSuccessfully);
#pragma warning disable xUnit1031 // The task is done: the world did it.
        return [.. load.Result.Select(pair => pair.Key)];
#pragma warning restore xUnit1031
    }
}
