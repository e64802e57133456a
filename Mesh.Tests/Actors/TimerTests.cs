using Mesh.Actors;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class TimerTests
{
    private readonly World _world = new();

    private IActorRef Start(Action<Scripted> onStart) => _world.Start("a", a => a.OnStarting = () => onStart(a));

    [Fact]
    public void SingleTimer_FiresOnce()
    {
        Start(a => a.Place.Timers.StartSingleTimer("k", "tick", TimeSpan.FromSeconds(1)));
        _world.Notes.Clear();

        _world.Advance(0.9);
        Assert.Empty(_world.Notes);
        _world.Advance(5);

        Assert.Equal(["a:tick"], _world.Notes);
        Assert.Equal(0, _world.Time.Armed);
    }

    [Fact]
    public void PeriodicTimer_FiresUntilCancelled()
    {
        IActorRef actor = Start(a => a.Place.Timers.StartPeriodicTimer("k", "tick", TimeSpan.FromSeconds(1)));
        _world.Notes.Clear();

        for (int i = 0; i < 3; i++) _world.Advance(1);
        _world.Tell(actor, (Action<Scripted>)(a => a.Place.Timers.Cancel("k")));
        _world.Advance(10);

        Assert.Equal(["a:tick", "a:tick", "a:tick"], _world.Notes);
        Assert.Equal(0, _world.Time.Armed);
    }

    [Fact]
    public void SlowActor_SkipsTicks_InsteadOfPilingThemUp()
    {
        Start(a => a.Place.Timers.StartPeriodicTimer("k", "tick", TimeSpan.FromSeconds(1)));
        _world.Notes.Clear();

        _world.Advance(100);

        Assert.Equal(["a:tick"], _world.Notes);
    }

    [Fact]
    public void CancelledTick_InTheMailbox_IsNotDelivered()
    {
        IActorRef actor = Start(a => a.Place.Timers.StartSingleTimer("k", "tick", TimeSpan.FromSeconds(1)));
        actor.Tell((Action<Scripted>)(a => a.Place.Timers.Cancel("k")), null);
        _world.Notes.Clear();

        _world.Advance(1);

        Assert.Empty(_world.Notes);
    }

    [Fact]
    public void ReplacedTick_InTheMailbox_IsNotDelivered()
    {
        IActorRef actor = Start(a => a.Place.Timers.StartSingleTimer("k", "old", TimeSpan.FromSeconds(1)));
        actor.Tell((Action<Scripted>)(a => a.Place.Timers.StartSingleTimer("k", "new", TimeSpan.FromSeconds(1))), null);
        _world.Notes.Clear();

        _world.Advance(1);
        Assert.Empty(_world.Notes);
        _world.Advance(1);

        Assert.Equal(["a:new"], _world.Notes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Timers_EndWithTheInstance(bool restart)
    {
        bool first = true;
        IActorRef actor = Start(a =>
        {
            if (first) a.Place.Timers.StartPeriodicTimer("k", "tick", TimeSpan.FromSeconds(1));
            first = false;
        });

        _world.Tell(actor, restart ? new FormatException() : PoisonPill.Instance);
        _world.Advance(5);

        Assert.DoesNotContain("a:tick", _world.Notes);
        Assert.Equal(0, _world.Time.Armed);
        Assert.Equal(0, _world.System.DeadLetterCount);
    }

    [Fact]
    public void ReceiveTimeout_ComesAfterIdleTime_AndAgain()
    {
        IActorRef actor = _world.Start("a", a =>
        {
            a.OnStarting = () => a.Place.SetReceiveTimeout(TimeSpan.FromSeconds(10));
            a.On<ReceiveTimeout>(_ => a.Note("idle"));
        });
        _world.Notes.Clear();

        _world.Advance(9);
        _world.Tell(actor, "busy");
        _world.Advance(9);
        Assert.Equal(["a:busy"], _world.Notes);
        _world.Advance(1);
        _world.Advance(10);
        Assert.Equal(["a:busy", "a:idle", "a:idle"], _world.Notes);

        _world.Tell(actor, (Action<Scripted>)(a => a.Place.SetReceiveTimeout(null)));
        _world.Advance(100);
        Assert.Equal(3, _world.Notes.Count);
    }

    [Fact]
    public void Scheduler_TellsLater_UnlessDisposed()
    {
        IActorRef actor = _world.Start("a", _ => { });
        _world.Notes.Clear();

        ITimer kept = _world.System.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1), actor, "kept");
        _world.System.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1), actor, "gone").Dispose();
        _world.Advance(1);
        kept.Dispose();

        Assert.Equal(["a:kept"], _world.Notes);
    }
}
