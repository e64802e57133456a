using System.Collections.Immutable;

namespace Mesh.Actors.Journals.Machine;

/// <summary>What all journals agree on: what is too big or malformed, and whether a write may stand.</summary>
/// <remarks>Pure. Bounds are checked before a command is made, order and fences by who applies it, at that moment.</remarks>
internal static class JournalRules
{
    /// <summary>Why a write can never stand, one line; null when it may.</summary>
    public static string? Reject(AtomicWrite write)
    {
        if (RejectName("persistence id", write.PersistenceId) is { } badName) return badName;
        if (Reject(write.Fence) is { } badFence) return badFence;
        if (write.Events.IsDefaultOrEmpty) return "a write without events";
        if (write.Events.Length > JournalLimits.MaxBatchEvents)
            return $"{write.Events.Length} events in one write; at most {JournalLimits.MaxBatchEvents}";
        long bytes = 0;
        for (int i = 0; i < write.Events.Length; i++)
        {
            JournalEvent each = write.Events[i];
            if (each.SequenceNr < 1) return $"sequence number {each.SequenceNr}; the first is 1";
            if (each.SequenceNr != write.Events[0].SequenceNr + i) return $"sequence number {each.SequenceNr} does not follow the one before";
            if (RejectName("manifest", each.Manifest) is { } badManifest) return badManifest;
            bytes += each.Payload.Length;
        }

        return bytes > JournalLimits.MaxPayloadBytes ? $"{bytes} bytes in one write; at most {JournalLimits.MaxPayloadBytes}" : null;
    }

    /// <summary>Why a snapshot can never be kept; null when it may.</summary>
    public static string? Reject(Snapshot snapshot)
    {
        if (RejectName("persistence id", snapshot.PersistenceId) is { } badName) return badName;
        if (RejectName("manifest", snapshot.Manifest) is { } badManifest) return badManifest;
        if (snapshot.SequenceNr < 1) return $"sequence number {snapshot.SequenceNr}; the first is 1";
        return snapshot.Payload.Length > JournalLimits.MaxPayloadBytes
            ? $"{snapshot.Payload.Length} bytes in a snapshot; at most {JournalLimits.MaxPayloadBytes}"
            : null;
    }

    /// <summary>Why a fence names nothing; null when it may, or when there is none.</summary>
    public static string? Reject(Fence? fence) => fence is { } given ? Reject(given) : null;

    /// <inheritdoc cref="Reject(Fence?)"/>
    public static string? Reject(Fence fence) =>
        RejectName("entity type", fence.Shard.Type) ?? RejectName("shard", fence.Shard.Shard)
        ?? (fence.Epoch < 1 ? $"epoch {fence.Epoch}; the first is 1" : null);

    /// <summary>Why a change of remembered entities can never be made; null when it may.</summary>
    public static string? Reject(Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped)
    {
        if (Reject(fence) is { } badFence) return badFence;
        if (started.IsDefault || stopped.IsDefault) return "no list of entities";
        if (started.Length + stopped.Length > JournalLimits.MaxRememberedChanges)
            return $"{started.Length + stopped.Length} entities in one change; at most {JournalLimits.MaxRememberedChanges}";
        return started.Concat(stopped).Select(entity => RejectName("entity", entity)).FirstOrDefault(reason => reason is not null);
    }

    /// <summary>Names are 1 to <see cref="JournalLimits.MaxNameLength"/> characters without control characters and lone surrogates.</summary>
    public static string? RejectName(string kind, string? name)
    {
        if (string.IsNullOrEmpty(name)) return $"an empty {kind}";
        if (name.Length > JournalLimits.MaxNameLength) return $"a {kind} of {name.Length} characters; at most {JournalLimits.MaxNameLength}";
        for (int i = 0; i < name.Length; i++)
        {
            if (char.IsControl(name[i])) return $"a control character in a {kind}";
            if (!char.IsSurrogate(name[i])) continue;
            if (i + 1 >= name.Length || !char.IsSurrogatePair(name[i], name[i + 1])) return $"half a character in a {kind}";
            i++;
        }

        return null;
    }

    /// <summary>Cuts a batch into pieces that may be committed together, in order: so many events, so many bytes, a bigger write alone.</summary>
    public static IEnumerable<ImmutableArray<AtomicWrite>> Split(ImmutableArray<AtomicWrite> writes)
    {
        int start = 0;
        long events = 0;
        long bytes = 0;
        for (int i = 0; i < writes.Length; i++)
        {
            long size = Bytes(writes[i]);
            if (i > start && (events + writes[i].Events.Length > JournalLimits.MaxBatchEvents || bytes + size > JournalLimits.MaxBatchBytes))
            {
                yield return writes[start..i];
                (start, events, bytes) = (i, 0, 0);
            }

            events += writes[i].Events.Length;
            bytes += size;
        }

        if (!writes.IsEmpty) yield return writes[start..];
    }

    /// <summary>Bytes of payload.</summary>
    public static long Bytes(AtomicWrite write) => write.Events.Sum(each => (long)each.Payload.Length);

    /// <summary>For calls that answer with no outcome: reads, claims, leases.</summary>
    /// <exception cref="ArgumentException">The name is empty, too long or malformed: a bug of the caller.</exception>
    public static void CheckName(string kind, string? name)
    {
        if (RejectName(kind, name) is { } reason) throw new ArgumentException(reason, nameof(name));
    }

    /// <inheritdoc cref="CheckName"/>
    public static void CheckFence(Fence fence)
    {
        if (Reject(fence) is { } reason) throw new ArgumentException(reason, nameof(fence));
    }

    /// <summary>The holder 0 means nobody; a duration is <see cref="JournalLimits.MinLease"/> to <see cref="JournalLimits.MaxLease"/>.</summary>
    /// <exception cref="ArgumentException">Out of range.</exception>
    public static void CheckLease(string name, ulong holder, TimeSpan duration)
    {
        CheckName("lease", name);
        if (holder == 0) throw new ArgumentException("the holder 0 means nobody", nameof(holder));
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, JournalLimits.MinLease);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(duration, JournalLimits.MaxLease);
    }

    /// <summary>Whether the holder of a fence may write, given the shard's newest claim (0 when there never was one); null when it may.</summary>
    public static AppendOutcome? DecideFence(Fence? fence, long newestEpoch) =>
        fence is { } asked && asked.Epoch != newestEpoch ? new AppendOutcome(AppendStatus.Fenced, newestEpoch) : null;

    /// <summary>Whether events from that number on follow what is stored.</summary>
    public static AppendOutcome DecideAppend(long firstSequenceNr, long highest) =>
        firstSequenceNr == highest + 1 ? new AppendOutcome(AppendStatus.Written) : new AppendOutcome(AppendStatus.Conflict, highest);

    /// <summary>What a claim makes of a shard's newest one (epoch 0 when there never was one).</summary>
    public static ClaimOutcome DecideClaim(long epoch, ulong owner, long newestEpoch, ulong newestOwner) =>
        epoch > newestEpoch ? new ClaimOutcome(true, epoch, owner)
        : new ClaimOutcome(epoch == newestEpoch && owner == newestOwner, newestEpoch, newestOwner);
}
