using Mesh.Actors.Events;
using Mesh.Actors.Shutdown;
using Xunit;

namespace Mesh.Tests.Actors;

public sealed class CoordinatedShutdownTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly World _world = new();
    private readonly List<string> _order = [];

    private CoordinatedShutdown Shutdown => _world.System.CoordinatedShutdown;

    private void Add(string phase, string name) => Shutdown.AddTask(phase, name, _ =>
    {
        _order.Add(name);
        return Task.CompletedTask;
    });

    [Fact]
    public void RunsPhasesInOrder_ThenStopsTheActors()
    {
        _world.Start("a", _ => { });
        foreach (string phase in CoordinatedShutdown.Phases.Reverse()) Add(phase, phase);

        Task run = Shutdown.Run(ShutdownReason.ProcessExit);
        _world.Run();

        Assert.Equal(CoordinatedShutdown.Phases, _order);
        Assert.True(_world.System.WhenTerminated.IsCompletedSuccessfully);
        Assert.Equal("a:PostStop", _world.Notes[^1]);
        Assert.Equal(ShutdownReason.ProcessExit, Shutdown.Reason);
        Assert.NotNull(run);
    }

    [Fact]
    public async Task RunsOnce_WhoeverAsksFirst()
    {
        Add(CoordinatedShutdown.PhaseServiceStop, "once");

        Task first = Shutdown.Run(ShutdownReason.ProcessExit);
        Task second = Shutdown.Run(ShutdownReason.ClusterDowning);
        _world.Run();
        await first.WaitAsync(s_patience);

        Assert.Same(first, second);
        Assert.Equal(["once"], _order);
        Assert.Equal(ShutdownReason.ProcessExit, Shutdown.Reason);
    }

    [Fact]
    public void FailingTask_IsLogged_AndTheEndGoesOn()
    {
        Shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "broken", _ => throw new FormatException("no port"));
        Add(CoordinatedShutdown.PhaseServiceStop, "later");

        _ = Shutdown.Run(ShutdownReason.ProcessExit);
        _world.Run();

        Assert.Equal(["later"], _order);
        Assert.Contains(_world.Log, entry => entry.Message.Contains("\"broken\" failed: no port", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TaskThatNeverEnds_IsLeftBehind_AtTheTimeoutOfItsPhase()
    {
        var next = new TaskCompletionSource();
        CancellationToken seen = default;
        Shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "stuck", end =>
        {
            seen = end;
            return new TaskCompletionSource().Task;
        });
        Shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "next", _ =>
        {
            next.SetResult();
            return Task.CompletedTask;
        });
        Shutdown.SetTimeout(CoordinatedShutdown.PhaseServiceRequestsDone, TimeSpan.FromSeconds(2));
        _ = Shutdown.Run(ShutdownReason.ProcessExit);

        _world.Time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(seen.IsCancellationRequested);
        _world.Time.Advance(TimeSpan.FromSeconds(0.1));

        await next.Task.WaitAsync(s_patience);
        Assert.True(seen.IsCancellationRequested);
        Assert.Contains(_world.Log, entry => entry.Message.Contains("\"stuck\" was not done within 2 s", StringComparison.Ordinal));
    }

    [Fact]
    public void Terminate_RunsThePhasesToo()
    {
        Add(CoordinatedShutdown.PhaseServiceUnbind, "unbind");

        Task end = _world.System.Terminate();
        _world.Run();

        Assert.True(end.IsCompletedSuccessfully);
        Assert.Equal(["unbind"], _order);
    }

    [Fact]
    public void UnknownPhase_AndLateTask_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => Add("service-unbound", "typo"));
        _ = Shutdown.Run(ShutdownReason.ProcessExit);
        _world.Run();

        Assert.Throws<InvalidOperationException>(() => Add(CoordinatedShutdown.PhaseServiceUnbind, "late"));
        Assert.Contains(_world.Log, entry => entry.Level == LogLevel.Info);
    }
}
