using System.Collections.Immutable;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Sharding;

/// <summary>What a core wants done, in this order. The shell does it and feeds what comes of it back.</summary>
internal abstract record ShardEffect
{
    private ShardEffect() { }

    public sealed record Signal(UniqueAddress To, ShardSignal Word, Lane Lane = Lane.Control) : ShardEffect;

    public sealed record Report(UniqueAddress To, RegionReport State) : ShardEffect;

    public sealed record Grant(UniqueAddress To, RegionGrant Answer) : ShardEffect;

    /// <summary>To the owner's region.</summary>
    public sealed record Send(UniqueAddress To, long Epoch, ShardMail Mail) : ShardEffect;

    /// <summary>Back to the region that it came from: not mine.</summary>
    /// <param name="To">Where from.</param>
    /// <param name="Epoch">Under which it was sent.</param>
    /// <param name="CurrentEpoch">The highest that is known here.</param>
    /// <param name="Over">That epoch takes no mail here any more; false: it was only asked back.</param>
    /// <param name="Mail">What comes back.</param>
    public sealed record NotOwner(UniqueAddress To, long Epoch, long CurrentEpoch, bool Over, ShardMail Mail) : ShardEffect;

    public sealed record Claim(int Shard, long Epoch) : ShardEffect;

    public sealed record LoadRemembered(int Shard, long Epoch) : ShardEffect;

    public sealed record Remember(int Shard, long Epoch, ImmutableArray<string> Started, ImmutableArray<string> Stopped) : ShardEffect;

    public sealed record StartShard(int Shard, long Epoch) : ShardEffect;

    /// <summary>Nothing of the shard runs any more, or only what was abandoned.</summary>
    public sealed record EndShard(int Shard, long Epoch) : ShardEffect;

    /// <summary>Stops all its entities without asking them.</summary>
    public sealed record KillShard(int Shard, long Epoch) : ShardEffect;

    public sealed record StartEntity(int Shard, long Epoch, string EntityId) : ShardEffect;

    public sealed record StopEntity(int Shard, long Epoch, string EntityId, object StopMessage) : ShardEffect;

    public sealed record Deliver(int Shard, long Epoch, ShardMail Mail) : ShardEffect;

    public sealed record Drop(ShardMail Mail, MailDrop Why) : ShardEffect;

    /// <summary>The region has nothing left.</summary>
    public sealed record Drained : ShardEffect;

    /// <summary>The coordinator's term is over.</summary>
    public sealed record Deposed(long HigherTerm) : ShardEffect;

    public sealed record Reached(string Point) : ShardEffect;

    public sealed record Say(bool Warning, string Text) : ShardEffect;
}
