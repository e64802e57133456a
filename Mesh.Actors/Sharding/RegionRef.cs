using Mesh.Actors.Cells;
using Mesh.Actors.Control;
using Mesh.Actors.Events;

namespace Mesh.Actors.Sharding;

/// <summary>An entity type as this node's actors see it. Takes envelopes from any thread; bounded, and never blocks.</summary>
internal sealed class RegionRef(
    ActorSystem system, LocalActorRef guardian, ControlLoop loop, Func<ShardingEnvelope, IActorRef?, bool> tryRoute) : IInternalActorRef
{
    private int _posted;

    public ActorPath Path => guardian.Path;

    public ActorSystem System => system;

    public void Tell(object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message is not ShardingEnvelope envelope)
        {
            system.DeadLetterOffice.Accept(new UnhandledMessage(message, sender, this));
        }
        else if (Interlocked.Increment(ref _posted) > ShardingLimits.MaxPosted)
        {
            Interlocked.Decrement(ref _posted);
            GiveUp(envelope.Message, sender, IsAsk(sender), $"{ShardingLimits.MaxPosted} messages wait for the region");
        }
        else
        {
            loop.Post(() =>
            {
                Interlocked.Decrement(ref _posted);
                if (!tryRoute(envelope, sender)) GiveUp(envelope.Message, sender, IsAsk(sender), "sharding has stopped on this node");
            });
        }
    }

    public void SendSystem(SystemMessage message) => guardian.SendSystem(message);

    /// <summary>Makes a dead letter, and tells the asker why.</summary>
    public void GiveUp(object message, IActorRef? sender, bool isAsk, string why)
    {
        system.DeadLetterOffice.Accept(new DeadLetter(message, sender, this, DeadLetterReason.ShardUnavailable));
        if (isAsk) sender?.Tell(new Status.Failure(new ShardUnavailableException(why)), null);
    }

    /// <summary>A ref that takes one answer: an Ask's, of this node or another.</summary>
    public static bool IsAsk(IActorRef? sender) => sender?.Path.Parent is { Name: "temp", Parent.Parent: null };

    public override string ToString() => $"{Path}";
}
