namespace Mesh.Actors.Membership;

/// <summary>The knobs of membership. Defaults are memberlist's and Akka's.</summary>
public sealed record MembershipSettings
{
    /// <summary>Time between two gossip rounds while there is something to tell. 50 ms to 5 s; a change needs about log4 N rounds.</summary>
    public static readonly TimeSpan DefaultGossipInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Time between two comparisons with another member. 100 ms to 1 min: what gossip lost is repaired within a few.</summary>
    public static readonly TimeSpan DefaultStatusInterval = TimeSpan.FromSeconds(1);

    /// <summary>Time between two comparisons with an unreachable member: how soon a healed partition is seen. 1 s to 1 min.</summary>
    public static readonly TimeSpan DefaultHealingInterval = TimeSpan.FromSeconds(5);

    /// <summary>Time between two push/pulls, x (ceil(log2 N - 5) + 1) above 32 members. 5 s to 1 h.</summary>
    public static readonly TimeSpan DefaultPushPullInterval = TimeSpan.FromSeconds(30);

    /// <summary>Time between two looks of the leader. 100 ms to 10 s.</summary>
    public static readonly TimeSpan DefaultLeaderInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a core member waits for agreement before it takes part as WeaklyUp. 0 to 1 h.</summary>
    public static readonly TimeSpan DefaultWeaklyUpAfter = TimeSpan.FromSeconds(7);

    /// <summary>How long seeds are given to answer before absence of a cluster is believed. 1 s to 1 min.</summary>
    public static readonly TimeSpan DefaultSeedTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Pause before a join that failed is tried again, x 0.5 to 1.5. 1 s to 5 min.</summary>
    public static readonly TimeSpan DefaultJoinRetry = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long some, not all, of the seeds wait for the others before they found a known cluster anew. Longer than detection and downing.
    /// </summary>
    public static readonly TimeSpan DefaultRefoundAfter = TimeSpan.FromSeconds(25);

    /// <summary>How long a removed process is remembered; told to others for half of it. 1 h to 7 days.</summary>
    public static readonly TimeSpan DefaultTombstoneLife = TimeSpan.FromHours(24);

    /// <summary>How long an edge member may be unreachable before it is removed. 1 min to 1 day.</summary>
    public static readonly TimeSpan DefaultEdgeRemovalAfter = TimeSpan.FromMinutes(10);

    /// <summary>How long a leaving node waits for the leader to confirm its exit. 1 s to 1 min.</summary>
    public static readonly TimeSpan DefaultExitingTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a leaving node waits for agreement on its leave before it goes without. 5 s to 10 min.</summary>
    public static readonly TimeSpan DefaultLeavingTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Members told in a round.</summary>
    public const int DefaultFanOut = 3;

    /// <summary>A record is passed on once to each neighbour that lacks it, and at most this x ceil(log10(N + 1)) times. memberlist's.</summary>
    public const int DefaultRetransmitMultiplier = 4;

    public TimeSpan GossipInterval { get; init; } = DefaultGossipInterval;

    public TimeSpan StatusInterval { get; init; } = DefaultStatusInterval;

    public TimeSpan HealingInterval { get; init; } = DefaultHealingInterval;

    public TimeSpan PushPullInterval { get; init; } = DefaultPushPullInterval;

    public TimeSpan LeaderInterval { get; init; } = DefaultLeaderInterval;

    public TimeSpan WeaklyUpAfter { get; init; } = DefaultWeaklyUpAfter;

    public TimeSpan SeedTimeout { get; init; } = DefaultSeedTimeout;

    public TimeSpan JoinRetry { get; init; } = DefaultJoinRetry;

    public TimeSpan RefoundAfter { get; init; } = DefaultRefoundAfter;

    public TimeSpan TombstoneLife { get; init; } = DefaultTombstoneLife;

    public TimeSpan EdgeRemovalAfter { get; init; } = DefaultEdgeRemovalAfter;

    public TimeSpan ExitingTimeout { get; init; } = DefaultExitingTimeout;

    public TimeSpan LeavingTimeout { get; init; } = DefaultLeavingTimeout;

    public int FanOut { get; init; } = DefaultFanOut;

    public int RetransmitMultiplier { get; init; } = DefaultRetransmitMultiplier;

    /// <summary>How many core seeds must see each other to found the cluster; 0: this node never founds one.</summary>
    public int BootstrapExpect { get; init; }
}

/// <summary>What a node is, for as long as its process lives.</summary>
/// <param name="Name">A label for people, up to 253 characters.</param>
/// <param name="Roles">Up to 16; <see cref="Member.CoreRole"/> makes it vote and lead.</param>
/// <param name="AppVersion">The program's version.</param>
public sealed record NodeFacts(string Name, EquatableList<string> Roles, string AppVersion);
