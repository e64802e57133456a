using Mesh.Actors.Cells;

namespace Mesh.Actors.Remoting.Refs;

/// <summary>An actor of another node. Equal to every other ref of that actor: refs are made anew whenever a text is read.</summary>
/// <param name="remote">What carries messages.</param>
/// <param name="node">Its process; uid 0: whichever listens at the address.</param>
/// <param name="path">With the node's address, and the actor's uid or 0.</param>
internal sealed class RemoteActorRef(RemoteActors remote, UniqueAddress node, ActorPath path) : IInternalActorRef, IEquatable<RemoteActorRef>
{
    public ActorPath Path { get; } = path;

    public UniqueAddress Node { get; } = node;

    /// <summary>The path without its address.</summary>
    public string Elements { get; } = LocalRefs.Elements(path);

    public ActorSystem System => remote.System;

    public void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        remote.Tell(this, message, sender);
    }

    public void SendSystem(SystemMessage message)
    {
        switch (message)
        {
            case WatchMessage watch:
                remote.Watch(this, watch.Watcher);
                break;
            case UnwatchMessage unwatch:
                remote.Unwatch(this, unwatch.Watcher);
                break;
            case TerminateMessage:
                // Only its own node stops an actor at once; from here it stops behind the messages before.
                Tell(PoisonPill.Instance, null);
                break;
        }
    }

    public bool Equals(RemoteActorRef? other) =>
        other is not null && Node.Uid == other.Node.Uid && Path.Uid == other.Path.Uid && Path.Equals(other.Path);

    public override bool Equals(object? obj) => Equals(obj as RemoteActorRef);

    public override int GetHashCode() => Path.GetHashCode();

    public override string ToString() => $"{Path}#{Path.Uid}";
}
