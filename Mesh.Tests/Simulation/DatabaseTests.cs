using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Mesh.Actors.Storage;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.Storage;
using Mesh.Tests.Simulation.Toy;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>The simulated database: a journal whose answers get lost, and that never does what it refused.</summary>
public sealed class DatabaseTests
{
    private static readonly ShardKey Shard = new("type", "7");

    [Fact]
    public void RefusesTheFormerOwner()
    {
        SimCluster cluster = RecorderProgram.Cluster(2);
        var database = new SimDatabase(cluster.World, 1);
        IJournalStore first = database.Open(cluster.Machines[0].Process!), second = database.Open(cluster.Machines[1].Process!);
        Do(cluster, first.Claim(new Fence(Shard, 1), 1, default).AsTask());
        Do(cluster, second.Claim(new Fence(Shard, 2), 2, default).AsTask());

        ImmutableArray<AppendOutcome> outcomes = Do(cluster, first.Append([Write("a", 1, 1)], default).AsTask());

        Assert.Equal(new AppendOutcome(AppendStatus.Fenced, 2), Assert.Single(outcomes));
        Assert.Equal(1, database.Books.Fenced);
    }

    [Fact]
    public void MayHaveWritten_WhatItSaysIsUnknown()
    {
        SimCluster cluster = RecorderProgram.Cluster(1);
        var database = new SimDatabase(cluster.World, 1);
        IJournalStore store = database.Open(cluster.Machines[0].Process!);
        Do(cluster, store.Claim(new Fence(Shard, 1), 1, default).AsTask());
        database.Faults = new DiskFaults { Unknown = 1 };

        Task write = store.Append([Write("a", 1, 1)], default).AsTask();

        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(StorageFault.Unknown, Assert.IsType<StorageException>(write.Exception!.InnerException).Fault);
        Assert.Equal(1, Do(cluster, store.HighestSequenceNr("a", default).AsTask()));
    }

    [Fact]
    public void IsAway_ForThoseWhoAreCutOff()
    {
        SimCluster cluster = RecorderProgram.Cluster(1);
        var database = new SimDatabase(cluster.World, 1);
        database.CutOff.Add(0);

        Task<long> read = database.Open(cluster.Machines[0].Process!).HighestSequenceNr("a", default).AsTask();

        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(StorageFault.Unavailable, Assert.IsType<StorageException>(read.Exception!.InnerException).Fault);
    }

    private static AtomicWrite Write(string id, long number, long epoch) =>
        new(id, [new JournalEvent(number, "e.v1", new byte[] { 1 }, 1, default)], new Fence(Shard, epoch));

    private static T Do<T>(SimCluster cluster, Task<T> task)
    {
        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.True(task.IsCompletedSuccessfully);
        return task.GetAwaiter().GetResult();
    }
}
