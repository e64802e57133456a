namespace Mesh.Actors.Sharding;

/// <summary>The parent of a shard's entities. It supervises them and passes their words to the region; the region decides.</summary>
internal sealed class ShardActor : ReceiveActor
{
    public ShardActor(Action<string, object> onPassivate, Action onFenced)
    {
        Receive<Passivate>(message => onPassivate(Sender.Path.Name, message.StopMessage));
        Receive<ShardFenced>(_ => onFenced());
    }
}

/// <summary>The parent of a type's shards, at the region's path: what is told to it goes to the region.</summary>
internal sealed class ShardTypeActor : ReceiveActor
{
    public ShardTypeActor(Func<IActorRef?> region) => Receive<ShardingEnvelope>(message => region()?.Tell(message, Sender));
}
