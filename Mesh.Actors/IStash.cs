namespace Mesh.Actors;

/// <summary>Messages that an actor put aside because it cannot handle them yet. Only in the actor's turn.</summary>
/// <remarks>A restart hands them back to the mailbox; a stop makes dead letters of them.</remarks>
public interface IStash
{
    /// <summary>Messages put aside now.</summary>
    int Count { get; }

    /// <summary>Puts the message that is being handled aside, with its sender.</summary>
    /// <exception cref="StashOverflowException">The stash is full: the message is a dead letter, and a sender that asked is told.</exception>
    /// <exception cref="InvalidOperationException">No message is being handled, or this one was put aside already.</exception>
    void Stash();

    /// <summary>Hands all back, oldest first; they are handled before what waits in the mailbox.</summary>
    void UnstashAll();
}

/// <summary>An actor put more messages aside than its stash holds.</summary>
public sealed class StashOverflowException(string message) : Exception(message);
