using Mesh.Actors;
using Mesh.Actors.Dispatch;
using Xunit;

namespace Mesh.Tests.Actors;

/// <summary>Real threads, and what a Tell costs in memory.</summary>
public sealed class LoadTests
{
    private const int Producers = 8;
    private const int MessagesEach = 20_000;

    [Fact]
    public async Task ManyProducers_EveryMessageArrivesOnce_InOrderPerSender()
    {
        await using ActorSystem system = ActorSystem.Create("load");
        var done = new TaskCompletionSource();
        var receiver = new CountingActor.Tally(Producers, Producers * MessagesEach, done);
        IActorRef actor = system.ActorOf(
            Props.Create(() => new CountingActor(receiver)).WithMailbox(new MailboxOptions(Producers * MessagesEach, OverflowPolicy.DropNewest)));

        Thread[] threads = [.. Enumerable.Range(0, Producers).Select(producer => new Thread(() =>
        {
            for (int i = 0; i < MessagesEach; i++) actor.Tell((producer, i), null);
        }))];
        foreach (Thread thread in threads) thread.Start();

        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Null(receiver.Fault);
        Assert.Equal(0, system.DeadLetterCount);
    }

    [Fact]
    public async Task StopDuringAFlood_EveryMessageIsHandledOrADeadLetter()
    {
        await using ActorSystem system = ActorSystem.Create("load");
        var tally = new CountingActor.Tally(Producers, int.MaxValue, new TaskCompletionSource());
        IActorRef actor = system.ActorOf(
            Props.Create(() => new CountingActor(tally)).WithMailbox(new MailboxOptions(Producers * MessagesEach, OverflowPolicy.DropNewest)));
        Thread[] threads = [.. Enumerable.Range(0, Producers).Select(producer => new Thread(() =>
        {
            for (int i = 0; i < MessagesEach; i++)
            {
                actor.Tell((producer, i), null);
                if (producer == 0 && i == MessagesEach / 2) system.Stop(actor);
            }
        }))];

        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        await system.Terminate().WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Null(tally.Fault);
        Assert.Equal(Producers * MessagesEach, tally.Handled + system.DeadLetterCount);
    }

    [Fact]
    public async Task PingPong_BetweenManyActors_LosesNoWakeUp()
    {
        const int pairs = 50, rounds = 2_000;
        await using ActorSystem system = ActorSystem.Create("load");
        using var left = new CountdownEvent(pairs);
        var done = new TaskCompletionSource();
        for (int i = 0; i < pairs; i++)
        {
            IActorRef pong = system.ActorOf(Props.Create(() => new PongActor()));
            IActorRef ping = system.ActorOf(Props.Create(() => new PingActor(rounds, () =>
            {
                if (left.Signal()) done.SetResult();
            })));
            pong.Tell("ball", ping);
        }

        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Tell_ToAWarmActor_AllocatesNothing()
    {
        var dispatcher = new ManualDispatcher();
        ActorSystem system = ActorSystem.Create("load", new ActorSystemOptions { Dispatcher = dispatcher });
        var sink = new Sink();
        IActorRef actor = system.ActorOf(Props.Create(() => new SinkActor(sink)));
        object message = new();
        Send(actor, dispatcher, message, 10_000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Send(actor, dispatcher, message, 100_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(110_000, sink.Count);
        Assert.True(allocated < 10_000, $"{allocated} B for 100000 messages");
    }

    private static void Send(IActorRef actor, ManualDispatcher dispatcher, object message, int count)
    {
        for (int i = 0; i < count; i += 100)
        {
            for (int j = 0; j < 100; j++) actor.Tell(message, null);
            dispatcher.RunUntilIdle();
        }
    }

    private sealed class Sink
    {
        public int Count { get; set; }
    }

    private sealed class SinkActor : ReceiveActor
    {
        public SinkActor(Sink sink) => ReceiveAny(_ => sink.Count++);
    }

    private sealed class PongActor : ReceiveActor
    {
        public PongActor() => Receive<string>(ball => Sender.Tell(ball));
    }

    private sealed class PingActor : ReceiveActor
    {
        public PingActor(int rounds, Action finished) => Receive<string>(ball =>
        {
            if (--rounds == 0) finished();
            else Sender.Tell(ball);
        });
    }

    private sealed class CountingActor : ReceiveActor
    {
        private int _inside;

        public CountingActor(Tally tally) => Receive<(int Producer, int Number)>(message =>
        {
            if (Interlocked.Exchange(ref _inside, 1) == 1) tally.Fault = "two turns at once";
            if (tally.Next[message.Producer]++ != message.Number) tally.Fault ??= $"producer {message.Producer} out of order at {message.Number}";
            if (++tally.Handled == tally.Expected) tally.Done.SetResult();
            Volatile.Write(ref _inside, 0);
        });

        internal sealed class Tally(int producers, int expected, TaskCompletionSource done)
        {
            public int[] Next { get; } = new int[producers];

            public int Handled { get; set; }

            public int Expected { get; } = expected;

            public TaskCompletionSource Done { get; } = done;

            public string? Fault { get; set; }
        }
    }
}
