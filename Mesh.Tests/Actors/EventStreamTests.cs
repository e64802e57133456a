using Mesh.Actors;
using Mesh.Actors.Events;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class EventStreamTests
{
    private readonly World _world = new();

    [Fact]
    public void Subscriber_GetsWhatIsOfItsType_Once()
    {
        IActorRef actor = _world.Start("a", _ => { });
        Assert.True(_world.System.EventStream.Subscribe(actor, typeof(string)));
        Assert.False(_world.System.EventStream.Subscribe(actor, typeof(string)));
        _world.Notes.Clear();

        _world.System.EventStream.Publish("news");
        _world.System.EventStream.Publish(5);
        _world.Run();

        Assert.Equal(["a:news"], _world.Notes);
        Assert.Equal(0, _world.System.UnhandledCount);
    }

    [Fact]
    public void DeadSubscriber_IsForgotten()
    {
        IActorRef actor = _world.Start("a", _ => { });
        _world.System.EventStream.Subscribe(actor, typeof(string));

        _world.Tell(actor, PoisonPill.Instance);

        Assert.Equal(0, _world.System.EventStream.Count);
    }

    [Fact]
    public void SubscribingTheDead_LeavesNothingBehind()
    {
        IActorRef actor = _world.Start("a", _ => { });
        _world.Tell(actor, PoisonPill.Instance);

        _world.System.EventStream.Subscribe(actor, typeof(string));

        Assert.Equal(0, _world.System.EventStream.Count);
    }

    [Fact]
    public void DeadLetterSubscriberThatIsDead_MakesNoLoop()
    {
        IActorRef actor = _world.Start("a", _ => { });
        _world.System.EventStream.Subscribe(actor, typeof(DeadLetter));
        _world.System.Stop(actor);

        _world.System.DeadLetters.Tell("x", null);
        _world.Run();

        Assert.Equal(2, _world.System.DeadLetterCount);
    }

    [Fact]
    public void BrokenLogSink_DoesNotBreakSupervision()
    {
        var world = new World();
        ActorSystem system = ActorSystem.Create("s", new ActorSystemOptions
        {
            Dispatcher = world.Dispatcher,
            LogSink = _ => throw new InvalidOperationException("disk full"),
        });
        IActorRef actor = system.ActorOf(world.Describe("a", _ => { }), "a");
        world.Run();

        world.Tell(actor, new FormatException());

        Assert.Contains("a:PostRestart", world.Notes);
    }
}
