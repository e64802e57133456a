using System.Collections.Immutable;

namespace Mesh.Actors.Journals;

/// <summary>One event of one actor.</summary>
/// <param name="SequenceNr">1, 2, 3.. of its actor.</param>
/// <param name="Manifest">Which type the payload is and in which version, <c>name.v1</c>.</param>
/// <param name="Payload">At most <see cref="JournalLimits.MaxPayloadBytes"/>.</param>
/// <param name="Writer">Tells the run of the actor that wrote it, to read back a write whose answer was lost.</param>
/// <param name="WrittenAt">For people; set by the store.</param>
public sealed record JournalEvent(long SequenceNr, string Manifest, ReadOnlyMemory<byte> Payload, ulong Writer, DateTimeOffset WrittenAt);

/// <summary>Events of one actor that are written together or not at all.</summary>
/// <param name="PersistenceId">1 to 255 characters.</param>
/// <param name="Events">At least one; numbers follow each other and the highest that is stored.</param>
/// <param name="Fence">Under which claim; null for actors that are no shard's.</param>
public sealed record AtomicWrite(string PersistenceId, ImmutableArray<JournalEvent> Events, Fence? Fence);

/// <summary>The state of an actor after an event.</summary>
public sealed record Snapshot(string PersistenceId, long SequenceNr, string Manifest, ReadOnlyMemory<byte> Payload, DateTimeOffset WrittenAt);

/// <summary>A group of entities that moves as one.</summary>
/// <param name="Type">The entity type's name.</param>
/// <param name="Shard">The shard's name within it.</param>
public readonly record struct ShardKey(string Type, string Shard);

/// <summary>The right to write for a shard: good while no higher epoch was claimed.</summary>
public readonly record struct Fence(ShardKey Shard, long Epoch);

/// <summary>What became of a write.</summary>
public enum AppendStatus : byte
{
    /// <summary>Durable.</summary>
    Written,

    /// <summary>A higher epoch was claimed, or this one never was: stop, somebody else owns the shard.</summary>
    Fenced,

    /// <summary>The numbers do not follow the highest that is stored: another wrote under this persistence id. Stop.</summary>
    Conflict,

    /// <summary>Too big, or malformed: nothing was written, and trying again changes nothing.</summary>
    Rejected,
}

/// <param name="Status">What became of it.</param>
/// <param name="Found">The epoch (Fenced) or the sequence number (Conflict) that was found instead; else 0.</param>
/// <param name="Reason">For <see cref="AppendStatus.Rejected"/>: why, one line.</param>
public readonly record struct AppendOutcome(AppendStatus Status, long Found = 0, string? Reason = null);

/// <param name="Granted">The epoch is now the newest, or was already with the same owner.</param>
/// <param name="Epoch">The newest epoch after the call.</param>
/// <param name="Owner">Whose it is.</param>
public readonly record struct ClaimOutcome(bool Granted, long Epoch, ulong Owner);

/// <param name="Held">The caller holds it for the duration that it asked for.</param>
/// <param name="Term">Grows with each change of holder.</param>
/// <param name="Holder">Who holds it.</param>
public readonly record struct LeaseOutcome(bool Held, long Term, ulong Holder);

/// <summary>What an operator asks of a journal.</summary>
/// <param name="Kind">Of the store.</param>
/// <param name="IsAvailable">It answered.</param>
/// <param name="Detail">One line: where, how, and what is wrong and what to do if anything is.</param>
/// <param name="Facts">Name and value, in a fixed order: events, snapshots, bytes, leader, term, lag...</param>
public sealed record JournalStatus(string Kind, bool IsAvailable, string Detail, ImmutableArray<KeyValuePair<string, string>> Facts);

/// <summary>Bounds of all journals.</summary>
public static class JournalLimits
{
    /// <summary>Bytes of one event or snapshot: with its envelope it fits one bulk frame between nodes. etcd takes 1.5 MiB.</summary>
    public const int MaxPayloadBytes = 3 << 20;

    /// <summary>Characters of a persistence id, a type, a shard, an entity, a lease or a manifest.</summary>
    public const int MaxNameLength = 255;

    /// <summary>Events committed together. More wait for the next commit.</summary>
    public const int MaxBatchEvents = 200;

    /// <summary>Bytes of payload committed together; one bigger write goes alone.</summary>
    public const int MaxBatchBytes = 1 << 20;

    /// <summary>Bytes of payload of one page of a read; one bigger event comes alone.</summary>
    public const int PageBytes = 1 << 20;

    /// <summary>Entities in one change of those remembered; more go in several.</summary>
    public const int MaxRememberedChanges = 1000;

    /// <summary>The shortest lease: below it the network's own time would use it up.</summary>
    public static readonly TimeSpan MinLease = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest lease: so long may a takeover have to wait.</summary>
    public static readonly TimeSpan MaxLease = TimeSpan.FromHours(1);

    /// <summary>Snapshots kept of an actor: the newest and one that is known to load.</summary>
    public const int SnapshotsKept = 2;
}
