using Mesh.Actors;
using Mesh.Actors.Events;
using Mesh.Actors.Supervision;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class SupervisionTests
{
    private static readonly Exception s_boom = new InvalidOperationException("boom");
    private readonly World _world = new();

    private IActorRef Child(string path) =>
        Find(path) ?? throw new InvalidOperationException($"no {path}");

    private IActorRef? Find(string name)
    {
        IActorRef? found = null;
        _world.Tell(_world.Parent!, (Action<Scripted>)(p => found = p.Place.Child(name)));
        return found;
    }

    private static OneForOneStrategy WithBackoff() => new(static _ => Directive.Restart)
    {
        Backoff = new RestartBackoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8), RandomFactor: 0),
    };

    private void StartParent(SupervisorStrategy strategy, params string[] children) => _world.Parent = _world.Start("p", p =>
    {
        p.Judge = strategy;
        p.OnStarting = () =>
        {
            foreach (string child in children) p.Place.ActorOf(_world.Describe(child, _ => { }), child);
        };
    });

    [Fact]
    public void Restart_KeepsRefAndMailbox_LosesTheFailingMessage()
    {
        IActorRef actor = _world.Start("a", _ => { });
        _world.Notes.Clear();

        actor.Tell("1", null);
        actor.Tell(s_boom, null);
        actor.Tell("2", null);
        _world.Run();

        Assert.Equal(["a:1", $"a:PreRestart({s_boom})", "a:PostStop", "a:PostRestart", "a:PreStart", "a:2"], _world.Notes);
        Assert.Equal(1, _world.System.Hierarchy().Single(info => info.Path.Name == "a").Restarts);
        Assert.Single(_world.Log, entry => entry.Level == LogLevel.Error && entry.Exception == s_boom);
    }

    [Fact]
    public void Restart_StopsChildrenFirst_ByDefault()
    {
        IActorRef actor = _world.Start("a", a => a.OnStarting = () => a.Place.ActorOf(_world.Describe("c", _ => { }), "c"));
        _world.Notes.Clear();

        _world.Tell(actor, s_boom);

        Assert.True(_world.Notes.IndexOf("c:PostStop") < _world.Notes.IndexOf("a:PostRestart"));
        Assert.Equal("c:PreStart", _world.Notes[^1]);
    }

    [Fact]
    public void Restart_RestartsChildrenToo_WhenPreRestartKeepsThem()
    {
        IActorRef actor = _world.Start("a", a =>
        {
            a.KeepChildren = true;
            a.OnStarting = () =>
            {
                if (a.Place.Child("c") is null) a.Place.ActorOf(_world.Describe("c", _ => { }), "c");
            };
        });
        IActorRef? child = null;
        _world.Tell(actor, (Action<Scripted>)(a => child = a.Place.Child("c")));

        _world.Tell(actor, s_boom);
        _world.Tell(child!, "still here");

        Assert.Contains("c:PostRestart", _world.Notes);
        Assert.Equal("c:still here", _world.Notes[^1]);
    }

    [Fact]
    public void Resume_KeepsTheInstance()
    {
        StartParent(new OneForOneStrategy(static _ => Directive.Resume), "c");
        IActorRef child = Child("c");
        _world.Notes.Clear();

        child.Tell(s_boom, null);
        child.Tell("goes on", null);
        _world.Run();

        Assert.Equal(["c:goes on"], _world.Notes);
    }

    [Fact]
    public void Stop_EndsTheChild()
    {
        StartParent(SupervisorStrategy.StoppingStrategy, "c");

        _world.Tell(Child("c"), s_boom);

        Assert.Equal("c:PostStop", _world.Notes[^1]);
        Assert.Null(Find("c"));
    }

    [Fact]
    public void Kill_StopsByDefault()
    {
        IActorRef actor = _world.Start("a", _ => { });

        _world.Tell(actor, Kill.Instance);

        Assert.Equal("a:PostStop", _world.Notes[^1]);
    }

    [Fact]
    public void AllForOne_RestartsTheSiblings()
    {
        StartParent(new AllForOneStrategy(static _ => Directive.Restart), "c1", "c2");

        _world.Tell(Child("c1"), s_boom);
        _world.Tell(Child("c2"), "works");

        Assert.Contains("c1:PostRestart", _world.Notes);
        Assert.Contains("c2:PostRestart", _world.Notes);
        Assert.Equal("c2:works", _world.Notes[^1]);
    }

    [Fact]
    public void AllForOne_StaysEven_WhenSiblingsFailTogether()
    {
        for (ulong seed = 0; seed < 100; seed++)
        {
            var world = new World(seed: seed);
            var children = new List<IActorRef>();
            world.Start("p", p =>
            {
                p.Judge = new AllForOneStrategy(static _ => Directive.Restart);
                p.OnStarting = () =>
                {
                    foreach (string name in (string[])["c1", "c2", "c3"]) children.Add(p.Place.ActorOf(world.Describe(name, _ => { }), name));
                };
            });
            foreach (IActorRef child in children) child.Tell(s_boom, null);
            foreach (IActorRef child in children) child.Tell("alive", null);

            world.Run();

            Assert.True(world.Notes.Count(note => note.EndsWith(":alive", StringComparison.Ordinal)) == 3, $"seed {seed}");
        }
    }

    [Fact]
    public void Escalate_MakesTheParentFail()
    {
        StartParent(new OneForOneStrategy(static _ => Directive.Escalate), "c");
        _world.Notes.Clear();

        _world.Tell(Child("c"), s_boom);

        Assert.Contains("p:PostRestart", _world.Notes);
        Assert.Contains("c:PostStop", _world.Notes);
    }

    [Fact]
    public void Escalate_AnsweredByResume_ResumesTheChildThatFailed()
    {
        IActorRef? middle = null, leaf = null, other = null;
        _world.Start("top", top =>
        {
            top.Judge = new OneForOneStrategy(static _ => Directive.Resume);
            top.OnStarting = () => middle = top.Place.ActorOf(_world.Describe("middle", m =>
            {
                m.Judge = new OneForOneStrategy(static _ => Directive.Escalate);
                m.OnStarting = () =>
                {
                    leaf = m.Place.ActorOf(_world.Describe("leaf", _ => { }), "leaf");
                    other = m.Place.ActorOf(_world.Describe("other", _ => { }), "other");
                };
            }), "middle");
        });
        _world.Notes.Clear();

        leaf!.Tell(s_boom, null);
        other!.Tell(s_boom, null);
        _world.Run();
        foreach (IActorRef actor in (IActorRef[])[leaf, other, middle!]) _world.Tell(actor, "on");

        Assert.Equal(["leaf:on", "other:on", "middle:on"], _world.Notes);
    }

    [Fact]
    public void GuardianThatEscalates_StopsTheSystem_AndSaysWhy()
    {
        var world = new World(new ActorSystemOptions { UserGuardianStrategy = new OneForOneStrategy(static _ => Directive.Escalate) });
        IActorRef actor = world.Start("a", _ => { });

        world.Tell(actor, s_boom);

        Assert.True(world.System.WhenTerminated.IsCompletedSuccessfully);
        Assert.Contains(world.Log, entry => entry.Message.Contains("the actor system stops: boom", StringComparison.Ordinal));
    }

    [Fact]
    public void TooManyRestartsInTheWindow_Stop()
    {
        StartParent(new OneForOneStrategy(2, TimeSpan.FromSeconds(10), static _ => Directive.Restart), "c");
        IActorRef child = Child("c");

        for (int i = 0; i < 3; i++) _world.Tell(child, s_boom);

        Assert.Null(Find("c"));
        Assert.Equal(2, _world.Notes.Count(note => note == "c:PostRestart"));
    }

    [Fact]
    public void Backoff_HoldsTheRestart_KeepsTheMail()
    {
        StartParent(WithBackoff(), "c");
        IActorRef child = Child("c");
        _world.Notes.Clear();

        _world.Tell(child, s_boom);
        _world.Tell(child, "waits");
        _world.Advance(0.9);
        Assert.Empty(_world.Notes);
        _world.Advance(0.1);
        Assert.Equal("c:waits", _world.Notes[^1]);
        _world.Notes.Clear();

        // The second failure in a row waits twice as long.
        _world.Tell(child, s_boom);
        _world.Advance(1.9);
        Assert.Empty(_world.Notes);
        _world.Advance(0.1);
        Assert.Contains("c:PostRestart", _world.Notes);
        Assert.Equal(0, _world.Time.Armed);
    }

    [Fact]
    public void ChildStoppedDuringBackoff_StaysStopped()
    {
        StartParent(WithBackoff(), "c");
        IActorRef child = Child("c");
        _world.Tell(child, s_boom);

        _world.System.Stop(child);
        _world.Advance(60);

        Assert.DoesNotContain("c:PostRestart", _world.Notes);
        Assert.Null(Find("c"));
    }

    [Theory]
    [InlineData(1, 0.0, 100)]
    [InlineData(2, 0.0, 200)]
    [InlineData(4, 0.0, 800)]
    [InlineData(5, 0.0, 1000)]
    [InlineData(1000, 0.0, 1000)]
    [InlineData(1, 0.5, 110)]
    [InlineData(1000, 0.5, 1100)]
    public void BackoffDelay_DoublesUpToMax_ThenAddsJitter(int failure, double random, double milliseconds)
    {
        var backoff = new RestartBackoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), 0.2);

        Assert.Equal(milliseconds, backoff.Delay(failure, random).TotalMilliseconds, 6);
    }

    [Theory]
    [InlineData(3, null, 4)]
    [InlineData(3, 0.5, 4)]
    [InlineData(3, 1.0, 1)]
    public void BackoffCount_StartsOver_AfterCalm(int previous, double? calmSeconds, int expected)
    {
        var backoff = new RestartBackoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));

        Assert.Equal(expected, backoff.CountFailure(previous, calmSeconds is { } s ? TimeSpan.FromSeconds(s) : null));
    }

    [Fact]
    public void RestartWindow_Tumbles()
    {
        var history = default(RestartHistory);
        List<bool> granted = [];

        foreach (int second in (int[])[0, 1, 2, 12, 13, 14])
        {
            granted.Add(history.TryRestart(TimeSpan.FromSeconds(second), 2, TimeSpan.FromSeconds(10), out history));
        }

        Assert.Equal([true, true, false, true, true, false], granted);
    }

    [Fact]
    public void RestartWindow_ZeroRetriesNeverRestarts_UnlimitedAlwaysDoes()
    {
        Assert.False(default(RestartHistory).TryRestart(TimeSpan.Zero, 0, null, out _));
        Assert.True(new RestartHistory(int.MaxValue, TimeSpan.Zero).TryRestart(TimeSpan.Zero, SupervisorStrategy.Unlimited, null, out _));
    }
}
