using Mesh.Actors;
using Mesh.Actors.Dispatch;
using Mesh.Actors.Events;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class MailboxTests
{
    [Fact]
    public void Keeps_TheOrderOfOneSender()
    {
        var world = new World();
        IActorRef actor = world.Start("a", _ => { });
        world.Notes.Clear();

        for (int i = 0; i < 100; i++) actor.Tell($"{i}", null);
        world.Run();

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"a:{i}"), world.Notes);
    }

    [Fact]
    public void HandlesSystemMessages_BeforeWaitingUserMessages()
    {
        var world = new World();
        IActorRef actor = world.Start("a", _ => { });
        actor.Tell("waits", null);

        world.System.Stop(actor);
        world.Run();

        Assert.DoesNotContain("a:waits", world.Notes);
        Assert.Equal(1, world.System.DeadLetterCount);
    }

    [Fact]
    public void EndsATurn_AfterTheThroughput()
    {
        var world = new World();
        IActorRef first = world.Start("a", _ => { });
        IActorRef second = world.Start("b", _ => { });
        world.Notes.Clear();
        for (int i = 0; i < Dispatcher.DefaultThroughput + 10; i++) first.Tell("x", null);
        second.Tell("y", null);

        world.Run();

        Assert.Equal(Dispatcher.DefaultThroughput, world.Notes.IndexOf("b:y"));
    }

    [Fact]
    public void EndsATurn_AfterTheQuantum_WhenMessagesThatWereSmallBecomeSlow()
    {
        var world = new World();
        IActorRef first = world.Start("a", _ => { });
        IActorRef second = world.Start("b", _ => { });
        for (int i = 0; i < 1000; i++) first.Tell("small", null);
        world.Run();
        world.Notes.Clear();

        for (int i = 0; i < 50; i++)
        {
            first.Tell((Action<Scripted>)(a =>
            {
                world.Time.Advance(Dispatcher.DefaultQuantum);
                a.Note("slow");
            }), null);
        }

        second.Tell("y", null);
        world.Run();

        Assert.InRange(world.Notes.IndexOf("b:y"), 1, 16);
        Assert.Equal(50, world.Notes.Count(note => note == "a:slow"));
    }

    [Fact]
    public void DropNewest_LosesWhatArrives()
    {
        var world = new World();
        IActorRef actor = world.Start("a", _ => { }, new MailboxOptions(2, OverflowPolicy.DropNewest));
        Collector letters = world.Listen<DeadLetter>();
        world.Notes.Clear();

        foreach (string text in (string[])["1", "2", "3"]) actor.Tell(text, null);
        world.Run();

        Assert.Equal(["a:1", "a:2"], world.Notes);
        DeadLetter letter = Assert.IsType<DeadLetter>(Assert.Single(letters.Seen));
        Assert.Equal(("3", DeadLetterReason.MailboxFull), (letter.Message, letter.Reason));
        Assert.Equal(1, world.System.Hierarchy().Single(info => info.Path.Name == "a").Dropped);
    }

    [Fact]
    public void DropOldest_LosesWhatWaitedLongest()
    {
        var world = new World();
        IActorRef actor = world.Start("a", _ => { }, new MailboxOptions(2, OverflowPolicy.DropOldest));
        world.Notes.Clear();

        foreach (string text in (string[])["1", "2", "3", "4"]) actor.Tell(text, null);
        world.Run();

        Assert.Equal(["a:3", "a:4"], world.Notes);
        Assert.Equal(2, world.System.DeadLetterCount);
    }

    [Fact]
    public async Task Reject_TellsTheAsker()
    {
        var world = new World();
        IActorRef actor = world.Start("a", _ => { }, new MailboxOptions(1, OverflowPolicy.Reject));
        actor.Tell("fills", null);

        Task<string> answer = actor.Ask<string>("late", TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<MailboxFullException>(() => answer);
    }

    [Theory]
    [InlineData(OverflowPolicy.DropNewest)]
    [InlineData(OverflowPolicy.DropOldest)]
    public void FullMailbox_LosesNoTerminatedAndNoPoisonPill(OverflowPolicy policy)
    {
        var world = new World();
        IActorRef dying = world.Start("dying", _ => { });
        IActorRef actor = world.Start("a", a =>
        {
            a.OnStarting = () => a.Place.Watch(dying);
            a.On<Terminated>(_ => a.Note("saw death"));
        }, new MailboxOptions(1, policy));

        // While the watcher is busy, its mailbox fills up around the notice of death.
        world.Tell(actor, (Action<Scripted>)(_ =>
        {
            actor.Tell("1", null);
            world.System.Stop(dying);
            while (world.Dispatcher.Ready > 0 && world.Dispatcher.RunOne()) { }
        }));
        actor.Tell(PoisonPill.Instance, null);
        for (int i = 0; i < 10; i++) actor.Tell("more", null);
        world.Run();

        Assert.Single(world.Notes, "a:saw death");
        Assert.Equal("a:PostStop", world.Notes[^1]);
    }

    [Fact]
    public void UserLane_DropsTheOldestOrdinary_StepsOverExempt()
    {
        var lane = new UserLane(new MailboxOptions(2, OverflowPolicy.DropOldest));
        lane.Offer(new Envelope("E1", null, Exempt: true), out _);
        lane.Offer(new Envelope("1", null), out _);
        lane.Offer(new Envelope("E2", null, Exempt: true), out _);
        lane.Offer(new Envelope("2", null), out _);

        Offer offer = lane.Offer(new Envelope("3", null), out Envelope lost);

        List<object> left = [];
        while (lane.TryTake(out Envelope envelope)) left.Add(envelope.Message);
        Assert.Equal((Offer.TakenForOldest, "1"), (offer, lost.Message));
        Assert.Equal(["E1", "E2", "2", "3"], left);
    }

    [Fact]
    public void UserLane_KeepsOrder_ThroughGrowingAndShrinking()
    {
        var lane = new UserLane(new MailboxOptions(5000, OverflowPolicy.DropNewest));
        int next = 0, expected = 0;

        for (int round = 0; round < 400; round++)
        {
            int burst = round == 3 ? 3000 : (round % 7) + 1;
            for (int i = 0; i < burst; i++) Assert.True(lane.Offer(new Envelope(next++, null), out _) is Offer.Taken or Offer.TakenByASleeper);
            while (lane.TryTake(out Envelope envelope)) Assert.Equal(expected++, envelope.Message);
        }

        Assert.Equal(next, expected);
        Assert.Equal(0, lane.Count);
    }

    [Fact]
    public void UserLane_TellsOneProducer_ThatTheConsumerSleeps()
    {
        var lane = new UserLane(new MailboxOptions(10, OverflowPolicy.DropNewest));
        Offer[] first = [Tell(), Tell()];

        bool sleptTooEarly = lane.TrySleep();
        while (lane.TryTake(out _)) { }
        bool slept = lane.TrySleep();
        Offer[] then = [Tell(), Tell()];

        Assert.Equal([Offer.TakenByASleeper, Offer.Taken], first);
        Assert.False(sleptTooEarly);
        Assert.True(slept);
        Assert.Equal([Offer.TakenByASleeper, Offer.Taken], then);

        Offer Tell() => lane.Offer(new Envelope("x", null), out _);
    }

    [Fact]
    public void UserLane_IsFull_AtItsCapacityExactly_AlsoWhileAWindowIsOut()
    {
        var lane = new UserLane(new MailboxOptions(3, OverflowPolicy.DropNewest));
        for (int i = 0; i < 3; i++) lane.Offer(new Envelope(i, null), out _);
        lane.TryTake(out _);

        Offer[] offers = [lane.Offer(new Envelope(3, null), out _), lane.Offer(new Envelope(4, null), out _)];

        Assert.Equal([Offer.Taken, Offer.Full], offers);
        Assert.Equal(3, lane.Count);
    }

    [Fact]
    public void DeadLetters_AreAllCounted_FewPublished()
    {
        var world = new World(new ActorSystemOptions { DeadLettersPublishedPerSecond = 3 });
        Collector letters = world.Listen<DeadLetter>();
        Collector suppressed = world.Listen<SuppressedLetters>();

        for (int i = 0; i < 100; i++) world.System.DeadLetters.Tell($"{i}", null);
        world.Advance(1);
        world.System.DeadLetters.Tell("next second", null);
        world.Run();

        Assert.Equal(101, world.System.DeadLetterCount);
        Assert.Equal(4, letters.Seen.Count);
        Assert.Equal(new SuppressedLetters(97), Assert.Single(suppressed.Seen));
    }
}
