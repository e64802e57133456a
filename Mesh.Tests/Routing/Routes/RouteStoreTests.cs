using Mesh.Actors;
using Mesh.Actors.Journals;
using Mesh.Actors.Sharding;
using Mesh.Routing.Routes;
using Mesh.Wire.Metrics;
using Xunit;

namespace Mesh.Tests.Routing.Routes;

/// <summary>The door for changes before an owner that answers at once, late or not at all; this node's table knows nothing.</summary>
public sealed class RouteStoreTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("store");
    private readonly List<RouteCommand> _asked = [];
    private IActorRef _owner = null!;
    private readonly MetricRegistry _registry = new(1);
    private RouteStore _store = null!;

    public Task InitializeAsync()
    {
        _owner = _system.ActorOf(Props.Create(() => new Owner(_asked)), "owner");
        RouteTable table = new(static _ => { }, new HastyTime());
        _store = new RouteStore(
            _owner,
            table,
            static _ => new ValueTask<JournalStatus>(new JournalStatus("sqlite", false, "the disk is full", [])),
            TimeProvider.System,
            metrics: new RouteMetrics(_registry.OpenScope(), table));
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public async Task ChangesAreCounted_ByWhatBecameOfThem()
    {
        await _store.PutAsync("web", "/a => /b", 0, "me");
        await _store.PutAsync("web", "/a => ", 0, "me");
        await _store.CreateAsync("web", "/a => /c", "me");
        await _store.DeleteAsync("none", 7, "me");

        string[] counted =
        [
            .. _registry.Families().First(static family => family.Name == RouteMetricNames.Changes).Series
                .Select(static series => $"{series.Labels.Labels[0].Value} {((Counter)series.Instrument).Value}").Order(StringComparer.Ordinal),
        ];
        Histogram took = (Histogram)_registry.Families().First(static family => family.Name == RouteMetricNames.ChangeDuration).Series[0].Instrument;
        Assert.Equal(["changed 1", "exists 1", "not_found 0", "refused 1", "stale 1", "unavailable 0"], counted);
        Assert.Equal(1, (double)took.Snapshot().Count);
    }

    [Fact]
    public async Task WhatTakesAnyVersion_IsAskedForAsAChangeOfTheOneThatIsThere()
    {
        Assert.Equal(new RouteResult.Changed(RouteChangeKind.Created, 1), await _store.PutAsync("web", "/a => /b", 0, "me"));
        Assert.Equal(new RouteResult.Changed(RouteChangeKind.Updated, 2), await _store.PutAsync("web", "/a => /c", 0, "me"));
        Assert.Equal(new RouteResult.Changed(RouteChangeKind.Deleted, 3), await _store.DeleteAsync("web", 0, "me"));
        Assert.Equal(new RouteResult.NotFound("there is no such namespace"), await _store.DeleteAsync("web", 0, "me"));
        Assert.Equal(new RouteResult.Changed(RouteChangeKind.RolledBack, 4), await _store.RollbackAsync("web", 1, 0, "me"));

        Assert.All(_asked, static command => Assert.True(command.Verb == RouteVerb.Create || command.Expected != 0));
        Assert.Equal(5, _asked.Select(static command => command.Id).Distinct().Count());
    }

    [Fact]
    public async Task ACommandThatComesLate_DoesNotUndoWhatCameAfterIt()
    {
        await _store.PutAsync("web", "/a => /b", 0, "me");
        await _store.PutAsync("web", "/a => /c", 0, "me");
        RouteCommand late = _asked[^1] with { Id = "late" };
        await _store.PutAsync("web", "/a => /d", 0, "me");

        RouteAnswer answer = await _owner.Ask<RouteAnswer>(new ShardingEnvelope("web", late), TimeSpan.FromSeconds(30));

        Assert.Equal(new RouteAnswer(new RouteResult.Stale(3)), answer);
    }

    [Fact]
    public async Task NoAnswer_IsUnavailable_WithWhatTheJournalSays_AfterTheSameWishWasPutTwice()
    {
        RouteResult result = await _store.CreateAsync(Owner.Silent, "/a => /b", "me");

        string reason = Assert.IsType<RouteResult.Unavailable>(result).Reason;
        Assert.Contains("the sqlite journal is away: the disk is full; it may still be done", reason, StringComparison.Ordinal);
        Assert.Equal((2, 1), (_asked.Count, _asked.Select(static command => command.Id).Distinct().Count()));
    }

    [Fact]
    public async Task ADtabThatIsTooLong_IsRefusedHere()
    {
        RouteResult result = await _store.PutAsync("web", "# " + new string('x', RouteLimits.MaxDtabBytes - 2) + "\n", 0, "me");

        Assert.IsType<RouteResult.Refused>(result);
        Assert.Empty(_asked);
    }

    /// <summary>An entity without a journal.</summary>
    private sealed class Owner : ReceiveActor
    {
        public const string Silent = "silent";

        private RouteBook _book = RouteBook.Empty;

        public Owner(List<RouteCommand> asked) => Receive<ShardingEnvelope>(envelope =>
        {
            var command = (RouteCommand)envelope.Message;
            asked.Add(command);
            if (envelope.EntityId == Silent) return;
            RouteVerdict verdict = _book.Judge(command);
            if (verdict.Change is not null) _book = _book.After(verdict.Change);
            Sender.Tell(new RouteAnswer(verdict.Result), Self);
        });
    }

    /// <summary>Every wait is over at once.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
