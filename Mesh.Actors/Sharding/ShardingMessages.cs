using Mesh.Actors.Journals;

namespace Mesh.Actors.Sharding;

/// <summary>A message for an entity, wherever it lives. Told to a region.</summary>
/// <param name="EntityId">
/// 1 to 255 characters, none a control character; percent-encoded, as an actor's name, it must fit <see cref="ActorPath.MaxNameLength"/>.
/// </param>
/// <param name="Message">What the entity gets, with the teller as its sender.</param>
public sealed record ShardingEnvelope(string EntityId, object Message);

/// <summary>Entity to its parent: stop me with that message when I have nothing left to do. Mail that comes meanwhile starts me again.</summary>
public sealed record Passivate(object StopMessage)
{
    public Passivate()
        : this(PoisonPill.Instance) { }
}

/// <summary>Entity to its parent: the journal refused a write of mine, a higher epoch owns the shard. The whole shard stops here.</summary>
public sealed record ShardFenced(long FoundEpoch);

/// <summary>What an entity's Props are made from.</summary>
/// <param name="EntityId">Who it is.</param>
/// <param name="Fence">Under which claim it writes; of this run of the shard.</param>
/// <param name="Shard">Its parent: takes <see cref="Passivate"/> and <see cref="ShardFenced"/>.</param>
public sealed record EntityContext(string EntityId, Fence Fence, IActorRef Shard);

/// <summary>A region could not deliver and does not keep the message. Says why; trying again later is right.</summary>
public sealed class ShardUnavailableException(string message) : Exception(message);
