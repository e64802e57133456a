using Mesh.Actors.Journals.Quorum.Raft;

namespace Mesh.Actors.Journals.Quorum;

/// <summary>How the quorum journal of a node behaves. Immutable; the same on all core nodes.</summary>
public sealed record QuorumSettings
{
    public const int DefaultMaxVoters = 7;
    public const int DefaultMaxRequests = 4096;
    public static readonly TimeSpan DefaultHeartbeat = RaftLimits.DefaultHeartbeat;
    public static readonly TimeSpan DefaultElectionLeast = RaftLimits.DefaultElectionLeast;
    public static readonly TimeSpan DefaultElectionMost = RaftLimits.DefaultElectionMost;
    public static readonly TimeSpan DefaultRemoveAfter = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan DefaultLeaveWithin = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan DefaultGrowTogetherWithin = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan DefaultRequestTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Between two heartbeats of the leader; 50 ms to a quarter of <see cref="ElectionLeast"/>.</summary>
    public TimeSpan Heartbeat { get; init; } = DefaultHeartbeat;

    /// <summary>
    /// The least silence of a leader before another is sought, and of a quorum before a leader gives up. A leader's loss stops writes for
    /// <see cref="ElectionLeast"/> to <see cref="ElectionMost"/>, two round trips and two writes.
    /// </summary>
    public TimeSpan ElectionLeast { get; init; } = DefaultElectionLeast;

    /// <summary>The most; the difference keeps two from asking at once.</summary>
    public TimeSpan ElectionMost { get; init; } = DefaultElectionMost;

    /// <summary>Voters at most; 1 to 7. More core nodes are learners: each voter makes every write wait for a bigger majority.</summary>
    public int MaxVoters { get; init; } = DefaultMaxVoters;

    /// <summary>
    /// How long a member of the group is gone from the cluster before it is taken out. A process that restarts with its disk within it stays what it
    /// was.
    /// </summary>
    public TimeSpan RemoveAfter { get; init; } = DefaultRemoveAfter;

    /// <summary>
    /// How long a node that leaves stays for the leader to take it out of the group. A group of two is stopped by one that leaves while it votes.
    /// </summary>
    public TimeSpan LeaveWithin { get; init; } = DefaultLeaveWithin;

    /// <summary>
    /// How long a group of one waits, while three or more core nodes are there, for a second joiner to catch up: two voters bear no loss, so it
    /// goes from one to three at once.
    /// </summary>
    public TimeSpan GrowTogetherWithin { get; init; } = DefaultGrowTogetherWithin;

    /// <summary>How long a caller waits at most; then reads fail as unavailable, writes as unknown if they were ever sent.</summary>
    public TimeSpan RequestTimeout { get; init; } = DefaultRequestTimeout;

    /// <summary>A read that nobody answered is sent again after this time.</summary>
    public TimeSpan RepeatReadAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A lease or a claim that nobody answered is sent again after this time: below what a lease lacks when its renewal, at a quarter, is lost.
    /// </summary>
    public TimeSpan RepeatWriteAfter { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Calls of this node that wait; beyond it they fail at once as unavailable.</summary>
    public int MaxRequests { get; init; } = DefaultMaxRequests;

    /// <summary>Between two looks at timers; an eighth of the election timeout's least value is fine enough.</summary>
    internal TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two words to the other core nodes about who this one is and whom it follows.</summary>
    internal TimeSpan HelloEvery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Between two looks of the leader at the group's members.</summary>
    internal TimeSpan PlanEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Entries of the log beyond which applied ones are dropped.</summary>
    internal int CompactEntries { get; init; } = 8192;

    /// <summary>Bytes of the log beyond which applied entries are dropped.</summary>
    internal long CompactBytes { get; init; } = 64 << 20;

    /// <summary>Entries of the log that stay, so that who was away for a moment needs no snapshot.</summary>
    internal int KeepEntries { get; init; } = 2048;

    /// <summary>About the bytes of one piece of a snapshot.</summary>
    internal int PieceBytes { get; init; } = 512 << 10;

    /// <summary>A piece of a snapshot that is not answered is sent again after this time; ten times in vain, and it is given up.</summary>
    internal TimeSpan PieceTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A disk that failed is tried again after this time.</summary>
    internal TimeSpan RetryDisk { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The longest wait before a snapshot that failed is begun again; the first is <see cref="PieceTimeout"/>, each next one twice as long.
    /// </summary>
    internal TimeSpan LongestSnapshotPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A leader that cannot read its journal hands over at most once in this time.</summary>
    internal TimeSpan HandOverAgainAfter { get; init; } = TimeSpan.FromMinutes(10);

    internal RaftLimits Raft => new() { Heartbeat = Heartbeat, ElectionLeast = ElectionLeast, ElectionMost = ElectionMost };
}
