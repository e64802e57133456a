using System.Collections.Immutable;
using Mesh.Actors.Events;

namespace Mesh.Actors.Shutdown;

/// <summary>Why a node goes down; ends up in its last log lines.</summary>
public sealed record ShutdownReason(string Text)
{
    public static readonly ShutdownReason ActorSystemTerminate = new("the actor system was terminated");
    public static readonly ShutdownReason ProcessExit = new("the process was asked to exit");
    public static readonly ShutdownReason ClusterLeaving = new("the node leaves the cluster");
    public static readonly ShutdownReason ClusterDowning = new("the node was downed by the cluster");

    public override string ToString() => Text;
}

/// <summary>
/// The orderly end: phases one after the other, the tasks of a phase side by side. A task that fails or outlasts its phase is logged and left
/// behind; nothing stops the end. Runs once, whoever asks first. The last phase stops the actors. Phases are Akka's, names and times.
/// </summary>
/// <remarks>Any thread. Each phase is bounded, so the whole is: 75 s with the default times, and in practice as long as the tasks take.</remarks>
public sealed class CoordinatedShutdown
{
    public const string PhaseBeforeServiceUnbind = "before-service-unbind";
    public const string PhaseServiceUnbind = "service-unbind";
    public const string PhaseServiceRequestsDone = "service-requests-done";
    public const string PhaseServiceStop = "service-stop";
    public const string PhaseBeforeClusterShutdown = "before-cluster-shutdown";
    public const string PhaseClusterShardingShutdownRegion = "cluster-sharding-shutdown-region";
    public const string PhaseClusterLeave = "cluster-leave";
    public const string PhaseClusterExiting = "cluster-exiting";
    public const string PhaseClusterExitingDone = "cluster-exiting-done";
    public const string PhaseClusterShutdown = "cluster-shutdown";
    public const string PhaseBeforeActorSystemTerminate = "before-actor-system-terminate";
    public const string PhaseActorSystemTerminate = "actor-system-terminate";

    /// <summary>Most tasks of one phase.</summary>
    public const int MaxTasksPerPhase = 1024;

    /// <summary>Time of a phase that has no longer one of its own.</summary>
    public static readonly TimeSpan DefaultPhaseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The phases in the order they run.</summary>
    public static readonly ImmutableArray<string> Phases =
    [
        PhaseBeforeServiceUnbind, PhaseServiceUnbind, PhaseServiceRequestsDone, PhaseServiceStop,
        PhaseBeforeClusterShutdown, PhaseClusterShardingShutdownRegion, PhaseClusterLeave, PhaseClusterExiting,
        PhaseClusterExitingDone, PhaseClusterShutdown, PhaseBeforeActorSystemTerminate, PhaseActorSystemTerminate,
    ];

    private readonly Lock _lock = new();
    private readonly ActorSystem _system;
    private readonly Dictionary<string, Phase> _phases = new(StringComparer.Ordinal);
    private TaskCompletionSource? _run;

    internal CoordinatedShutdown(ActorSystem system)
    {
        _system = system;
        foreach (string name in Phases) _phases.Add(name, new Phase(name) { Timeout = DefaultPhaseTimeout });
        foreach (string longer in (string[])[PhaseClusterShardingShutdownRegion, PhaseClusterExiting, PhaseActorSystemTerminate])
            _phases[longer].Timeout = TimeSpan.FromSeconds(10);
        AddTask(PhaseActorSystemTerminate, "stop actors", _ => system.StopActors());
    }

    /// <summary>Null until <see cref="Run"/>.</summary>
    public ShutdownReason? Reason { get; private set; }

    /// <summary>Registers a task. Its token is cancelled when the phase's time is over.</summary>
    /// <exception cref="ArgumentException">There is no such phase.</exception>
    /// <exception cref="InvalidOperationException">The phase has begun, or is full.</exception>
    public void AddTask(string phase, string name, Func<CancellationToken, Task> task)
    {
        Phase found = Find(phase);
        lock (_lock)
        {
            if (found.Begun) throw new InvalidOperationException($"phase {phase} has already begun");
            if (found.Tasks.Count >= MaxTasksPerPhase) throw new InvalidOperationException($"phase {phase} has {MaxTasksPerPhase} tasks");
            found.Tasks.Add((name, task));
        }
    }

    /// <summary>Gives a phase another time, over zero.</summary>
    public void SetTimeout(string phase, TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        Phase found = Find(phase);
        lock (_lock) found.Timeout = timeout;
    }

    /// <summary>Begins the end, or joins the one that has begun. The task never fails.</summary>
    public Task Run(ShutdownReason reason)
    {
        TaskCompletionSource run;
        lock (_lock)
        {
            if (_run is not null) return _run.Task;
            Reason = reason;
            run = _run = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        Log(LogLevel.Info, $"shutting down: {reason}");
        _ = RunPhases(run);
        return run.Task;
    }

    private async Task RunPhases(TaskCompletionSource run)
    {
        foreach (string name in Phases)
        {
            Phase phase = _phases[name];
            (string Name, Func<CancellationToken, Task> Task)[] tasks;
            TimeSpan timeout;
            lock (_lock)
            {
                phase.Begun = true;
                tasks = [.. phase.Tasks];
                timeout = phase.Timeout;
            }

            if (tasks.Length == 0) continue;
            using var end = new CancellationTokenSource(timeout, _system.Time);
            await Task.WhenAll(Array.ConvertAll(tasks, task => RunTask(name, task.Name, task.Task, timeout, end.Token))).ConfigureAwait(false);
        }

        run.SetResult();
    }

    private async Task RunTask(string phase, string name, Func<CancellationToken, Task> task, TimeSpan timeout, CancellationToken end)
    {
        try
        {
            await task(end).WaitAsync(end).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            Log(LogLevel.Warning, $"phase {phase}: task \"{name}\" was not done within {timeout.TotalSeconds:0.###} s; going on");
        }
        catch (Exception e)
        {
            Log(LogLevel.Warning, $"phase {phase}: task \"{name}\" failed: {e.Message}; going on", e);
        }
    }

    private void Log(LogLevel level, string message, Exception? cause = null) =>
        _system.Log(new LogEvent(level, "CoordinatedShutdown", message, cause));

    private Phase Find(string name) =>
        _phases.TryGetValue(name, out Phase? phase) ? phase : throw new ArgumentException($"there is no shutdown phase \"{name}\"", nameof(name));

    private sealed class Phase(string name)
    {
        public string Name { get; } = name;

        public List<(string Name, Func<CancellationToken, Task> Task)> Tasks { get; } = [];

        public TimeSpan Timeout { get; set; }

        public bool Begun { get; set; }
    }
}
