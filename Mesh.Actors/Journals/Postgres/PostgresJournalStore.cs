using System.Collections.Immutable;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Storage;
using Npgsql;

namespace Mesh.Actors.Journals.Postgres;

/// <summary>A journal in a PostgreSQL database that all core nodes share (13 or newer).</summary>
/// <remarks>
/// Any thread. Nothing is opened before the first call: a node starts, and routes, without its database. Leases run by the server's clock alone.
/// </remarks>
internal sealed class PostgresJournalStore : IJournalStore
{
    private readonly PostgresSession _session;
    private readonly PostgresAppend _append;
    private readonly PostgresWriter _writer;
    private readonly PostgresReads _reads;
    private readonly PostgresChanges _changes;
    private readonly BatchedAppend _front;

    /// <exception cref="ArgumentException">The settings have faults; the text lists them.</exception>
    public PostgresJournalStore(JournalSettings settings, TimeProvider time, JournalMetrics? metrics = null)
    {
        _session = new PostgresSession(settings);
        _append = new PostgresAppend(settings.Schema);
        _writer = new PostgresWriter(_session, _append, metrics);
        _reads = new PostgresReads(settings.Schema);
        _changes = new PostgresChanges(settings.Schema, _append);
        _front = new BatchedAppend(time, metrics, _writer.Submit);
    }

    public string Kind => "postgresql";

    public bool IsShared => true;

    public ValueTask<ImmutableArray<AppendOutcome>> Append(ImmutableArray<AtomicWrite> batch, CancellationToken cancel) =>
        _front.Append(batch, cancel);

    public async ValueTask<ImmutableArray<JournalEvent>> Read(string persistenceId, long fromSequenceNr, int max, CancellationToken cancel)
    {
        JournalRules.CheckName("persistence id", persistenceId);
        return await Query(connection => _reads.Events(connection, persistenceId, fromSequenceNr, max, cancel), cancel).ConfigureAwait(false);
    }

    public async ValueTask<long> HighestSequenceNr(string persistenceId, CancellationToken cancel)
    {
        JournalRules.CheckName("persistence id", persistenceId);
        return await Query(connection => _reads.Highest(connection, persistenceId, cancel), cancel).ConfigureAwait(false);
    }

    public ValueTask<AppendOutcome> DeleteEvents(string persistenceId, long toSequenceNr, Fence? fence, CancellationToken cancel) => Change(
        JournalRules.RejectName("persistence id", persistenceId) ?? JournalRules.Reject(fence),
        connection => _changes.Delete(connection, persistenceId, toSequenceNr, fence),
        cancel);

    public ValueTask<AppendOutcome> SaveSnapshot(Snapshot snapshot, Fence? fence, CancellationToken cancel) => Change(
        JournalRules.Reject(snapshot) ?? JournalRules.Reject(fence), connection => _changes.Save(connection, snapshot, fence), cancel);

    public async ValueTask<Snapshot?> LoadSnapshot(string persistenceId, long toSequenceNr, CancellationToken cancel)
    {
        JournalRules.CheckName("persistence id", persistenceId);
        return await Query(connection => _reads.Newest(connection, persistenceId, toSequenceNr, cancel), cancel).ConfigureAwait(false);
    }

    public async ValueTask<ClaimOutcome> Claim(Fence fence, ulong owner, CancellationToken cancel)
    {
        JournalRules.CheckFence(fence);
        cancel.ThrowIfCancellationRequested();
        return await _session.Write(connection => _changes.Claim(connection, fence, owner)).ConfigureAwait(false);
    }

    public ValueTask<AppendOutcome> Remember(
        Fence fence, ImmutableArray<string> started, ImmutableArray<string> stopped, CancellationToken cancel) =>
        Change(JournalRules.Reject(fence, started, stopped), connection => _changes.Remember(connection, fence, started, stopped), cancel);

    public async ValueTask<ImmutableArray<string>> Remembered(ShardKey shard, CancellationToken cancel) =>
        await Query(connection => _reads.Remembered(connection, shard, cancel), cancel).ConfigureAwait(false);

    public async ValueTask<LeaseOutcome> AcquireLease(string name, ulong holder, TimeSpan duration, CancellationToken cancel)
    {
        JournalRules.CheckLease(name, holder, duration);
        cancel.ThrowIfCancellationRequested();
        return await _session.Write(connection => _changes.Acquire(connection, name, holder, duration)).ConfigureAwait(false);
    }

    public async ValueTask ReleaseLease(string name, ulong holder, CancellationToken cancel)
    {
        JournalRules.CheckName("lease", name);
        cancel.ThrowIfCancellationRequested();
        await _session.Write(connection => _changes.Release(connection, name, holder)).ConfigureAwait(false);
    }

    public async ValueTask<JournalStatus> Status(CancellationToken cancel)
    {
        try
        {
            MachineFacts facts = await Query(connection => _reads.Facts(connection, cancel), cancel).ConfigureAwait(false);
            return new JournalStatus(Kind, true, _session.Where, JournalFacts.Lines(facts));
        }
        catch (StorageException failed)
        {
            return new JournalStatus(Kind, false, failed.Message, []);
        }
        catch (ObjectDisposedException)
        {
            return new JournalStatus(Kind, false, $"{_session.Where} is closed", []);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _session.DisposeAsync().ConfigureAwait(false);
    }

    private Task<T> Query<T>(Func<NpgsqlConnection, Task<T>> query, CancellationToken cancel) =>
        _session.Read((connection, _) => query(connection), cancel);

    private async ValueTask<AppendOutcome> Change(string? rejected, Func<NpgsqlConnection, Task<AppendOutcome>> change, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (rejected is not null) return new AppendOutcome(AppendStatus.Rejected, 0, rejected);
        return await _session.Write(change).ConfigureAwait(false);
    }
}
