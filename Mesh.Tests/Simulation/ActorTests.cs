using Mesh.Actors;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.Toy;
using Xunit;

namespace Mesh.Tests.Simulation;

/// <summary>Actors live in the world too: their turns are its events, their clock is their process's.</summary>
public sealed class ActorTests
{
    [Fact]
    public void RunTheirTurnsAndTimers_InVirtualTime()
    {
        SimCluster cluster = RecorderProgram.Cluster(1);
        SimProcess process = cluster.Machines[0].Process!;
        ActorSystem system = ActorSystem.Create("sim", new ActorSystemOptions { Time = process.Time, Dispatcher = process.Dispatcher, Seed = 1 });
        var heard = new List<string>();
        IActorRef actor = system.ActorOf(Props.Create(() => new Echo(heard)), "echo");

        actor.Tell("now");
        system.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(10), actor, "later");

        cluster.World.RunFor(TimeSpan.FromSeconds(9));
        Assert.Equal(["now"], heard);
        cluster.World.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(["now", "later"], heard);
    }

    [Fact]
    public void Wait_WhileTheyAreStarved()
    {
        SimCluster cluster = RecorderProgram.Cluster(1);
        SimProcess process = cluster.Machines[0].Process!;
        ActorSystem system = ActorSystem.Create("sim", new ActorSystemOptions { Time = process.Time, Dispatcher = process.Dispatcher, Seed = 1 });
        var heard = new List<string>();
        IActorRef actor = system.ActorOf(Props.Create(() => new Echo(heard)), "echo");
        cluster.World.RunFor(TimeSpan.FromSeconds(1));
        process.Dispatcher.StarvedUntil = cluster.World.Now + TimeSpan.FromSeconds(5);

        actor.Tell("hungry");

        cluster.World.RunFor(TimeSpan.FromSeconds(4));
        Assert.Empty(heard);
        cluster.World.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(["hungry"], heard);
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo(List<string> heard) => Receive<string>(heard.Add);
    }
}
