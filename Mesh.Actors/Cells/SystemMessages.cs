namespace Mesh.Actors.Cells;

/// <summary>What the kernel's cells tell each other. Each object is sent once: it is its own link in the receiver's system lane.</summary>
internal abstract class SystemMessage
{
    public SystemMessage? Next { get; set; }
}

/// <summary>To a new cell: make the instance.</summary>
internal sealed class CreateMessage : SystemMessage;

/// <summary>Parent to child: hold user messages back.</summary>
internal sealed class SuspendMessage : SystemMessage;

/// <summary>Parent to child: go on. With a cause it answers the child's own failure.</summary>
internal sealed class ResumeMessage(Exception? cause) : SystemMessage
{
    public Exception? Cause { get; } = cause;
}

/// <summary>Parent to child: replace the instance.</summary>
internal sealed class RecreateMessage(Exception cause) : SystemMessage
{
    public Exception Cause { get; } = cause;
}

/// <summary>Anyone to a cell: stop.</summary>
internal sealed class TerminateMessage : SystemMessage;

/// <summary>Watcher to watched: tell me when you die.</summary>
internal sealed class WatchMessage(IInternalActorRef watchee, IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watchee { get; } = watchee;

    public IInternalActorRef Watcher { get; } = watcher;
}

/// <summary>Watcher to watched: never mind.</summary>
internal sealed class UnwatchMessage(IInternalActorRef watcher) : SystemMessage
{
    public IInternalActorRef Watcher { get; } = watcher;
}

/// <summary>The dead to parent and watchers.</summary>
internal sealed class DiedMessage(IInternalActorRef actor) : SystemMessage
{
    public IInternalActorRef Actor { get; } = actor;
}

/// <summary>Child to parent: I failed and wait, suspended, for your word.</summary>
internal sealed class FailedMessage(IInternalActorRef child, Exception cause, string during) : SystemMessage
{
    public IInternalActorRef Child { get; } = child;

    public Exception Cause { get; } = cause;

    /// <summary>What the child was at: a message's type, or a hook's name.</summary>
    public string During { get; } = during;
}

/// <summary>Supervisor to itself when a back-off is over.</summary>
internal sealed class RestartChildrenMessage(IReadOnlyList<ChildRecord> children, Exception cause) : SystemMessage
{
    public IReadOnlyList<ChildRecord> Children { get; } = children;

    public Exception Cause { get; } = cause;
}

/// <summary>What follows an await, to be run in the actor's turn.</summary>
internal sealed class ContinuationMessage(SendOrPostCallback callback, object? state) : SystemMessage
{
    public void Run() => callback(state);
}

/// <summary>The task of an awaiting handler is done.</summary>
internal sealed class AwaitDoneMessage : SystemMessage;
