using Mesh.Actors.Dispatch;
using Mesh.Actors.Events;
using Mesh.Actors.Supervision;

namespace Mesh.Actors;

/// <summary>What an actor system takes from outside.</summary>
public sealed record ActorSystemOptions
{
    /// <summary>The clock of timers, timeouts and windows.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Source of uids and jitter. Null: a random one, new at each start.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Where turns run. Null: the thread pool.</summary>
    public Dispatcher? Dispatcher { get; init; }

    /// <summary>For actors whose Props name no mailbox.</summary>
    public MailboxOptions DefaultMailbox { get; init; } = MailboxOptions.Default;

    /// <summary>How /user judges its children. What it escalates stops the system.</summary>
    public SupervisorStrategy UserGuardianStrategy { get; init; } = SupervisorStrategy.DefaultStrategy;

    /// <summary>
    /// Hears every <see cref="LogEvent"/> in the thread that speaks, also when the actors are gone. Must be quick and safe from any thread.
    /// </summary>
    public Action<LogEvent>? LogSink { get; init; }

    /// <summary>Dead letters and unhandled messages published a second, from 0; the others are only counted.</summary>
    public int DeadLettersPublishedPerSecond { get; init; } = 10;
}
