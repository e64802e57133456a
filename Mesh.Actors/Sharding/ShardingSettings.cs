namespace Mesh.Actors.Sharding;

/// <summary>Times and bounds of sharding on a node. Those of grants and leases must be equal on all nodes.</summary>
/// <remarks>
/// Safety rests on one inequality: a shard of a silent region is given away <c>Grant + KillGrace + Margin</c> after its last grant (13 s), and the
/// region has killed its entities <c>Grant + KillGrace</c> after it asked for that grant, by its own clock. Who waits how long: an owner's shard
/// <c>max(13 s, time to Down)</c>, also where coordinator and journal's leader died with it <c>Lease + LeaseRetry + KillGrace + Margin</c> (13.5 s);
/// a tick (at most 0.5 s), claim and recovery come on top. Grants bridge the change of coordinators while
/// <c>Report + LeaseRetry &lt; GrantHold</c>, and a lease the journal's change of leaders while
/// <c>3/4 Lease - LeaseMargin</c> (4.5 s) exceeds its election (3 s).
/// </remarks>
public sealed record ShardingSettings
{
    /// <summary>Of the coordinator's lease, counted from before it was asked for; 4 to 60 s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>What the holder takes off its lease for drift of clocks; a tenth of it.</summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>How often one that does not hold the lease asks for it while it should.</summary>
    public TimeSpan LeaseRetry { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The core member that is the k-th oldest (from 0) asks for the lease when it heard of no coordinator for k times this: the oldest
    /// may be reachable and its journal not.
    /// </summary>
    public TimeSpan CandidateStep { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A region's report, which renews its grant; less than a third of it.</summary>
    public TimeSpan Report { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A region's right to run entities, from when it sent the report, and never beyond the coordinator's own lease.</summary>
    public TimeSpan Grant { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>A region without grant holds commands back this long before it stops its entities; less than <see cref="KillGrace"/>.</summary>
    public TimeSpan GrantHold { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>When a region whose grant is over has killed the last entity.</summary>
    public TimeSpan KillGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What the coordinator adds for drift of clocks: eight percent of grant and grace.</summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A region that is silent but never declared dead loses its shards after this.</summary>
    public TimeSpan SilentRegion { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two questions for a shard's home, and between two orders to host one.</summary>
    public TimeSpan HomeRetry { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A region that was told to host a shard and did not start it is told to stop it after this.</summary>
    public TimeSpan HostTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a handoff waits for all regions to know; those that do not are only stale.</summary>
    public TimeSpan BeginHandOffTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long entities have for the stop message before they are killed.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A killed entity that still does not end is abandoned after this: its writes are fenced.</summary>
    public TimeSpan AbandonAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a leaving region waits for the coordinator to take its shards before it stops them itself.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Between two rounds of rebalancing.</summary>
    public TimeSpan Rebalance { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a message waits for its entity's home.</summary>
    public TimeSpan BufferTimeToLive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Messages that wait for one shard; beyond it the newest is rejected.</summary>
    public int ShardBufferCapacity { get; init; } = DefaultShardBufferCapacity;

    /// <summary>Bytes that wait for one shard.</summary>
    public int ShardBufferBytes { get; init; } = DefaultShardBufferBytes;

    /// <summary>Bytes that wait in one region.</summary>
    public int RegionBufferBytes { get; init; } = DefaultRegionBufferBytes;

    /// <summary>This node's share when shards are placed, in relation to the others'; 1 to 100.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>First pause before a failed entity starts again; doubles with each failure up to <see cref="EntityBackoffMax"/>.</summary>
    public TimeSpan EntityBackoffMin { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan EntityBackoffMax { get; init; } = TimeSpan.FromSeconds(30);

    public const int DefaultShardBufferCapacity = 1000;

    public const int DefaultShardBufferBytes = 4 << 20;

    public const int DefaultRegionBufferBytes = 64 << 20;
}

/// <summary>What an entity type is. Everything but <see cref="PassivateIdle"/> must be equal on all nodes.</summary>
public sealed record ShardingTypeOptions
{
    /// <summary>Fixed for the life of the cluster; ten times the hosts is a good number. 1 to <see cref="ShardingLimits.MaxShards"/>.</summary>
    public int NumberOfShards { get; init; } = ShardingLimits.DefaultNumberOfShards;

    /// <summary>An entity without mail for this long is passivated; null for never, and never with <see cref="RememberEntities"/>.</summary>
    public TimeSpan? PassivateIdle { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Whether entities start again by themselves where their shard moves, until they passivate themselves.</summary>
    public bool RememberEntities { get; init; }

    /// <summary>
    /// Tells an entity to stop when its shard moves. An entity that stashes must take its stash first and so names a message of its own.
    /// </summary>
    public object StopMessage { get; init; } = PoisonPill.Instance;
}

/// <summary>Bounds that no setting moves.</summary>
public static class ShardingLimits
{
    public const int DefaultNumberOfShards = 128;

    /// <summary>Shards of a type: their rows fit one report.</summary>
    public const int MaxShards = 4096;

    /// <summary>Times that a message may come back from a region that does not own its shard.</summary>
    public const int MaxHops = 3;

    /// <summary>Entities of one shard on a node.</summary>
    public const int MaxEntitiesPerShard = 65_536;

    /// <summary>Messages told to a region that wait for the control loop.</summary>
    public const int MaxPosted = 20_000;

    /// <summary>Regions that wait for one shard's home; they ask again.</summary>
    public const int MaxHomeWaiters = 4096;

    /// <summary>Remembered entities started in one step of <see cref="RestartStep"/>.</summary>
    public const int RestartsPerStep = 20;

    public static readonly TimeSpan RestartStep = TimeSpan.FromMilliseconds(100);

    /// <summary>Shards moved in one round of rebalancing, and never more than a tenth of all.</summary>
    public const int MaxMovesPerRound = 20;

    /// <summary>Entity types of a node.</summary>
    public const int MaxTypes = 64;

    /// <summary>Questions of the console that wait for an answer.</summary>
    public const int MaxQueries = 64;
}
