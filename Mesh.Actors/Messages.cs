namespace Mesh.Actors;

/// <summary>The watched actor is dead. Comes exactly once per watch, after every message that the dead one had sent to the watcher.</summary>
/// <remarks>A watcher that does not handle it fails with <see cref="DeathPactException"/>. Full mailboxes cannot lose it.</remarks>
public sealed record Terminated
{
    internal Terminated(IActorRef actorRef) => ActorRef = actorRef;

    /// <summary>The dead one.</summary>
    public IActorRef ActorRef { get; }
}

/// <summary>Stops the receiver once the messages before it are done. Full mailboxes cannot lose it.</summary>
public sealed record PoisonPill
{
    public static readonly PoisonPill Instance = new();

    private PoisonPill() { }
}

/// <summary>Makes the receiver fail with <see cref="ActorKilledException"/>, so that its supervisor decides; by default it is stopped.</summary>
public sealed record Kill
{
    public static readonly Kill Instance = new();

    private Kill() { }
}

/// <summary>No message came for the time given to SetReceiveTimeout. Repeats after each further idle span.</summary>
public sealed record ReceiveTimeout
{
    public static readonly ReceiveTimeout Instance = new();

    private ReceiveTimeout() { }
}

/// <summary>An answer that says how it went; <see cref="Failure"/> makes an Ask throw its cause.</summary>
public abstract record Status
{
    private Status() { }

    public sealed record Success(object? Value = null) : Status;

    public sealed record Failure(Exception Cause) : Status;
}
