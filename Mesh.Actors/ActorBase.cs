using Mesh.Actors.Cells;
using Mesh.Actors.Supervision;

namespace Mesh.Actors;

/// <summary>State that handles one message at a time. Most actors derive from <see cref="ReceiveActor"/>.</summary>
/// <remarks>
/// Life: constructor, PreStart, messages, PostStop. A restart is PreRestart on the old instance, then constructor and PostRestart on the new
/// one; mailbox and ref stay, the failing message is gone.
/// </remarks>
public abstract class ActorBase
{
    /// <summary>Deepest stack of behaviors; deeper means that an Unbecome is missing.</summary>
    public const int MaxBehaviors = 64;

    private readonly Stack<Func<object, bool>> _behaviors = new();

    /// <summary>The top of the stack; null where <see cref="Receive"/> takes the messages. Looked at once a message.</summary>
    private Func<object, bool>? _behavior;

    protected ActorBase() => Cell = ActorCell.Constructing
        ?? throw new ActorInitializationException($"{GetType().Name} was made with new; only ActorOf(Props) makes actors");

    /// <summary>The actor's place in the tree.</summary>
    protected IActorContext Context => Cell;

    protected IActorRef Self => Cell.Self;

    protected IActorRef Sender => Cell.Sender;

    /// <summary>For messages that cannot be handled yet.</summary>
    protected IStash Stash => Cell.Stash;

    internal ActorCell Cell { get; }

    /// <summary>Handles a message; false makes it an <see cref="Events.UnhandledMessage"/>.</summary>
    protected abstract bool Receive(object message);

    /// <summary>How this actor judges its failing children. Default: stop those that could not start or were killed, restart the others.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Supervision.SupervisorStrategy.DefaultStrategy;

    /// <summary>Runs before the first message. If it throws, the actor has not started.</summary>
    protected virtual void PreStart() { }

    /// <summary>Runs when the children are gone and no message will come. Exceptions are logged.</summary>
    protected virtual void PostStop() { }

    /// <summary>Runs on the failed instance. Default: stop all children, then PostStop.</summary>
    protected virtual void PreRestart(Exception reason, object? message)
    {
        foreach (IActorRef child in Context.Children)
        {
            Context.Unwatch(child);
            Context.Stop(child);
        }

        PostStop();
    }

    /// <summary>Runs on the new instance. Default: PreStart.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>Replaces the behavior until the next change or restart.</summary>
    protected void Become(Func<object, bool> receive)
    {
        _behaviors.TryPop(out _);
        _behaviors.Push(_behavior = receive);
    }

    /// <summary>Puts a behavior on top of the present one.</summary>
    protected void BecomeStacked(Func<object, bool> receive)
    {
        if (_behaviors.Count >= MaxBehaviors) throw new InvalidOperationException($"more than {MaxBehaviors} stacked behaviors in {Self.Path}");
        _behaviors.Push(_behavior = receive);
    }

    /// <summary>Goes back to the behavior before the last BecomeStacked (or Become); at the bottom lies <see cref="Receive"/>.</summary>
    protected void UnbecomeStacked()
    {
        _behaviors.TryPop(out _);
        _behaviors.TryPeek(out _behavior);
    }

    internal virtual bool Deliver(object message) => _behavior is { } behavior ? behavior(message) : Receive(message);

    internal virtual void OnConstructed() { }

    internal void OnPreStart() => PreStart();

    internal void OnPostStop() => PostStop();

    internal void OnPreRestart(Exception reason, object? message) => PreRestart(reason, message);

    internal void OnPostRestart(Exception reason) => PostRestart(reason);

    internal SupervisorStrategy Strategy() => SupervisorStrategy();
}
