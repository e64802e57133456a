using Mesh.Actors;
using Mesh.Actors.Events;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class StashTests
{
    private readonly World _world = new();

    private IActorRef StartClosed() => _world.Start(Props.Create(() => new DoorActor(_world)));

    [Fact]
    public void UnstashAll_HandsBackInOrder_BeforeWhatWaits()
    {
        IActorRef actor = StartClosed();

        foreach (string message in new[] { "a", "b", "open", "c" }) actor.Tell(message, null);
        _world.Run();

        Assert.Equal(["a", "b", "c"], _world.Notes);
    }

    [Fact]
    public void Restart_HandsTheStashBack()
    {
        IActorRef actor = StartClosed();
        actor.Tell("a", null);
        actor.Tell(new FormatException("bug"), null);
        actor.Tell("b", null);
        actor.Tell("open", null);

        _world.Run();

        Assert.Equal(["a", "b"], _world.Notes);
    }

    [Fact]
    public void Stop_MakesDeadLettersOfTheStash()
    {
        Collector letters = _world.Listen<DeadLetter>();
        IActorRef actor = StartClosed();
        _world.Tell(actor, "a");

        _world.Tell(actor, PoisonPill.Instance);

        Assert.Equal("a", Assert.IsType<DeadLetter>(Assert.Single(letters.Seen)).Message);
    }

    [Fact]
    public void FullStash_RefusesByName_AndTellsTheSender()
    {
        IActorRef asker = _world.Start("asker", a => a.On<Status.Failure>(failure => a.Note(failure.Cause.GetType().Name)));
        IActorRef actor = StartClosed();
        for (int i = 0; i < 1000; i++) actor.Tell("waits", null);
        _world.Run();
        _world.Notes.Clear();

        actor.Tell("one too many", asker);
        _world.Run();

        Assert.Equal(["asker:MailboxFullException"], _world.Notes);
        Assert.Contains(_world.Log, entry => entry.Exception is StashOverflowException);
    }

    private sealed class DoorActor : ReceiveActor
    {
        private readonly World _world;

        public DoorActor(World world)
        {
            _world = world;
            Receive<Exception>(fault => throw fault);
            Receive<string>(Closed);
        }

        private void Closed(string message)
        {
            if (message != "open")
            {
                Stash.Stash();
                return;
            }

            Stash.UnstashAll();
            Become(() => Receive<string>(_world.Notes.Add));
        }
    }
}
