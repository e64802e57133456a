namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>Times and bounds of a member. Equal on all, or elections favour some.</summary>
internal sealed record RaftLimits
{
    public static readonly TimeSpan DefaultHeartbeat = TimeSpan.FromMilliseconds(300);
    public static readonly TimeSpan DefaultElectionLeast = TimeSpan.FromMilliseconds(1500);
    public static readonly TimeSpan DefaultElectionMost = TimeSpan.FromSeconds(3);

    /// <summary>Between two heartbeats of a leader. At most a quarter of <see cref="ElectionLeast"/>: three may be lost.</summary>
    public TimeSpan Heartbeat { get; init; } = DefaultHeartbeat;

    /// <summary>
    /// Silence of the leader after which somebody may ask for an election, and of a quorum after which a leader gives up. A new leader
    /// is there after at most <see cref="ElectionMost"/> + two round trips and two writes, unless votes split.
    /// </summary>
    public TimeSpan ElectionLeast { get; init; } = DefaultElectionLeast;

    /// <summary>Each waits a random time between the two.</summary>
    public TimeSpan ElectionMost { get; init; } = DefaultElectionMost;

    /// <summary>Appends to one follower that are not yet answered.</summary>
    public int MaxAppendsInFlight { get; init; } = 64;

    /// <summary>Their bytes. One bigger entry goes alone.</summary>
    public int MaxBytesInFlight { get; init; } = 8 << 20;

    /// <summary>Entries of one append.</summary>
    public int MaxAppendEntries { get; init; } = 256;

    /// <summary>Bytes of payload of one append; one bigger entry goes alone, at most 3.5 MiB, which fits a bulk frame.</summary>
    public int MaxAppendBytes { get; init; } = 512 << 10;

    /// <summary>Bytes of payload that are proposed and not committed; beyond it the leader is busy. Two biggest commands fit.</summary>
    public long MaxUncommittedBytes { get; init; } = 16 << 20;

    /// <summary>Entries handed to the state machine together.</summary>
    public int MaxApplyEntries { get; init; } = 256;

    /// <summary>Their bytes.</summary>
    public int MaxApplyBytes { get; init; } = 4 << 20;

    /// <summary>Reads that wait for a round of heartbeats; beyond it the leader is busy.</summary>
    public int MaxReads { get; init; } = 4096;
}
