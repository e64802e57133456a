using Mesh.Actors;
using Mesh.Actors.Events;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class LifecycleTests
{
    [Fact]
    public void Stops_ChildrenBeforeTheParentsPostStop()
    {
        var world = new World();
        IActorRef parent = world.Start("p", p => p.OnStarting = () =>
        {
            p.Place.ActorOf(world.Describe("c1", c => c.OnStarting = () => c.Place.ActorOf(world.Describe("g", _ => { }), "g")), "c1");
            p.Place.ActorOf(world.Describe("c2", _ => { }), "c2");
        });
        world.Notes.Clear();

        world.System.Stop(parent);
        world.Run();

        Assert.Equal("p:PostStop", world.Notes[^1]);
        Assert.True(world.Notes.IndexOf("g:PostStop") < world.Notes.IndexOf("c1:PostStop"));
        Assert.Equal(4, world.Notes.Count);
    }

    [Fact]
    public void PoisonPill_LetsEarlierMessagesThrough_LaterOnesAreDead()
    {
        var world = new World();
        IActorRef actor = world.Start("a", _ => { });
        world.Notes.Clear();

        actor.Tell("before", null);
        actor.Tell(PoisonPill.Instance, null);
        actor.Tell("after", null);
        world.Run();

        Assert.Equal(["a:before", "a:PostStop"], world.Notes);
        Assert.Equal(1, world.System.DeadLetterCount);
    }

    [Fact]
    public void Name_IsTaken_UntilItsHolderHasFullyStopped()
    {
        var world = new World();
        IActorRef actor = world.Start("a", _ => { });

        world.System.Stop(actor);

        Assert.Throws<InvalidActorNameException>(() => world.System.ActorOf(world.Describe("a", _ => { }), "a"));
        world.Run();
        IActorRef second = world.Start("a", _ => { });
        Assert.Equal(actor.Path, second.Path);
        Assert.NotEqual(actor.Path.Uid, second.Path.Uid);
    }

    [Fact]
    public void Become_ReplacesHandlers_UnbecomeStackedGoesBack()
    {
        var world = new World();
        IActorRef actor = world.Start("a", a =>
        {
            a.On<int>(number => a.Note($"initial {number}"));
            a.On<char>(_ => a.Stack(() =>
            {
                a.On<int>(number => a.Note($"stacked {number}"));
                a.On<char>(_ => a.Unstack());
            }));
        });
        world.Notes.Clear();

        foreach (object message in (object[])[1, 'x', 2, 'x', 3]) actor.Tell(message, null);
        world.Run();

        Assert.Equal(["a:initial 1", "a:stacked 2", "a:initial 3"], world.Notes);
    }

    [Fact]
    public void Receive_TakesTheFirstHandlerThatFits()
    {
        var world = new World();
        IActorRef actor = world.Start("a", a =>
        {
            a.On<int>(number => number > 10, _ => a.Note("big"));
            a.On<int>(_ => a.Note("small"));
        });
        world.Notes.Clear();

        actor.Tell(5, null);
        actor.Tell(50, null);
        world.Run();

        Assert.Equal(["a:small", "a:big"], world.Notes);
    }

    [Fact]
    public void UnknownMessage_IsPublishedAsUnhandled()
    {
        var world = new World();
        Collector unhandled = world.Listen<UnhandledMessage>();
        IActorRef actor = world.Start("a", _ => { });

        world.Tell(actor, 3.5);

        Assert.Equal(new UnhandledMessage(3.5, null, actor), Assert.Single(unhandled.Seen));
        Assert.Equal(1, world.System.UnhandledCount);
    }

    [Fact]
    public void Tell_InsideAnActor_NamesItAsSender()
    {
        var world = new World();
        IActorRef echo = world.Start("echo", e => e.On<int>(number => e.Place.Sender.Tell($"got {number}")));
        IActorRef asker = world.Start("asker", _ => { });

        world.Tell(asker, (Action<Scripted>)(_ => echo.Tell(7)));

        Assert.Contains("asker:got 7", world.Notes);
    }

    [Fact]
    public void ConstructorThatThrows_StopsTheChildAndTellsWatchers()
    {
        var world = new World();
        IActorRef broken = world.System.ActorOf(Props.Create<Scripted>(() => throw new FormatException("no")), "broken");
        world.Start("w", w =>
        {
            w.OnStarting = () => w.Place.Watch(broken);
            w.On<Terminated>(dead => w.Note($"{dead.ActorRef.Path.Name} is dead"));
        });

        Assert.Contains("w:broken is dead", world.Notes);
        Assert.Contains(world.Log, entry => entry.Exception is ActorInitializationException { InnerException: FormatException });
    }

    [Fact]
    public void ActorMadeWithNew_IsRefused() => Assert.Throws<ActorInitializationException>(() => new CollectingActor(new Collector()));

    [Fact]
    public void Context_OutsideItsTurn_Throws()
    {
        var world = new World();
        IActorContext? stolen = null;
        world.Start("a", a => a.OnStarting = () => stolen = a.Place);

        Assert.Throws<InvalidOperationException>(() => stolen!.ActorOf(world.Describe("x", _ => { })));
    }

    [Fact]
    public void Hierarchy_ListsParentsFirst_WithMailboxes()
    {
        var world = new World();
        IActorRef actor = world.Start("p", p => p.OnStarting = () => p.Place.ActorOf(world.Describe("c", _ => { }), "c"));
        actor.Tell("1", null);
        actor.Tell("2", null);

        var all = world.System.Hierarchy();

        Assert.Equal(["mesh://test/", "mesh://test/user", "mesh://test/user/p", "mesh://test/user/p/c", "mesh://test/system"],
            all.Select(info => info.Path.ToString()));
        Assert.Equal(2, all[2].MailboxLength);
        Assert.Equal(nameof(Scripted), all[2].Type);
    }

    [Fact]
    public void Terminate_StopsUserBeforeSystem_AndCompletes()
    {
        var world = new World();
        world.Start("u", _ => { });
        world.System.SystemActorOf(world.Describe("s", _ => { }), "s");
        world.Run();
        world.Notes.Clear();

        Task end = world.System.Terminate();
        world.Run();

        Assert.True(end.IsCompletedSuccessfully);
        Assert.Equal(["u:PostStop", "s:PostStop"], world.Notes);
        Assert.Throws<InvalidOperationException>(() => world.System.ActorOf(world.Describe("late", _ => { })));
    }
}
