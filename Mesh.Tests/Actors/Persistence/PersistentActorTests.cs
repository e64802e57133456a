using Mesh.Actors;
using Mesh.Actors.Journals;
using Mesh.Actors.Persistence;
using Mesh.Actors.Supervision;
using Xunit;

namespace Mesh.Tests.Actors.Persistence;

public sealed class PersistentActorTests : IAsyncDisposable
{
    private static readonly ShardKey s_shard = new("words", "1");

    private readonly World _world = new();
    private readonly UneasyJournal _journal;
    private readonly PersistenceExtension _persistence;

    public PersistentActorTests()
    {
        _journal = new UneasyJournal(_world.Time);
        _persistence = new PersistenceExtension(_journal, new SmallSerializer(), _world.Time);
    }

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    private IActorRef Start(Fence? fence = null) => _world.Start(Props.Create(() => new WordsActor(_persistence, _world.Notes, fence)));

    [Fact]
    public void Recovers_WhatWasStored_BeforeTheFirstCommand()
    {
        IActorRef first = Start();
        _world.Tell(first, "a");
        _world.Tell(first, new[] { "b", "c" });
        _world.Tell(first, PoisonPill.Instance);
        _world.Notes.Clear();

        IActorRef second = _world.System.ActorOf(Props.Create(() => new WordsActor(_persistence, _world.Notes)));
        second.Tell("d", null);
        _world.Run();

        Assert.Equal(["recovered a b c at 3", "4:d"], _world.Notes);
    }

    [Fact]
    public void Handler_RunsOnlyAfterTheEventIsStored_AndLetsNoCommandInBetween()
    {
        IActorRef actor = Start();
        _world.Notes.Clear();
        _journal.IsClosed = true;

        actor.Tell("a", null);
        actor.Tell((Action<WordsActor>)(self => self.Note($"sees {self.Words.Length}")), null);
        _world.Run();
        Assert.Empty(_world.Notes);
        _world.Outside(_journal.Open);

        Assert.Equal(["1:a", "sees 1"], _world.Notes);
    }

    [Fact]
    public void Handler_MayPersistMore_WhichComesBeforeTheNextCommand()
    {
        IActorRef actor = Start();
        _world.Notes.Clear();

        actor.Tell((Action<WordsActor>)(self => self.Store("a", _ => self.Store("b"))), null);
        actor.Tell("c", null);
        _world.Run();

        Assert.Equal(["1:a", "2:b", "3:c"], _world.Notes);
    }

    [Fact]
    public void PoisonPill_DoesNotOvertakeCommandsThatWaitForTheJournal()
    {
        IActorRef actor = Start();
        _world.Notes.Clear();
        _journal.IsClosed = true;

        actor.Tell("a", null);
        actor.Tell("b", null);
        actor.Tell(PoisonPill.Instance, null);
        _world.Run();
        _world.Outside(_journal.Open);

        Assert.Equal(["1:a", "2:b", "stopped"], _world.Notes);
    }

    [Fact]
    public void StoreThatIsAway_RefusesTheCommand_AndTheActorGoesOn()
    {
        IActorRef actor = Start();
        _world.Notes.Clear();
        _journal.Faults.Enqueue(AppendFault.Unavailable);

        _world.Tell(actor, "a");
        _world.Tell(actor, "b");

        Assert.Equal(["rejected a: the store is away", "1:b"], _world.Notes);
    }

    [Theory]
    [InlineData((int)AppendFault.LostBefore)]
    [InlineData((int)AppendFault.LostAfter)]
    public void LostAnswer_IsFoundOut_AndTheEventIsThereOnce(int fault)
    {
        IActorRef actor = Start();
        _world.Notes.Clear();
        _journal.Faults.Enqueue((AppendFault)fault);
        _journal.Faults.Enqueue(AppendFault.Unavailable);

        _world.Tell(actor, "a");
        Assert.Empty(_world.Notes);
        _world.Advance(0.1);
        _world.Tell(actor, "b");

        Assert.Equal(["1:a", "2:b"], _world.Notes);
        Assert.Equal(2, _journal.Stored.Machine.HighestSequenceNr("words"));
    }

    [Fact]
    public void AnswerThatStaysLost_StopsTheActor_AfterHalfAMinute()
    {
        IActorRef actor = Start();
        _world.Notes.Clear();
        for (int i = 0; i < 1000; i++) _journal.Faults.Enqueue(AppendFault.LostBefore);

        _world.Tell(actor, "a");
        for (int i = 0; i < 400; i++) _world.Advance(0.1);

        Assert.StartsWith("failed a: whether words wrote", _world.Notes[0], StringComparison.Ordinal);
        Assert.Equal("stopped", _world.Notes[^1]);
    }

    [Fact]
    public void AnswersThatStayLost_StopAllOfTheGroup_AfterTheSameHalfMinute()
    {
        IActorRef[] actors = [.. Enumerable.Range(0, 8).Select(i => _world.Start(Props.Create(() => new OneActor(_persistence, i, _world.Notes))))];
        _journal.IsClosed = true;
        foreach (IActorRef actor in actors) actor.Tell("x", null);
        _world.Run();
        for (int i = 0; i < 1000; i++) _journal.Faults.Enqueue(AppendFault.LostBefore);
        _world.Outside(_journal.Open);

        // Two alone, then the six that came meanwhile: half a minute for each group.
        for (int i = 0; i < 700; i++) _world.Advance(0.1);

        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i} failed"), _world.Notes.Order());
    }

    [Theory]
    [InlineData((int)AppendFault.LostBefore)]
    [InlineData((int)AppendFault.LostAfter)]
    public void LostAnswerOfAGroup_IsFoundOut_AndEachEventIsThereOnce(int fault)
    {
        IActorRef[] actors = [.. Enumerable.Range(0, 8).Select(i => _world.Start(Props.Create(() => new OneActor(_persistence, i, _world.Notes))))];
        _journal.IsClosed = true;
        foreach (IActorRef actor in actors) actor.Tell("x", null);
        _world.Run();
        for (int i = 0; i < 3; i++) _journal.Faults.Enqueue((AppendFault)fault);
        _world.Outside(_journal.Open);

        for (int i = 0; i < 10; i++) _world.Advance(0.1);

        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i}:x"), _world.Notes.Order());
        Assert.All(Enumerable.Range(0, 8), i => Assert.Equal(1, _journal.Stored.Machine.HighestSequenceNr($"one-{i}")));
    }

    [Fact]
    public void CommandThatThrows_StoresNothing_AlsoWhenItsActorIsResumed()
    {
        IActorRef parent = _world.Start(Props.Create(() => new Lenient(Props.Create(() => new WordsActor(_persistence, _world.Notes)))));
        _world.Notes.Clear();

        _world.Tell(parent, (Action<WordsActor>)(self =>
        {
            self.Store("a");
            throw new InvalidOperationException("thought again");
        }));
        _world.Tell(parent, "b");

        Assert.Equal(["1:b"], _world.Notes);
    }

    [Fact]
    public async Task WriteUnderAnOldEpoch_StopsTheActor_AndItsHandlerNeverRuns()
    {
        await Claim(1);
        IActorRef actor = Start(new Fence(s_shard, 1));
        _world.Tell(actor, "a");
        await Claim(2);
        _world.Notes.Clear();

        _world.Tell(actor, "b");

        Assert.Equal(["failed b: its shard was claimed under epoch 2, this is 1", "stopped"], _world.Notes);
    }

    [Fact]
    public void SecondWriterOfOneName_IsFoundOut_AndStops()
    {
        IActorRef old = Start();
        IActorRef other = Start();
        _world.Tell(other, "x");
        _world.Notes.Clear();

        _world.Tell(old, "y");

        Assert.Equal(["failed y: another wrote event 1 of words", "stopped"], _world.Notes);
    }

    [Fact]
    public void ConcurrentWriters_ShareACommit()
    {
        IActorRef[] actors = [.. Enumerable.Range(0, 8).Select(i => _world.Start(Props.Create(() => new OneActor(_persistence, i, _world.Notes))))];
        _journal.IsClosed = true;

        foreach (IActorRef actor in actors) actor.Tell("x", null);
        _world.Run();
        _world.Outside(_journal.Open);

        Assert.Equal([1, 1, 6], _journal.Batches);
        Assert.Equal(8, _world.Notes.Count);
    }

    [Fact]
    public async Task EventThatNobodyCanSerialize_FailsTheCommand_AndStoresNothing()
    {
        IActorRef actor = Start();

        _world.Tell(actor, (Action<WordsActor>)(self => self.StoreUnknown()));
        _world.Tell(actor, "a");

        Assert.Equal("1:a", _world.Notes[^1]);
        const string Why = "no serializer is registered for Int32";
        Assert.Contains(_world.Log, entry => entry.Exception?.Message.Contains(Why, StringComparison.Ordinal) == true);
    }

    private async Task Claim(long epoch) => await _journal.Claim(new Fence(s_shard, epoch), 1, default);

    private sealed class OneActor : PersistentActor
    {
        private readonly int _number;
        private readonly List<string> _notes;

        public OneActor(PersistenceExtension persistence, int number, List<string> notes) : base(persistence)
        {
            (_number, _notes) = (number, notes);
            Command<string>(word => Persist(word, each => notes.Add($"{number}:{each}")));
        }

        public override string PersistenceId => $"one-{_number}";

        protected override void OnPersistFailure(Exception cause, object @event) => _notes.Add($"{_number} failed");
    }

    /// <summary>A parent that lets its child go on whatever it did.</summary>
    private sealed class Lenient : ReceiveActor
    {
        public Lenient(Props child)
        {
            IActorRef words = Context.ActorOf(child);
            ReceiveAny(words.Forward);
        }

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Resume);
    }
}
