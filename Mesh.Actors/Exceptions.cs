namespace Mesh.Actors;

/// <summary>The constructor or PreStart of an actor threw (the inner exception). The default decider stops the child.</summary>
public sealed class ActorInitializationException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The actor was sent <see cref="Kill"/>.</summary>
public sealed class ActorKilledException(string message) : Exception(message);

/// <summary>A watched actor died and the watcher had no handler for <see cref="Terminated"/>.</summary>
public sealed class DeathPactException(IActorRef dead) : Exception($"{dead.Path} died and its watcher does not handle Terminated")
{
    public IActorRef Dead { get; } = dead;
}

/// <summary>An actor name is taken by a sibling that has not fully stopped.</summary>
public sealed class InvalidActorNameException(string message) : Exception(message);

/// <summary>No answer came in time. Says nothing about whether the message was handled.</summary>
public sealed class AskTimeoutException(string message) : TimeoutException(message);

/// <summary>A mailbox with <see cref="Dispatch.OverflowPolicy.Reject"/> was full; the message was not taken.</summary>
public sealed class MailboxFullException(string message) : Exception(message);

/// <summary>What failed on another node; only type and text cross the wire.</summary>
public sealed class RemoteFailureException(string type, string message) : Exception(message)
{
    /// <summary>The name of the exception's type over there.</summary>
    public string Type { get; } = type;
}

/// <summary>A message could not be sent to the node of its receiver.</summary>
public sealed class MessageNotSentException(string message) : Exception(message);
