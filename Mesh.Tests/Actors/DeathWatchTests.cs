using Mesh.Actors;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class DeathWatchTests
{
    private readonly World _world = new();

    private IActorRef Watcher(IActorRef target) => _world.Start("w", w =>
    {
        w.OnStarting = () => w.Place.Watch(target);
        w.On<Terminated>(dead => w.Note($"{dead.ActorRef.Path.Name} died"));
    });

    [Fact]
    public void Terminated_ComesOnce_ThoughWatchedTwice()
    {
        IActorRef target = _world.Start("t", _ => { });
        IActorRef watcher = Watcher(target);
        _world.Tell(watcher, (Action<Scripted>)(w => w.Place.Watch(target)));

        _world.System.Stop(target);
        _world.Run();

        Assert.Single(_world.Notes, "w:t died");
    }

    [Fact]
    public void Terminated_ComesOnce_WhenTheWatchedIsAlreadyDead()
    {
        IActorRef target = _world.Start("t", _ => { });
        _world.System.Stop(target);
        _world.Run();

        Watcher(target);

        Assert.Single(_world.Notes, "w:t died");
    }

    [Fact]
    public void Terminated_ComesAfterWhatTheDeadOneSaidBefore()
    {
        IActorRef target = _world.Start("t", _ => { });
        IActorRef watcher = Watcher(target);
        _world.Notes.Clear();

        _world.Tell(target, (Action<Scripted>)(t =>
        {
            watcher.Tell("last words");
            t.Place.Stop(t.Place.Self);
        }));

        Assert.Equal(["t:PostStop", "w:last words", "w:t died"], _world.Notes);
    }

    [Fact]
    public void Unwatch_ThrowsAwayATerminatedThatAlreadyWaits()
    {
        IActorRef target = _world.Start("t", _ => { });
        IActorRef watcher = Watcher(target);
        watcher.Tell((Action<Scripted>)(w =>
        {
            // The death happens while the watcher is busy, so its Terminated waits behind the next message.
            watcher.Tell((Action<Scripted>)(later => later.Place.Unwatch(target)));
            _world.System.Stop(target);
            _world.Run();
        }), null);

        _world.Run();

        Assert.DoesNotContain("w:t died", _world.Notes);
    }

    [Fact]
    public void Watch_AgainAfterDeath_TellsAgain()
    {
        IActorRef target = _world.Start("t", _ => { });
        IActorRef watcher = Watcher(target);
        _world.System.Stop(target);
        _world.Run();

        _world.Tell(watcher, (Action<Scripted>)(w => w.Place.Watch(target)));

        Assert.Equal(2, _world.Notes.Count(note => note == "w:t died"));
    }

    [Fact]
    public void ParentThatWatches_IsToldOnce_WhenTheNameIsFreeAgain()
    {
        IActorRef parent = _world.Start("p", p =>
        {
            p.OnStarting = () => p.Place.Watch(p.Place.ActorOf(_world.Describe("c", _ => { }), "c"));
            p.On<Terminated>(_ => p.Note(p.Place.Child("c") is null ? "free" : "taken"));
        });

        _world.Tell(parent, (Action<Scripted>)(p => p.Place.Stop(p.Place.Child("c")!)));

        Assert.Single(_world.Notes, "p:free");
    }

    [Fact]
    public void UnhandledTerminated_IsADeathPact()
    {
        IActorRef target = _world.Start("t", _ => { });
        IActorRef watcher = _world.Start("w", _ => { });
        _world.Tell(watcher, (Action<Scripted>)(w => w.Place.Watch(target)));

        _world.System.Stop(target);
        _world.Run();

        Assert.Contains("w:PostRestart", _world.Notes);
        Assert.Contains(_world.Log, entry => entry.Exception is DeathPactException pact && pact.Dead == target);
    }

    /// <summary>Stop and watch race; every interleaving ends with exactly one Terminated.</summary>
    [Fact]
    public void Terminated_ComesOnce_InEveryInterleaving()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            var world = new World(seed: seed);
            IActorRef target = world.System.ActorOf(world.Describe("t", _ => { }), "t");
            world.System.ActorOf(world.Describe("w", w =>
            {
                w.OnStarting = () => w.Place.Watch(target);
                w.On<Terminated>(_ => w.Note("died"));
            }), "w");
            world.System.Stop(target);

            world.Run();

            Assert.True(world.Notes.Count(note => note == "w:died") == 1, $"seed {seed}: {string.Join(' ', world.Notes)}");
        }
    }
}
