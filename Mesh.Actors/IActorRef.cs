using Mesh.Actors.Cells;

namespace Mesh.Actors;

/// <summary>A handle on an actor: the only way to reach it. Safe to keep, share and send in messages; outlives restarts.</summary>
public interface IActorRef
{
    /// <summary>Where the actor is, with its uid.</summary>
    ActorPath Path { get; }

    /// <summary>Sends and forgets: at most once, in order per sender and receiver. Never blocks, never throws for a full or dead receiver.</summary>
    void Tell(object message, IActorRef? sender);
}

/// <summary>What Akka.NET adds to refs by extension.</summary>
public static class ActorRefExtensions
{
    /// <summary>Tells with the actor whose turn it is as the sender; with no sender outside of actors.</summary>
    public static void Tell(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.Current?.Self);

    /// <summary>Passes the message that is being handled on, with its original sender.</summary>
    public static void Forward(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.Current?.SenderOrNull);
}
