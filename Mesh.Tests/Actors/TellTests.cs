using Mesh.Actors;
using Mesh.Actors.Dispatch;
using Mesh.Tests.Kit;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class TellTests
{
    private const int Messages = 1000;

    [Fact]
    public void Tell_OfAnExistingObject_AllocatesNothing_NorDoesHandlingIt()
    {
        var world = new World();
        var actor = world.Start(Props.Create<Counter>());
        var ball = new object();

        long bytes = Allocated.Least(() =>
        {
            for (int sent = 0; sent < Messages; sent++)
            {
                actor.Tell(ball, actor);
                if (sent % 20 == 0) world.Dispatcher.RunUntilIdle();
            }

            world.Dispatcher.RunUntilIdle();
        });

        Assert.Equal(0, bytes);
    }

    [Fact]
    public void Tell_BetweenTwoActors_AllocatesNothing()
    {
        var world = new World();
        IActorRef pong = world.Start(Props.Create<Echo>());
        IActorRef ping = world.Start(Props.Create(() => new Serve(pong)));
        var ball = new object();

        long bytes = Allocated.Least(() =>
        {
            ping.Tell(ball, null);
            for (int turn = 0; turn < Messages; turn++) world.Dispatcher.RunOne();
        });

        Assert.Equal(0, bytes);
    }

    [Theory]
    [InlineData(OverflowPolicy.DropNewest)]
    [InlineData(OverflowPolicy.DropOldest)]
    [InlineData(OverflowPolicy.Reject)]
    public void ABoundedMailbox_HoldsNoMore_WhileItsActorIsAtWork(OverflowPolicy policy)
    {
        var world = new World();
        IActorRef? self = null;
        int handled = 0;
        self = world.Start(
            "a",
            actor => actor.On<object>(message => message is "fill", _ =>
            {
                handled++;
                for (int more = 0; more < 10; more++) self!.Tell("x", null);
            }),
            new MailboxOptions(4, policy));
        world.Notes.Clear();
        self.Tell("fill", null);
        self.Tell("a", null);
        self.Tell("b", null);

        world.Run();

        Assert.Equal(1, handled);
        Assert.Equal(policy == OverflowPolicy.DropOldest ? ["a:x", "a:x", "a:x", "a:x"] : ["a:a", "a:b", "a:x", "a:x"], world.Notes);
        Assert.Equal(8, world.System.DeadLetterCount);
    }

    private sealed class Counter : ReceiveActor
    {
        private int _handled;

        public Counter() => Receive<object>(_ => _handled++);
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message, Self));
    }

    private sealed class Serve : ReceiveActor
    {
        public Serve(IActorRef pong) => ReceiveAny(message => pong.Tell(message, Self));
    }
}
