using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Journals;
using Mesh.Actors.Persistence;
using Xunit;

namespace Mesh.Tests.Actors.Persistence;

/// <summary>Old events go once enough snapshots hold them, and recovery goes from any of these.</summary>
public sealed class DeleteEventsTests : IAsyncDisposable
{
    private static readonly Action<WordsActor> s_saveAndDelete = static self => self.SaveAndDelete();

    private readonly World _world = new();
    private readonly UneasyJournal _journal;
    private readonly PersistenceExtension _persistence;

    public DeleteEventsTests()
    {
        _journal = new UneasyJournal(_world.Time);
        _persistence = new PersistenceExtension(_journal, new SmallSerializer(), _world.Time);
    }

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    [Fact]
    public async Task NothingGoes_BeforeAsManySnapshotsAreThereAsAreKept()
    {
        IActorRef actor = Start();
        _world.Tell(actor, new[] { "a", "b" });

        _world.Tell(actor, s_saveAndDelete);

        Assert.Equal("deleted to 0", _world.Notes[^1]);
        Assert.Equal("1 2", await NumbersAsync());
    }

    [Fact]
    public async Task WhatTheOldestKeptSnapshotHolds_Goes_AndNoMore()
    {
        IActorRef actor = Start();
        foreach (string word in (string[])["a", "b", "c"])
        {
            _world.Tell(actor, word);
            _world.Tell(actor, s_saveAndDelete);
        }

        Assert.Equal("deleted to 2", _world.Notes[^1]);
        Assert.Equal("3", await NumbersAsync());
        Assert.Equal("recovered a b c at 3", Again(actor));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public async Task ASnapshotThatIsNotUnderstood_GivesWayToTheOneBeforeIt(int last)
    {
        IActorRef actor = Start();
        foreach (string word in (string[])["a", "b", "c"])
        {
            _world.Tell(actor, word);
            if (word != "c" || last == 3) _world.Tell(actor, s_saveAndDelete);
        }

        await _journal.Stored.SaveSnapshot(new Snapshot("words", last, "text.v9", new byte[] { 1 }, default), null, default);

        Assert.Equal("recovered a b c at 3", Again(actor));
    }

    [Fact]
    public async Task WithNoGoodSnapshot_AllEventsAreTaken_AndAGapIsTold()
    {
        IActorRef actor = Start();
        _world.Tell(actor, new[] { "a", "b" });
        await _journal.Stored.SaveSnapshot(new Snapshot("words", 2, "text.v9", new byte[] { 1 }, default), null, default);
        Assert.Equal("recovered a b at 2", Again(actor));

        await _journal.Stored.DeleteEvents("words", 1, null, default);
        _world.Notes.Clear();
        Start("third");

        Assert.Equal("unrecovered: event 1 of words is missing: 2 comes next", _world.Notes[0]);
    }

    [Fact]
    public async Task ASuccessor_CountsTheSnapshotThatItRecoveredFrom()
    {
        IActorRef actor = Start();
        _world.Tell(actor, "a");
        _world.Tell(actor, s_saveAndDelete);
        Again(actor);
        IActorRef successor = Start("third");

        _world.Tell(successor, "b");
        _world.Tell(successor, s_saveAndDelete);

        Assert.Equal("deleted to 1", _world.Notes[^1]);
        Assert.Equal("2", await NumbersAsync());
    }

    [Fact]
    public async Task AStoreThatIsAway_IsTold_AndTheNextTimeDoesIt()
    {
        IActorRef actor = Start();
        _world.Tell(actor, "a");
        _world.Tell(actor, s_saveAndDelete);
        _world.Tell(actor, "b");
        _journal.CannotDelete = true;
        _world.Tell(actor, s_saveAndDelete);
        Assert.Equal("not deleted to 1: the store is away", _world.Notes[^1]);

        _journal.CannotDelete = false;
        _world.Tell(actor, s_saveAndDelete);

        Assert.Equal("deleted to 1", _world.Notes[^1]);
        Assert.Equal("2", await NumbersAsync());
    }

    [Fact]
    public async Task AFencedActor_DeletesNothing_AndStops()
    {
        Fence former = new(new ShardKey("words", "1"), 1);
        await _journal.Stored.Claim(former, 7, default);
        IActorRef actor = Start(fence: former);
        _world.Tell(actor, "a");
        _world.Tell(actor, s_saveAndDelete);
        await _journal.Stored.Claim(former with { Epoch = 2 }, 8, default);

        _world.Tell(actor, s_saveAndDelete);

        Assert.Equal("stopped", _world.Notes[^1]);
        Assert.Equal("1", await NumbersAsync());
    }

    private IActorRef Start(string name = "words", Fence? fence = null) =>
        _world.Start(Props.Create(() => new WordsActor(_persistence, _world.Notes, fence)), name);

    private string Again(IActorRef former)
    {
        _world.Tell(former, PoisonPill.Instance);
        _world.Notes.Clear();
        IActorRef next = Start("again");
        string first = _world.Notes[0];
        _world.Tell(next, PoisonPill.Instance);
        return first;
    }

    private async Task<string> NumbersAsync()
    {
        ImmutableArray<JournalEvent> events = await _journal.Stored.Read("words", 1, 100, default);
        return string.Join(' ', events.Select(static each => each.SequenceNr));
    }
}
