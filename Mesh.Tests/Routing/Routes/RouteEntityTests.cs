using Mesh.Actors;
using Mesh.Actors.Journals;
using Mesh.Actors.Persistence;
using Mesh.Actors.Remoting;
using Mesh.Actors.Sharding;
using Mesh.Actors.Tables;
using Mesh.Routing.Routes;
using Mesh.Tests.Actors;
using Mesh.Tests.Actors.Persistence;
using Xunit;

namespace Mesh.Tests.Routing.Routes;

/// <summary>A namespace's entity over a journal in memory: what it stores, says and publishes, and what a successor makes of it.</summary>
public sealed class RouteEntityTests : IAsyncDisposable
{
    private static readonly ShardKey s_shard = new(RouteEntity.TypeName, "1");

    private readonly World _world = new();
    private readonly UneasyJournal _journal;
    private readonly PersistenceExtension _persistence;
    private readonly List<(long Epoch, long Version, string? Text)> _published = [];
    private readonly List<object> _answers = [];
    private (long Epoch, long Version) _newest;
    private bool _isFull;
    private readonly List<object> _parent = [];
    private readonly IActorRef _asker;
    private readonly IActorRef _shard;

    public RouteEntityTests()
    {
        _journal = new UneasyJournal(_world.Time);
        var serializers = new MessageSerializers(_world.System);
        RouteCodec.Register(serializers);
        _persistence = new PersistenceExtension(_journal, serializers, _world.Time);
        _asker = _world.Start(Props.Create(() => new Listener(_answers)), "asker");
        _shard = _world.Start(Props.Create(() => new Shard(_parent)), "shard");
    }

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    [Fact]
    public void AChange_IsStored_ThenPublished_ThenAnswered()
    {
        IActorRef entity = Start(1);
        _journal.IsClosed = true;

        Ask(entity, Put("1", "/a => /b"));
        Assert.Equal((0, 0), (_published.Count, _answers.Count));
        _world.Outside(_journal.Open);

        Assert.Equal([(1L, 1L, "/a => /b")], _published);
        Assert.Equal([new RouteAnswer(new RouteResult.Changed(RouteChangeKind.Created, 1))], _answers);
    }

    [Fact]
    public void ASuccessor_PublishesUnderItsOwnEpoch_WhatTheFormerOwnerStored()
    {
        Ask(Start(1), Put("1", "/a => /b"));
        _published.Clear();

        IActorRef second = Start(2);
        Ask(second, Put("1", "/a => /b"));

        Assert.Equal([(2L, 1L, "/a => /b")], _published);
        Assert.Equal(new RouteAnswer(new RouteResult.Changed(RouteChangeKind.Created, 1)), _answers[^1]);
    }

    [Fact]
    public void AFormerOwner_StoresNothing_AndSaysSo()
    {
        IActorRef first = Start(1);
        Ask(first, Put("1", "/a => /b"));
        Start(2);

        Ask(first, Put("2", "/a => /c"));

        Status.Failure failure = Assert.IsType<Status.Failure>(_answers[^1]);
        Assert.Contains("the namespace is moving to another node", failure.Cause.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_published, static each => each.Text == "/a => /c");
        Assert.Contains(_parent, static message => message is ShardFenced);
    }

    [Fact]
    public void AJournalThatIsAway_RefusesTheChange_AndTheNextOneWorks()
    {
        IActorRef entity = Start(1);
        _journal.Faults.Enqueue(AppendFault.Unavailable);

        Ask(entity, Put("1", "/a => /b"));
        Ask(entity, Put("2", "/a => /c"));

        Assert.Equal("the store is away", Assert.IsType<Status.Failure>(_answers[0]).Cause.Message);
        Assert.Equal(new RouteAnswer(new RouteResult.Changed(RouteChangeKind.Created, 1)), _answers[1]);
        Assert.Equal([(1L, 1L, "/a => /c")], _published);
    }

    [Fact]
    public void AWriteWhoseAnswerWasLost_CountsOnce()
    {
        IActorRef entity = Start(1);
        _journal.Faults.Enqueue(AppendFault.LostAfter);

        Ask(entity, Put("1", "/a => /b"));
        Ask(entity, Put("1", "/a => /b"));

        Assert.All(_answers, static answer => Assert.Equal(new RouteAnswer(new RouteResult.Changed(RouteChangeKind.Created, 1)), answer));
        Assert.Equal(2, _answers.Count);
    }

    /// <summary>It was answered "done", and no node ever had it.</summary>
    [Fact]
    public void AChangeThatTheTableHasNoRoomFor_IsNotDone_AndAskedAgainItIsPublished()
    {
        IActorRef entity = Start(1);
        _isFull = true;
        Ask(entity, Put("1", "/a => /b"));
        _isFull = false;

        Ask(entity, Put("1", "/a => /b"));

        var refused = Assert.IsType<RouteResult.Unavailable>(Assert.IsType<RouteAnswer>(_answers[0]).Result);
        Assert.Contains("version 1 is in the journal, but no node has it: the table `routes` is full", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(new RouteAnswer(new RouteResult.Changed(RouteChangeKind.Created, 1)), _answers[1]);
        Assert.Equal([(1L, 1L, "/a => /b")], _published);
    }

    /// <summary>The journal was lost and its epochs began anew below those that the living nodes' tables knew: every change was in vain.</summary>
    [Fact]
    public void AfterANewJournal_AChangeIsPublishedAboveWhatTheTableKnows_AndSoAreASuccessors()
    {
        _newest = (40, 57);
        IActorRef first = Start(1);

        for (int i = 1; i <= 120; i++) Ask(first, Put($"{i}", $"/a => /{i}"));
        Start(2);

        Assert.Equal(new RouteAnswer(new RouteResult.Changed(RouteChangeKind.Created, 1)), _answers[0]);
        Assert.Equal(120, _answers.Count);
        Assert.Equal((41L, 1L, "/a => /1"), _published[0]);
        Assert.Equal((41L, 120L, "/a => /120"), _published[119]);
        Assert.Equal((42L, 120L, "/a => /120"), _published[120]);
    }

    /// <summary>Nothing may be taken back by a node that only has lost its place, so recovery alone lifts nobody.</summary>
    [Fact]
    public void AFormerOwner_OrOneThatHasOnlyRecovered_IsNotLifted()
    {
        IActorRef first = Start(1);
        Ask(first, Put("1", "/a => /b"));
        Start(2);

        Ask(first, Put("1", "/a => /b"));
        _newest = (40, 57);
        Start(3);

        Assert.IsType<Status.Failure>(_answers[^1]);
        Assert.Equal([(1L, 1L, "/a => /b"), (2L, 1L, "/a => /b")], _published);
    }

    [Fact]
    public async Task History_IsTheSame_AfterSnapshotAndRecovery_ThoughOldEventsAreGone()
    {
        IActorRef first = Start(1);
        for (int i = 1; i <= 230; i++) Ask(first, Put($"{i}", $"/a => /{i}"));
        Ask(first, new RouteHistoryQuestion(0));
        RouteHistory before = Assert.IsType<RouteHistory>(_answers[^1]);

        IActorRef second = Start(2);
        Ask(second, new RouteHistoryQuestion(0));
        Ask(second, new RouteHistoryQuestion(100));

        Assert.Equal(101, (await _journal.Stored.Read("routes-web", 1, 1, default))[0].SequenceNr);
        Assert.Equal(before.Changes.AsEnumerable(), Assert.IsType<RouteHistory>(_answers[^2]).Changes);
        Assert.Equal((31L, 230L), (before.Changes[0].Version, before.Changes[^1].Version));
        RouteChange one = Assert.Single(Assert.IsType<RouteHistory>(_answers[^1]).Changes);
        Assert.True(one.Dtab!.TryRead(out string? text));
        Assert.Equal("/a => /100", text);
    }

    [Fact]
    public void WithoutANamespace_ItGoesAfterAWhile_AndWithOneItStays()
    {
        IActorRef entity = Start(1);
        Ask(entity, Put("1", "/a => /b"));
        _world.Advance(100);
        Assert.Empty(_parent);

        Ask(entity, new RouteCommand("2", RouteVerb.Delete, "me", DateTimeOffset.UnixEpoch));
        _world.Advance(40);

        Assert.Equal((1L, 2L, null), _published[^1]);
        Assert.IsType<Passivate>(_parent[0]);
    }

    private IActorRef Start(long epoch)
    {
        var fence = new Fence(s_shard, epoch);
        ValueTask<ClaimOutcome> claim = _journal.Claim(fence, (ulong)epoch, default);
        Assert.True(claim.IsCompletedSuccessfully);
        var place = new EntityContext("web", fence, _shard);
        PublishRoutes publish = Publish;
        _shard.Tell(Props.Create(() => new RouteEntity(_persistence, place, publish)), _asker);
        _world.Run();
        IActorRef entity = Assert.IsAssignableFrom<IActorRef>(_answers[^1]);
        _answers.RemoveAt(_answers.Count - 1);
        return entity;
    }

    /// <summary>As the fleet's table does.</summary>
    private void Publish(string name, long epoch, RouteBook book, Action<PublishOutcome> then)
    {
        Assert.Equal("web", name);
        if (book.Version == 0) return;
        (long, long) version = (epoch, book.Version);
        WriteResult result = _isFull ? WriteResult.Full : version.CompareTo(_newest) switch
        {
            < 0 => WriteResult.Outdated,
            0 => WriteResult.Unchanged,
            _ => WriteResult.Accepted,
        };
        if (result == WriteResult.Accepted)
        {
            _newest = version;
            _published.Add((epoch, book.Version, book.Dtab?.TryRead(out string? text) == true ? text : null));
        }

        then(new PublishOutcome(result, (ulong)_newest.Epoch));
    }

    private void Ask(IActorRef entity, object question)
    {
        entity.Tell(question, _asker);
        _world.Run();
    }

    private static RouteCommand Put(string id, string text) =>
        new(id, RouteVerb.Put, "me", DateTimeOffset.UnixEpoch) { Dtab = PackedText.Of(text) };

    private sealed class Listener : ReceiveActor
    {
        public Listener(List<object> heard) => ReceiveAny(heard.Add);
    }

    /// <summary>The parent of the entities: starts one for each recipe, and keeps what they tell it.</summary>
    private sealed class Shard : ReceiveActor
    {
        public Shard(List<object> heard)
        {
            Receive<Props>(props => Sender.Tell(Context.ActorOf(props), Self));
            ReceiveAny(heard.Add);
        }
    }
}
