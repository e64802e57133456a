using System.Collections.Immutable;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Sharding;

/// <summary>What may happen to a region.</summary>
internal abstract record RegionInput
{
    private RegionInput() { }

    /// <summary>Somebody on this node tells an entity something.</summary>
    public sealed record Route(ShardMail Mail) : RegionInput;

    /// <summary>Another region sends mail for a shard that it believes to be here.</summary>
    public sealed record Arrived(UniqueAddress From, long Epoch, ShardMail Mail) : RegionInput;

    /// <summary>Mail of this node came back; over: because the epoch takes none there any more.</summary>
    public sealed record Returned(UniqueAddress From, long Epoch, bool Over, ShardMail Mail) : RegionInput;

    public sealed record Signal(UniqueAddress From, ShardSignal Word) : RegionInput;

    public sealed record Grant(UniqueAddress From, RegionGrant Answer) : RegionInput;

    public sealed record View(ClusterState State) : RegionInput;

    /// <summary>The last session with a node ended.</summary>
    public sealed record PeerGone(UniqueAddress Node) : RegionInput;

    /// <param name="Shard">Which.</param>
    /// <param name="Epoch">Of the claim.</param>
    /// <param name="Granted">Null: the journal could not say.</param>
    /// <param name="Found">The newest epoch.</param>
    public sealed record Claimed(int Shard, long Epoch, bool? Granted, long Found) : RegionInput;

    /// <param name="Shard">Which.</param>
    /// <param name="Epoch">Of the run.</param>
    /// <param name="EntityIds">Null: the journal could not say.</param>
    public sealed record Loaded(int Shard, long Epoch, ImmutableArray<string>? EntityIds) : RegionInput;

    /// <summary>The write of memory ended: true, written; false, the journal could not.</summary>
    public sealed record Remembered(int Shard, long Epoch, bool Written) : RegionInput;

    /// <summary>The journal refused a write: a higher epoch was claimed.</summary>
    public sealed record Fenced(int Shard, long Epoch) : RegionInput;

    public sealed record Passivate(int Shard, long Epoch, string EntityId, object StopMessage) : RegionInput;

    /// <summary>An entity's actor ended.</summary>
    public sealed record EntityGone(int Shard, long Epoch, string EntityId) : RegionInput;

    /// <summary>The node leaves: the shards are to go elsewhere.</summary>
    public sealed record Drain : RegionInput;

    /// <summary>The node is out of the cluster.</summary>
    public sealed record Removed : RegionInput;

    public sealed record Tick : RegionInput
    {
        public static readonly Tick Instance = new();
    }
}
