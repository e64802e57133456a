using System.Collections.Immutable;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Machine;

/// <summary>
/// A journal without network, clock or queue: commands in, replies out. The sqlite store and the members of a quorum run the same one, so
/// that they cannot differ in what a fence or a lease means.
/// </summary>
/// <remarks>
/// One thread at a time, reads included (they see what was applied); <see cref="OpenReads"/> gives other threads their own view. Deterministic: the
/// same commands in the same order give the same state and replies, whatever the implementation, clock or machine. Callers check the bounds of
/// what clients send (<see cref="JournalRules"/>) before a command is made; the machine checks order, fences and leases.
/// Failing storage throws <see cref="StorageException"/>: then nothing since the last commit was kept.
/// </remarks>
internal interface IJournalMachine : IJournalReads
{
    /// <summary>The newest entry of a replicated log that is in the state; durable together with it. Zeros without a log.</summary>
    AppliedMark Applied { get; }

    /// <summary>Changes the state. Neither durable nor seen by other readers before <see cref="Commit"/>.</summary>
    /// <param name="command">Of a kind that this version knows; another throws <see cref="StorageFault.TooNew"/> and changes nothing.</param>
    /// <param name="mark">Where the command stands in the log, beyond <see cref="Applied"/>; null without a log.</param>
    JournalReply Apply(JournalCommand command, AppliedMark? mark = null);

    /// <summary>An entry of the log that is no command (a new leader's no-op, a change of members) is behind us too.</summary>
    void Advance(AppliedMark mark);

    /// <summary>Makes what was applied durable, all of it or none.</summary>
    void Commit();

    /// <summary>Forgets what was applied since the last commit. Memory cannot, and needs not: it never fails.</summary>
    void Rollback();

    /// <summary>Another view, for one other thread at a time, of what is committed.</summary>
    IJournalReads OpenReads();

    /// <summary>The whole committed state of now, in pieces, while commands go on being applied.</summary>
    /// <param name="chunkBytes">Bytes of a piece, about; a bigger row comes alone (at most <see cref="JournalLimits.MaxPayloadBytes"/> and its
    /// envelope).</param>
    IJournalExport Export(int chunkBytes);

    /// <summary>Takes in the state of another machine, which replaces this one's at the end and in one commit.</summary>
    IJournalImport Import();
}

/// <summary>What a journal can tell. Failing storage throws <see cref="StorageException"/>.</summary>
internal interface IJournalReads : IDisposable
{
    /// <inheritdoc cref="IJournalStore.Read"/>
    ImmutableArray<JournalEvent> Read(string persistenceId, long fromSequenceNr, int max);

    /// <inheritdoc cref="IJournalStore.HighestSequenceNr"/>
    long HighestSequenceNr(string persistenceId);

    /// <inheritdoc cref="IJournalStore.LoadSnapshot"/>
    Snapshot? LoadSnapshot(string persistenceId, long toSequenceNr);

    /// <inheritdoc cref="IJournalStore.Remembered"/>
    ImmutableArray<string> Remembered(ShardKey shard);

    /// <summary>Null when nobody ever held it.</summary>
    LeaseRow? Lease(string name);

    /// <summary>Every lease, in ordinal order of names.</summary>
    ImmutableArray<KeyValuePair<string, LeaseRow>> Leases();

    /// <summary>For operators.</summary>
    MachineFacts Facts();
}

/// <summary>A place in a replicated log.</summary>
internal readonly record struct AppliedMark(long Index, long Term);

/// <param name="Actors">Persistence ids ever written.</param>
/// <param name="Events">Stored now.</param>
/// <param name="Snapshots">Stored now.</param>
/// <param name="Shards">Ever claimed.</param>
/// <param name="Leases">Ever held.</param>
/// <param name="PayloadBytes">Of events and snapshots; about.</param>
internal readonly record struct MachineFacts(long Actors, long Events, long Snapshots, long Shards, long Leases, long PayloadBytes);

/// <summary>A state on its way out. One thread; frozen at the moment when it was opened.</summary>
internal interface IJournalExport : IDisposable
{
    /// <summary>What the state contains.</summary>
    AppliedMark Applied { get; }

    /// <summary>The next piece, a serialized <see cref="JournalChunk"/>; null after the last.</summary>
    ReadOnlyMemory<byte>? Next();
}

/// <summary>A state on its way in. One thread; disposing it before <see cref="Complete"/> changes nothing.</summary>
internal interface IJournalImport : IDisposable
{
    /// <summary>Takes the next piece, in the order of the export.</summary>
    /// <exception cref="StorageException"><see cref="StorageFault.Corrupt"/>: no piece of a state, or of a newer version.</exception>
    void Add(ReadOnlyMemory<byte> chunk);

    /// <summary>Replaces the machine's state, durably. The machine's <see cref="IJournalMachine.Applied"/> is then the export's.</summary>
    /// <exception cref="StorageException"><see cref="StorageFault.Corrupt"/>: pieces are missing; the old state stays.</exception>
    void Complete();
}
