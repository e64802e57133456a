namespace Mesh.Actors.Events;

/// <summary>Why a message reached nobody.</summary>
public enum DeadLetterReason
{
    /// <summary>The receiver is dead, or the sender wrote to the dead letters themselves.</summary>
    Stopped,

    /// <summary>The receiver's mailbox was full.</summary>
    MailboxFull,

    /// <summary>The answer came after the Ask was over.</summary>
    AskOver,

    /// <summary>It could not be sent to the receiver's node: no serializer, too big, or the queue was full.</summary>
    NotSent,

    /// <summary>A sharded entity could not be reached: no room, too late, or nobody owns its shard.</summary>
    ShardUnavailable,
}

/// <summary>A message that reached nobody. Published, at a limited rate, on the event stream.</summary>
public sealed record DeadLetter(object Message, IActorRef? Sender, IActorRef Recipient, DeadLetterReason Reason);

/// <summary>A message that its receiver had no handler for. Published, at a limited rate, on the event stream.</summary>
public sealed record UnhandledMessage(object Message, IActorRef? Sender, IActorRef Recipient);

/// <summary>Dead letters and unhandled messages that the rate limit kept off the stream since the last one published.</summary>
public sealed record SuppressedLetters(long Count);

public enum LogLevel
{
    Debug,
    Info,
    Warning,
    Error,
}

/// <summary>Something an operator may want to read. The node forwards these to its log.</summary>
/// <param name="Level">How urgent.</param>
/// <param name="Source">Path of the actor, or the part of the system, that speaks.</param>
/// <param name="Message">One line.</param>
/// <param name="Exception">The cause, if there is one.</param>
public sealed record LogEvent(LogLevel Level, string Source, string Message, Exception? Exception = null);
