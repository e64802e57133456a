using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Journals;
using Mesh.Actors.Persistence;
using Xunit;

namespace Mesh.Tests.Actors.Persistence;

/// <summary>What an actor finds again, and when it rather stops.</summary>
public sealed class RecoveryTests : IAsyncDisposable
{
    private readonly World _world = new();
    private readonly UneasyJournal _journal;
    private readonly PersistenceExtension _persistence;

    public RecoveryTests()
    {
        _journal = new UneasyJournal(_world.Time);
        _persistence = new PersistenceExtension(_journal, new SmallSerializer(), _world.Time);
    }

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    [Fact]
    public async Task Snapshot_IsOfferedFirst_ThenTheEventsAfterIt()
    {
        IActorRef first = Start();
        _world.Tell(first, new[] { "a", "b" });
        _world.Tell(first, (Action<WordsActor>)(self => self.Save()));
        _world.Tell(first, "c");
        await Delete(2);
        _world.Tell(first, PoisonPill.Instance);
        _world.Notes.Clear();

        Start();

        Assert.Equal(["recovered a b c at 3"], _world.Notes);
    }

    [Fact]
    public void Snapshot_IsTheStateOfItsNumber_AlsoWhenThatChangesBeforeItIsStored()
    {
        IActorRef first = _world.Start(Props.Create(() => new MutableActor(_persistence, _world.Notes)));
        _world.Tell(first, "a");
        _world.Tell(first, "b");
        _world.Tell(first, PoisonPill.Instance);
        _world.Notes.Clear();

        _world.Start(Props.Create(() => new MutableActor(_persistence, _world.Notes)));

        Assert.Equal(["recovered a b"], _world.Notes);
    }

    [Fact]
    public async Task MissingFirstEvents_StopTheRecovery_WhereNoSnapshotStandsForThem()
    {
        IActorRef first = Start();
        _world.Tell(first, new[] { "a", "b" });
        await Delete(1);
        _world.Tell(first, PoisonPill.Instance);
        _world.Notes.Clear();

        Start();

        Assert.Equal(["unrecovered: event 1 of words is missing: 2 comes next", "stopped"], _world.Notes);
    }

    [Fact]
    public async Task MissingEvents_StopTheRecovery_ByName()
    {
        IActorRef first = Start();
        _world.Tell(first, new[] { "a", "b" });
        await Delete(2);
        _world.Tell(first, PoisonPill.Instance);
        _world.Notes.Clear();

        Start();

        Assert.Equal(["unrecovered: event 1 of words is missing: 2 were stored", "stopped"], _world.Notes);
    }

    [Fact]
    public async Task EventOfANewerVersion_StopsTheRecovery_ByName()
    {
        var strange = new JournalEvent(1, "words.v9", "?"u8.ToArray(), 1, default);
        await _journal.Stored.Append([new AtomicWrite("words", [strange], null)], default);

        Start();

        Assert.Contains("`words.v9`, 1 of words, is not understood", _world.Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void SilentStore_EndsTheRecovery_AndThePermitIsFreeAgain()
    {
        _journal.IsClosed = true;

        Start();
        Assert.Equal(PersistenceSettings.DefaultMaxConcurrentRecoveries - 1, _persistence.Permits.Free);
        _world.Advance(31);

        Assert.Contains("was silent for 30 s", _world.Notes[0], StringComparison.Ordinal);
        Assert.Equal(PersistenceSettings.DefaultMaxConcurrentRecoveries, _persistence.Permits.Free);
    }

    [Fact]
    public void Recovery_WaitsForAStoreThatIsAway_AndThenTakesItsCommands()
    {
        _world.Tell(Start(), "a");
        _world.Notes.Clear();
        _journal.AwayReads = 5;

        IActorRef second = _world.System.ActorOf(Props.Create(() => new WordsActor(_persistence, _world.Notes)));
        second.Tell("b", null);
        _world.Run();
        Assert.Empty(_world.Notes);
        for (int i = 0; i < 60; i++) _world.Advance(0.1);

        Assert.Equal(["recovered a at 1", "2:b"], _world.Notes);
    }

    [Fact]
    public void Recovery_EndsWithTheStoresReason_WhenItStaysAwayForHalfAMinute()
    {
        _journal.AwayReads = 1000;

        Start();
        for (int i = 0; i < 290; i++) _world.Advance(0.1);
        Assert.Empty(_world.Notes);
        for (int i = 0; i < 30; i++) _world.Advance(0.1);

        Assert.Contains("was not available for 30 s", _world.Notes[0], StringComparison.Ordinal);
        Assert.Contains("1 of 3 voters reachable", _world.Notes[0], StringComparison.Ordinal);
        Assert.Equal(PersistenceSettings.DefaultMaxConcurrentRecoveries, _persistence.Permits.Free);
    }

    [Fact]
    public void StopWhileWaitingForAPermit_LosesNone()
    {
        var persistence = new PersistenceExtension(
            _journal, new SmallSerializer(), _world.Time, new PersistenceSettings { MaxConcurrentRecoveries = 1 });
        _journal.IsClosed = true;
        IActorRef[] actors = [.. Enumerable.Range(0, 3).Select(_ => _world.Start(Props.Create(() => new WordsActor(persistence, _world.Notes))))];

        _world.System.Stop(actors[1]);
        _world.Run();
        _world.Outside(_journal.Open);

        Assert.Equal(1, persistence.Permits.Free);
        Assert.Equal(2, _world.Notes.Count(note => note.StartsWith("recovered", StringComparison.Ordinal)));
    }

    private IActorRef Start() => _world.Start(Props.Create(() => new WordsActor(_persistence, _world.Notes, null)));

    private async Task Delete(long upTo) => await _journal.DeleteEvents("words", upTo, null, default);

    /// <summary>Saves what it has before it stores what comes.</summary>
    private sealed class MutableActor : PersistentActor
    {
        private readonly List<string> _words = [];

        public MutableActor(PersistenceExtension persistence, List<string> notes) : base(persistence)
        {
            Recover<SnapshotOffer>(offer => _words.AddRange((ImmutableArray<string>)offer.State));
            Recover<string>(_words.Add);
            Recover<RecoveryCompleted>(_ => notes.Add($"recovered {string.Join(' ', _words)}"));
            Command<string>(word =>
            {
                SaveSnapshot(_words);
                Persist(word, _words.Add);
            });
        }

        public override string PersistenceId => "mutable";
    }
}
