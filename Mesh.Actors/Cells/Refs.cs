using Mesh.Actors.Events;

namespace Mesh.Actors.Cells;

/// <summary>A ref that also carries system messages. Remoting will bring another kind.</summary>
internal interface IInternalActorRef : IActorRef
{
    ActorSystem System { get; }

    /// <summary>Never drops: a dead receiver answers for itself (a watch of it gets its obituary).</summary>
    void SendSystem(SystemMessage message);
}

/// <summary>An actor of this process.</summary>
internal sealed class LocalActorRef(ActorCell cell, ActorPath path) : IInternalActorRef
{
    public ActorPath Path { get; } = path;

    public ActorSystem System => Cell.System;

    public ActorCell Cell { get; } = cell;

    public void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        Cell.Mailbox.Post(message, sender);
    }

    public void SendSystem(SystemMessage message)
    {
        if (!Cell.Mailbox.PostSystem(message)) Cell.ReceiveDead(message);
    }

    public override string ToString() => $"{Path}#{Path.Uid}";
}

/// <summary>Where messages for nobody go.</summary>
internal sealed class DeadLettersRef(ActorSystem system, ActorPath path) : IInternalActorRef
{
    public ActorPath Path { get; } = path;

    public ActorSystem System => system;

    public void Tell(object message, IActorRef? sender) =>
        system.DeadLetterOffice.Accept(message as DeadLetter ?? new DeadLetter(message, sender, this, DeadLetterReason.Stopped));

    public void SendSystem(SystemMessage message)
    {
        if (message is WatchMessage watch) watch.Watcher.SendSystem(new DiedMessage(watch.Watchee));
    }
}

/// <summary>A part of the kernel that has no mailbox but hears system messages, in the thread that sends them.</summary>
internal sealed class SignalRef(ActorSystem system, ActorPath path, Action<SystemMessage> onSignal) : IInternalActorRef
{
    public ActorPath Path { get; } = path;

    public ActorSystem System => system;

    public void Tell(object message, IActorRef? sender) => system.DeadLetters.Tell(message, sender);

    public void SendSystem(SystemMessage message) => onSignal(message);
}
