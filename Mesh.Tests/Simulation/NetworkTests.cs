using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Network;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.Toy;
using Mesh.Tests.Simulation.World;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>The simulated network keeps the promises of a messenger, and breaks everything that is not promised.</summary>
public sealed class NetworkTests
{
    [Fact]
    public void KeepsTheOrderOfALane_HoweverMuchIsLostAndLate()
    {
        SimCluster cluster = RecorderProgram.Cluster(2, new NetworkSettings { Loss = 0.3, TailShare = 0.3, Passing = Passing.Bytes });
        while (!Story(cluster, 1).Contains("connected n0"))
        {
            Say(cluster, 0, 1, "first");
            cluster.World.RunFor(TimeSpan.FromSeconds(7));
        }

        for (int i = 0; i < 200; i++)
        {
            Say(cluster, 0, 1, $"{i}");
            if (i == 100) Cut(cluster, 0, 1, 1);
            cluster.World.RunFor(TimeSpan.FromMilliseconds(20));
            if (i == 150) Cut(cluster, 0, 1, -1);
        }

        cluster.World.RunFor(TimeSpan.FromSeconds(60));
        Assert.Equal(
            Enumerable.Range(0, 200).Select(i => $"heard {i} of n0"),
            Story(cluster, 1).Where(line => line.StartsWith("heard", StringComparison.Ordinal) && line != "heard first of n0"));
    }

    [Fact]
    public void LosesMessages_WhenItIsMadeOfDatagrams()
    {
        SimCluster cluster = RecorderProgram.Cluster(2, new NetworkSettings { Loss = 0.3, PlainDrop = true });
        for (int i = 0; i < 20; i++) Try(cluster);

        for (int i = 0; i < 100; i++) Say(cluster, 0, 1, "x");

        cluster.World.RunFor(TimeSpan.FromSeconds(10));
        Assert.InRange(Story(cluster, 1).Count(line => line == "heard x of n0"), 40, 90);

        // Handshakes get lost as well: until one came through.
        static void Try(SimCluster cluster)
        {
            Say(cluster, 0, 1, "first");
            cluster.World.RunFor(TimeSpan.FromSeconds(7));
        }
    }

    [Fact]
    public void RefusesAtOnce_WhereAMachineRunsNothing_AndIsSilentWhereNoneIs()
    {
        SimCluster cluster = RecorderProgram.Cluster(3);
        SimProcess stopped = cluster.Machines[1].Process!, unplugged = cluster.Machines[2].Process!;
        stopped.Die(machineSpeaks: true, SessionEnd.Broken);
        unplugged.Die(machineSpeaks: false, SessionEnd.Broken);
        cluster.Machines[2].IsOn = false;

        Say(cluster, 0, stopped, "a");
        Say(cluster, 0, unplugged, "b");

        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["lost n1: Refused"], Story(cluster, 0).Distinct());
        cluster.World.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(["lost n1: Refused", "lost n2: TimedOut"], Story(cluster, 0).Distinct());
    }

    [Fact]
    public void NamesTheProcess_ThatAnswersInsteadOfTheExpected()
    {
        SimCluster cluster = RecorderProgram.Cluster(2);
        SimProcess old = cluster.Machines[1].Process!;
        old.Die(machineSpeaks: true, SessionEnd.Broken);
        cluster.Start(cluster.Machines[1]);

        Say(cluster, 0, old, "for the old one");

        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["connected n1", "lost n1: OtherUid"], Story(cluster, 0));
        Assert.DoesNotContain("heard for the old one of n0", Story(cluster, 1));
    }

    [Fact]
    public void BreaksHalfOpenSessions_OnlyWhenSomethingIsSent()
    {
        SimCluster cluster = RecorderProgram.Cluster(2);
        Say(cluster, 0, 1, "hello");
        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        SimProcess gone = cluster.Machines[1].Process!;
        gone.Die(machineSpeaks: false, SessionEnd.Broken);
        cluster.World.RunFor(TimeSpan.FromSeconds(5));
        Assert.DoesNotContain("lost n1: Broken", Story(cluster, 0));

        Say(cluster, 0, gone, "anybody there");

        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.Contains("lost n1: Broken", Story(cluster, 0));
    }

    [Fact]
    public void HearsLate_WhatCameWhileItWasPaused_AndKnowsIt()
    {
        SimCluster cluster = RecorderProgram.Cluster(2);
        Say(cluster, 0, 1, "before");
        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        cluster.Machines[1].Process!.Loop.Pause(TimeSpan.FromSeconds(30));

        Say(cluster, 0, 1, "while it slept");

        cluster.World.RunFor(TimeSpan.FromSeconds(29));
        Assert.DoesNotContain("heard while it slept of n0", Story(cluster, 1));
        cluster.World.RunFor(TimeSpan.FromSeconds(2));
        Assert.Contains("heard while it slept of n0", Story(cluster, 1));
        Assert.InRange(((RecorderProgram)cluster.Machines[1].Process!.Program!).Lateness.TotalSeconds, 29, 31);
    }

    [Fact]
    public void IsDeafInOneDirection_WhenCutInOne()
    {
        SimCluster cluster = RecorderProgram.Cluster(2);
        Say(cluster, 0, 1, "hello");
        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        cluster.Network.Link(cluster.Machines[0], cluster.Machines[1]).Cuts++;

        Say(cluster, 0, 1, "lost");
        Say(cluster, 1, 0, "found");

        cluster.World.RunFor(TimeSpan.FromSeconds(2));
        Assert.Contains("heard found of n1", Story(cluster, 0));
        Assert.DoesNotContain("heard lost of n0", Story(cluster, 1));
    }

    [Fact]
    public void RefusesPeers_OfAnotherClusterOrForgotten()
    {
        SimCluster cluster = RecorderProgram.Cluster(3);
        SimMessenger other = cluster.Machines[1].Process!.Messenger;
        other.Hello = other.Hello with { ClusterName = "another" };
        cluster.Machines[2].Process!.Messenger.Forget(cluster.Machines[0].Process!.Self);

        Say(cluster, 0, 1, "x");
        Say(cluster, 0, 2, "x");

        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["lost n1: OtherCluster", "lost n2: Forgotten"], Story(cluster, 0).Order().Distinct());
    }

    [Fact]
    public void Fails_WhenAMessageIsTooBigOrChangedAfterItWasSent()
    {
        SimCluster cluster = RecorderProgram.Cluster(2, new NetworkSettings { Passing = Passing.Watched });
        SimMessenger messenger = cluster.Machines[0].Process!.Messenger;
        var big = new BytesValue { Value = ByteString.CopyFrom(new byte[64 << 10]) };
        var changed = new StringValue { Value = "before" };

        SimFailure tooBig = Assert.Throws<SimFailure>(() => messenger.Send(cluster.Machines[1].Process!.Self, big));
        messenger.Send(cluster.Machines[1].Process!.Self, new StringValue { Value = "opens the session" });
        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        messenger.Send(cluster.Machines[1].Process!.Self, changed);
        changed.Value = "after";

        Assert.Contains("M7", tooBig.Message, StringComparison.Ordinal);
        SimFailure caught = Assert.Throws<SimFailure>(() => cluster.World.RunFor(TimeSpan.FromSeconds(1)));
        Assert.Contains("changed after it was sent", caught.Message, StringComparison.Ordinal);
    }

    private static void Say(SimCluster cluster, int from, int to, string text) => Say(cluster, from, cluster.Machines[to].Process!, text);

    private static void Say(SimCluster cluster, int from, SimProcess to, string text) =>
        cluster.Machines[from].Process!.Messenger.Send(to.Self, new StringValue { Value = text });

    private static void Cut(SimCluster cluster, int one, int other, int by)
    {
        cluster.Network.Link(cluster.Machines[one], cluster.Machines[other]).Cuts += by;
        cluster.Network.Link(cluster.Machines[other], cluster.Machines[one]).Cuts += by;
    }

    private static List<string> Story(SimCluster cluster, int machine) => ((RecorderProgram)cluster.Machines[machine].Process!.Program!).Story;
}
