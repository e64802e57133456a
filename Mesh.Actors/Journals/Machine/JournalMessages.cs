using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Machine;

/// <summary>The contract's records as commands and rows, and back. Payloads are not copied: nobody changes them afterwards.</summary>
internal static class JournalMessages
{
    public static JournalCommand Append(IEnumerable<AtomicWrite> batch, DateTimeOffset at)
    {
        AppendBatch append = new();
        foreach (AtomicWrite write in batch) append.Writes.Add(ToData(write));
        return new JournalCommand { WrittenAt = at.ToUnixTimeMilliseconds(), Append = append };
    }

    public static JournalCommand Delete(string persistenceId, long toSequenceNr, Fence? fence, DateTimeOffset at) => new()
    {
        WrittenAt = at.ToUnixTimeMilliseconds(),
        DeleteEvents = new DeleteEvents { PersistenceId = persistenceId, ToSequenceNr = toSequenceNr, Fence = ToData(fence) },
    };

    public static JournalCommand Save(Snapshot snapshot, Fence? fence, DateTimeOffset at) => new()
    {
        WrittenAt = at.ToUnixTimeMilliseconds(),
        SaveSnapshot = new SaveSnapshot { Snapshot = ToData(snapshot), Fence = ToData(fence) },
    };

    public static JournalCommand Claim(Fence fence, ulong owner, DateTimeOffset at) => new()
    {
        WrittenAt = at.ToUnixTimeMilliseconds(),
        Claim = new ClaimShard { Fence = ToData(fence), Owner = owner },
    };

    public static JournalCommand Remember(Fence fence, IEnumerable<string> started, IEnumerable<string> stopped, DateTimeOffset at)
    {
        RememberEntities remember = new() { Fence = ToData(fence) };
        remember.Started.AddRange(started);
        remember.Stopped.AddRange(stopped);
        return new JournalCommand { WrittenAt = at.ToUnixTimeMilliseconds(), Remember = remember };
    }

    public static JournalCommand Acquire(AcquireLease ask, DateTimeOffset at) =>
        new() { WrittenAt = at.ToUnixTimeMilliseconds(), AcquireLease = ask };

    public static JournalCommand Release(string name, ulong holder, DateTimeOffset at) => new()
    {
        WrittenAt = at.ToUnixTimeMilliseconds(),
        ReleaseLease = new ReleaseLease { Name = name, Holder = holder },
    };

    public static ImmutableArray<AppendOutcome> Outcomes(JournalReply reply) => [.. reply.Append.Outcomes.Select(From)];

    public static AppendOutcome Outcome(JournalReply reply) => From(reply.Outcome);

    public static ClaimOutcome Claimed(JournalReply reply) => new(reply.Claim.Granted, reply.Claim.Epoch, reply.Claim.Owner);

    public static LeaseOutcome Leased(JournalReply reply) => new(reply.Lease.Held, reply.Lease.Row.Term, reply.Lease.Row.Holder);

    public static AppendOutcome From(OutcomeData data) =>
        new((AppendStatus)data.Status, data.Found, data.Reason.Length == 0 ? null : data.Reason);

    public static OutcomeData ToData(AppendOutcome outcome) =>
        new() { Status = (int)outcome.Status, Found = outcome.Found, Reason = outcome.Reason ?? "" };

    public static JournalReply Reply(AppendOutcome outcome) => new() { Outcome = ToData(outcome) };

    public static Fence? From(FenceData? data) => data is null ? null : new Fence(new ShardKey(data.Type, data.Shard), data.Epoch);

    public static FenceData ToData(Fence fence) => new() { Type = fence.Shard.Type, Shard = fence.Shard.Shard, Epoch = fence.Epoch };

    public static JournalEvent From(EventData data, long writtenAt) =>
        new(data.SequenceNr, data.Manifest, data.Payload.Memory, data.Writer, DateTimeOffset.FromUnixTimeMilliseconds(writtenAt));

    public static EventData ToData(JournalEvent stored) => new()
    {
        SequenceNr = stored.SequenceNr,
        Manifest = stored.Manifest,
        Payload = UnsafeByteOperations.UnsafeWrap(stored.Payload),
        Writer = stored.Writer,
        WrittenAt = stored.WrittenAt.ToUnixTimeMilliseconds(),
    };

    public static Snapshot From(SnapshotData data, long writtenAt) => new(
        data.PersistenceId, data.SequenceNr, data.Manifest, data.Payload.Memory, DateTimeOffset.FromUnixTimeMilliseconds(writtenAt));

    public static SnapshotData ToData(Snapshot snapshot) => new()
    {
        PersistenceId = snapshot.PersistenceId,
        SequenceNr = snapshot.SequenceNr,
        Manifest = snapshot.Manifest,
        Payload = UnsafeByteOperations.UnsafeWrap(snapshot.Payload),
        WrittenAt = snapshot.WrittenAt.ToUnixTimeMilliseconds(),
    };

    /// <summary>What a machine does with a command of a newer version: it must not guess, or the members of a quorum differ.</summary>
    public static StorageException Unknown() => new(
        StorageFault.TooNew, "The journal got a command that this version of Mesh does not know; update this node to the version of the others.");

    private static FenceData? ToData(Fence? fence) => fence is { } present ? ToData(present) : null;

    private static WriteData ToData(AtomicWrite write)
    {
        WriteData data = new() { PersistenceId = write.PersistenceId, Fence = ToData(write.Fence) };
        foreach (JournalEvent each in write.Events)
        {
            EventData written = ToData(each);
            written.WrittenAt = 0;
            data.Events.Add(written);
        }

        return data;
    }
}
