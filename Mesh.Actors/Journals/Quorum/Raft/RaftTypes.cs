using System.Collections.Immutable;
using Mesh.Actors.Journals.Quorum.Protocol;

namespace Mesh.Actors.Journals.Quorum.Raft;

/// <summary>What a member is in its present term.</summary>
internal enum RaftRole : byte
{
    Follower,

    /// <summary>It asks whether it could win, before it disturbs anybody with a new term (thesis 9.6).</summary>
    PreCandidate,
    Candidate,
    Leader,
}

/// <summary>What must be on the disk before any answer that depends on it.</summary>
/// <param name="Term">The newest term that the member took part in.</param>
/// <param name="Vote">Whom it voted for in that term; 0 for nobody.</param>
/// <param name="Commit">A floor of what is committed; only saves time at a start.</param>
/// <param name="Boot">Counts the starts of this store.</param>
/// <param name="GroupId">Which group the store belongs to; 0 before it belongs to one.</param>
/// <param name="IsImpaired">
/// The store lost entries that it had confirmed: this member's vote could elect a leader that lacks them. It follows, and votes again when it
/// holds what a leader has committed in its own term.
/// </param>
internal readonly record struct RaftHardState(long Term, ulong Vote, long Commit, long Boot, ulong GroupId, bool IsImpaired = false);

/// <summary>A place in the log.</summary>
internal readonly record struct RaftPosition(long Index, long Term);

/// <summary>Where the kept log begins: everything up to there is in the state machine.</summary>
internal sealed record RaftBase(long Index, long Term, RaftGroup Group)
{
    public static RaftBase Zero { get; } = new(0, 0, RaftGroup.Empty);
}

/// <summary>What a store held when it was opened.</summary>
/// <param name="Id">The member's id, made with the store and lost with it.</param>
/// <param name="Hard">As last saved, the boot already counted up, and impaired if writes that were confirmed are found missing.</param>
/// <param name="Base">Where the log begins.</param>
/// <param name="Entries">The log after the base.</param>
/// <param name="Announced">A snapshot that the state machine was about to take in; null when none was.</param>
internal sealed record RaftRecovered(
    ulong Id, RaftHardState Hard, RaftBase Base, ImmutableArray<RaftEntry> Entries, RaftBase? Announced)
{
    /// <summary>The node's memory knows of another store that was here before this one: its file was lost or moved away.</summary>
    public bool IsReplacement { get; init; }
}

/// <summary>One durable change of the store, all of it or nothing; the same again changes nothing.</summary>
/// <param name="Hard">The hard state from now on.</param>
/// <param name="Base">A new beginning of the log; null when it stays.</param>
/// <param name="TruncateFrom">Entries from here on go before <paramref name="Entries"/> come; long.MaxValue when none go.</param>
/// <param name="Entries">New ones, in order.</param>
internal sealed record RaftWrite(RaftHardState Hard, RaftBase? Base, long TruncateFrom, ImmutableArray<RaftEntry> Entries)
{
    /// <summary>The last index that is durable with it and still in the log; lowered when entries are taken back meanwhile.</summary>
    public long StableTo { get; set; }

    /// <summary>What may be said when it is durable.</summary>
    public required ImmutableArray<RaftMessage> After { get; init; }
}

/// <summary>What a turn of the machine asks its surroundings to do.</summary>
/// <param name="Messages">To send, or to hand back when addressed to the member itself.</param>
/// <param name="Write">To make durable, then to confirm by <see cref="RaftCore.Written"/>; at most one at a time.</param>
/// <param name="Apply">Committed entries for the state machine, then to confirm by <see cref="RaftCore.Applied"/>; one batch at a time.</param>
/// <param name="Reads">Tokens of reads, and the index that must be applied before they are answered.</param>
/// <param name="Snapshots">Followers that need a snapshot.</param>
internal sealed record RaftReady(
    ImmutableArray<RaftMessage> Messages,
    RaftWrite? Write,
    ImmutableArray<RaftEntry> Apply,
    ImmutableArray<(long Token, long Index)> Reads,
    ImmutableArray<ulong> Snapshots);

/// <summary>Why the group does not take a proposal.</summary>
internal enum ProposeStatus : byte
{
    Accepted,
    NotLeader,

    /// <summary>Too much is under way, or leadership is being handed over.</summary>
    Busy,

    /// <summary>A change of the group is under way, or the leader has committed nothing of its term yet.</summary>
    NotYet,
}
