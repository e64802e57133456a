using System.Collections.Immutable;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Sharding;

/// <summary>What may happen to a coordinator.</summary>
internal abstract record CoordinatorInput
{
    private CoordinatorInput() { }

    public sealed record View(ClusterState State) : CoordinatorInput;

    public sealed record Report(UniqueAddress From, RegionReport State) : CoordinatorInput;

    public sealed record Signal(UniqueAddress From, ShardSignal Word) : CoordinatorInput;

    /// <summary>The lease was renewed.</summary>
    public sealed record Lease(TimeSpan Deadline) : CoordinatorInput;

    /// <summary>An operator's word about rebalancing.</summary>
    public sealed record Rebalance(RebalanceMode Mode) : CoordinatorInput;

    public sealed record Tick : CoordinatorInput
    {
        public static readonly Tick Instance = new();
    }
}

/// <summary>Numbers cross the wire.</summary>
public enum RebalanceMode : byte
{
    On = 1,
    Off = 2,

    /// <summary>One round at once, also while it is off.</summary>
    Now = 3,
}

/// <summary>Where the coordinator is with a shard.</summary>
public enum ShardStage : byte
{
    /// <summary>Nobody has it.</summary>
    Free = 1,

    /// <summary>A region was told to host it.</summary>
    Allocating = 2,

    Active = 3,

    /// <summary>All regions are told to forget its home.</summary>
    BeginHandOff = 4,

    /// <summary>Its owner is told to stop it.</summary>
    HandOff = 5,
}

/// <summary>What the coordinator knows of a shard.</summary>
internal sealed class CoordinatorShard(int number)
{
    public int Number { get; } = number;

    public ShardStage Stage { get; set; } = ShardStage.Free;

    public UniqueAddress? Owner { get; set; }

    public long Epoch { get; set; }

    /// <summary>The highest epoch that is over.</summary>
    public long Ended { get; set; }

    /// <summary>Somebody asked for it, or it ran before.</summary>
    public bool Wanted { get; set; }

    /// <summary>Nobody unheard can have it: its latest epoch is known to be of, or to have ended in, this term.</summary>
    public bool Settled { get; set; }

    public TimeSpan Since { get; set; }

    public TimeSpan NextSend { get; set; }

    /// <summary>Reports of its owner in a row that did not name it.</summary>
    public int Missing { get; set; }

    public int Entities { get; set; }

    public SortedSet<UniqueAddress> Waiting { get; } = [];

    public SortedSet<UniqueAddress> AwaitedAcks { get; } = [];

    public static ImmutableArray<ShardInfo> Describe(CoordinatorShard[] shards) =>
    [
        .. shards.Where(shard => shard.Wanted || shard.Stage != ShardStage.Free)
            .Select(shard => new ShardInfo(shard.Number, shard.Epoch, shard.Owner, shard.Stage, shard.Entities)),
    ];
}

/// <summary>What the coordinator knows of a region.</summary>
internal sealed class CoordinatorRegion(UniqueAddress node, TimeSpan now)
{
    public UniqueAddress Node { get; } = node;

    /// <summary>It reported in this term.</summary>
    public bool Known { get; set; }

    public bool Hosts { get; set; }

    public bool Draining { get; set; }

    public int Weight { get; set; } = 1;

    public long Number { get; set; }

    public TimeSpan HeardAt { get; set; } = now;

    /// <summary>No grant of it runs longer: for one not heard yet, the start of the term, since no grant outlives its coordinator's lease.</summary>
    public TimeSpan GrantedUntil { get; set; } = now;

    public TimeSpan NextAsk { get; set; }
}

/// <summary>A region as the console shows it.</summary>
public sealed record RegionInfo(
    UniqueAddress Node, bool Hosts, bool Draining, int Weight, int Shards, int Entities, TimeSpan Silent);

/// <summary>A shard as the console shows it.</summary>
public sealed record ShardInfo(int Shard, long Epoch, UniqueAddress? Owner, ShardStage Stage, int Entities);

/// <summary>An entity type as its coordinator sees it.</summary>
/// <param name="TypeName">Which one.</param>
/// <param name="Coordinator">Who answered.</param>
/// <param name="Term">Of its lease.</param>
/// <param name="Rebalancing">False when an operator turned it off, in this term.</param>
/// <param name="Regions">In order of address.</param>
/// <param name="Shards">Those that were ever asked for in this term, in order.</param>
public sealed record ShardingInfo(
    string TypeName, UniqueAddress Coordinator, long Term, bool Rebalancing, ImmutableArray<RegionInfo> Regions, ImmutableArray<ShardInfo> Shards);
