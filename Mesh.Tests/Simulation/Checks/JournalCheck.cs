using System.Buffers.Binary;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Checks;

/// <summary>
/// A second set of books for a journal: what it took, in the order in which it took it. Events follow each other (P1), no write of an old epoch
/// comes after a newer claim (S1), a lease's term has one holder (B4).
/// </summary>
internal sealed class JournalCheck(SimWorld world)
{
    private readonly Dictionary<ShardKey, long> _epochs = [];
    private readonly Dictionary<(ShardKey, long Epoch), ulong> _owners = [];
    private readonly Dictionary<string, List<long>> _events = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Term, ulong Holder)> _leases = new(StringComparer.Ordinal);

    /// <summary>Writes that were refused because a newer owner had claimed the shard.</summary>
    public long Fenced { get; private set; }

    public IEnumerable<string> Actors => _events.Keys.Order(StringComparer.Ordinal);

    /// <summary>What an actor's events say, in order: the first eight bytes of each.</summary>
    public IReadOnlyList<long> EventsOf(string persistenceId) => _events.TryGetValue(persistenceId, out List<long>? events) ? events : [];

    /// <summary>Whose an epoch is; 0 when nobody claimed it.</summary>
    public ulong OwnerOf(Fence fence) => _owners.GetValueOrDefault((fence.Shard, fence.Epoch));

    public void Accepted(AtomicWrite write)
    {
        foreach (JournalEvent each in write.Events) Accepted(write.PersistenceId, each.SequenceNr, each.Payload.Span);
        if (write.Fence is { } fence) AcceptedUnder(fence);
    }

    public void AcceptedUnder(Fence fence)
    {
        long newest = _epochs.GetValueOrDefault(fence.Shard);
        world.Assert(fence.Epoch >= newest, "S1", () => $"{fence.Shard} accepted a write of epoch {fence.Epoch} after {newest}");
        _epochs[fence.Shard] = fence.Epoch;
    }

    public void Claimed(Fence fence, ulong owner)
    {
        AcceptedUnder(fence);
        if (_owners.TryAdd((fence.Shard, fence.Epoch), owner)) return;
        world.Assert(OwnerOf(fence) == owner, "S1", () => $"epoch {fence.Epoch} of {fence.Shard} was given to two owners");
    }

    public void Refused()
    {
        Fenced++;
        world.Reach("fence rejected a zombie's write");
    }

    public void Leased(string name, long term, ulong holder)
    {
        (long Term, ulong Holder) before = _leases.GetValueOrDefault(name);
        bool same = before.Holder == holder && before.Term == term;
        world.Assert(same || term > before.Term, "B4", () => $"{name} goes from term {before.Term} of {before.Holder:x} to {term} of {holder:x}");
        _leases[name] = (term, holder);
    }

    /// <summary>A machine took a command.</summary>
    public void Done(JournalCommand command, JournalReply reply)
    {
        switch (command.CommandCase)
        {
            case JournalCommand.CommandOneofCase.Append:
                for (int i = 0; i < command.Append.Writes.Count; i++) Done(command.Append.Writes[i], reply.Append.Outcomes[i]);
                break;
            case JournalCommand.CommandOneofCase.Claim when reply.Claim.Granted:
                Claimed(JournalMessages.From(command.Claim.Fence)!.Value, command.Claim.Owner);
                break;
            case JournalCommand.CommandOneofCase.SaveSnapshot:
                Done(JournalMessages.From(command.SaveSnapshot.Fence), reply.Outcome);
                break;
            case JournalCommand.CommandOneofCase.Remember:
                Done(JournalMessages.From(command.Remember.Fence), reply.Outcome);
                break;
            case JournalCommand.CommandOneofCase.AcquireLease when reply.Lease.Held:
                Leased(command.AcquireLease.Name, reply.Lease.Row.Term, reply.Lease.Row.Holder);
                break;
        }
    }

    private void Done(WriteData write, OutcomeData outcome)
    {
        if ((AppendStatus)outcome.Status == AppendStatus.Written)
            foreach (EventData each in write.Events) Accepted(write.PersistenceId, each.SequenceNr, each.Payload.Span);
        Done(JournalMessages.From(write.Fence), outcome);
    }

    private void Done(Fence? fence, OutcomeData outcome)
    {
        if ((AppendStatus)outcome.Status == AppendStatus.Fenced) Refused();
        if (fence is { } under && (AppendStatus)outcome.Status == AppendStatus.Written) AcceptedUnder(under);
    }

    private void Accepted(string persistenceId, long sequenceNr, ReadOnlySpan<byte> payload)
    {
        if (!_events.TryGetValue(persistenceId, out List<long>? events)) _events[persistenceId] = events = [];
        world.Assert(sequenceNr == events.Count + 1, "P1", () => $"{persistenceId} has {sequenceNr} after {events.Count}");
        long word = payload.Length < sizeof(long) ? 0 : BinaryPrimitives.ReadInt64LittleEndian(payload);
        world.Assert(word == 0 || !events.Contains(word), "P4", () => $"{persistenceId} stored command {word} twice");
        events.Add(word);
    }
}
