namespace Mesh.Actors;

/// <summary>
/// What an actor sees of its place. Valid only inside the actor's own turn; elsewhere the verbs throw <see cref="InvalidOperationException"/>.
/// </summary>
public interface IActorContext
{
    IActorRef Self { get; }

    /// <summary>Who sent the message being handled; <see cref="ActorSystem.DeadLetters"/> when nobody did.</summary>
    IActorRef Sender { get; }

    IActorRef Parent { get; }

    ActorSystem System { get; }

    /// <summary>The children in order of creation, those that are stopping included.</summary>
    IReadOnlyList<IActorRef> Children { get; }

    ITimers Timers { get; }

    /// <summary>
    /// Cancelled as soon as a stop of this actor is asked for: give it to what ReceiveAsync awaits, since a stop waits for the handler.
    /// </summary>
    CancellationToken Stopping { get; }

    /// <summary>Starts a child. Without a name it gets one ($1, $2 ...).</summary>
    /// <exception cref="InvalidActorNameException">A sibling still has the name.</exception>
    IActorRef ActorOf(Props props, string? name = null);

    /// <summary>The child of that name, or null.</summary>
    IActorRef? Child(string name);

    /// <summary>Asks for one <see cref="Terminated"/> when the other is dead, also when it already is. Watching twice is watching once.</summary>
    IActorRef Watch(IActorRef other);

    /// <summary>After this no <see cref="Terminated"/> of the other is delivered, even if it was already in the mailbox.</summary>
    IActorRef Unwatch(IActorRef other);

    /// <summary>Stops an actor: the message it is at is finished, the rest become dead letters, children stop first.</summary>
    void Stop(IActorRef other);

    /// <summary>Sends <see cref="ReceiveTimeout"/> after each span without a message. Null turns it off.</summary>
    void SetReceiveTimeout(TimeSpan? timeout);
}
