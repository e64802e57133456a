using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>A journal in a file of this node: the embedded default of a cluster with one core node.</summary>
/// <remarks>
/// Any thread. Acknowledged means synced to the disk. Leases run by this process's monotonic clock; after a restart those of others are waited for
/// their whole duration, for nobody knows how long the process was gone.
/// </remarks>
internal sealed class SqliteJournalStore : CommandJournalStore
{
    private readonly TimeProvider _time;
    private readonly SqliteWriter _writer;
    private readonly SqliteReaders _readers;
    private readonly LeaseClock _leases = new();
    private bool _closed;

    private SqliteJournalStore(SqliteJournalMachine machine, TimeProvider time, JournalMetrics? metrics)
        : base(time, metrics)
    {
        (Machine, _time) = (machine, time);
        _leases.Start(machine.Leases(), Now);
        _writer = new SqliteWriter(machine, metrics);
        _readers = new SqliteReaders(machine);
    }

    public override string Kind => "sqlite";

    public override bool IsShared => false;

    private SqliteJournalMachine Machine { get; }

    private TimeSpan Now => _time.GetElapsedTime(0);

    /// <summary>Takes the file, makes it or brings its schema up to date.</summary>
    /// <exception cref="StorageException">In use, too new, corrupt, full or out of reach; the text says what to do.</exception>
    public static SqliteJournalStore Open(string path, TimeProvider time, JournalMetrics? metrics = null)
    {
        SqliteJournalMachine machine = SqliteJournalMachine.Open(path);
        try
        {
            return new SqliteJournalStore(machine, time, metrics);
        }
        catch
        {
            machine.Dispose();
            throw;
        }
    }

    public override async ValueTask<JournalStatus> Status(CancellationToken cancel)
    {
        try
        {
            MachineFacts facts = await Query(reads => reads.Facts(), cancel).ConfigureAwait(false);
            return new JournalStatus(Kind, true, $"file {Machine.Path}, this node alone", JournalFacts.Lines(facts));
        }
        catch (StorageException failed)
        {
            return new JournalStatus(Kind, false, failed.Message, []);
        }
        catch (ObjectDisposedException)
        {
            return new JournalStatus(Kind, false, $"file {Machine.Path} is closed", []);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_closed) return;
        _closed = true;
        await Task.Run(_writer.Dispose).ConfigureAwait(false);
        await _readers.Close().ConfigureAwait(false);
        _readers.Dispose();
        Machine.Dispose();
    }

    /// <summary>See <see cref="SqliteJournalMachine.LimitGrowth"/>; on the writer's thread.</summary>
    internal Task LimitGrowth(int? pages) => _writer.Submit(
        machine =>
        {
            machine.LimitGrowth(pages);
            return pages;
        },
        0,
        0,
        CancellationToken.None);

    protected override async ValueTask<JournalReply> Submit(JournalCommand command, CancellationToken cancel)
    {
        (int events, long bytes) = command.Append is { } batch
            ? (batch.Writes.Sum(write => write.Events.Count), batch.Writes.Sum(write => write.Events.Sum(each => (long)each.Payload.Length)))
            : (1, command.SaveSnapshot?.Snapshot.Payload.Length ?? 0);
        return await _writer.Submit(machine => machine.Apply(command), events, bytes, cancel).ConfigureAwait(false);
    }

    protected override async ValueTask<JournalReply> SubmitAcquire(string name, ulong holder, TimeSpan duration, CancellationToken cancel) =>
        await _writer.Submit(machine => Acquire(machine, name, holder, duration), 1, 0, cancel).ConfigureAwait(false);

    protected override ValueTask<T> Query<T>(Func<IJournalReads, T> query, CancellationToken cancel) => _readers.Query(query, cancel);

    /// <remarks>
    /// On the writer's thread. If the commit then fails, the watch is of a row that never was, and the next ask begins a new one: later, never early.
    /// </remarks>
    private JournalReply Acquire(SqliteJournalMachine machine, string name, ulong holder, TimeSpan duration)
    {
        AcquireLease ask = _leases.Ask(name, holder, duration, machine.Lease(name), Now);
        JournalReply reply = machine.Apply(JournalMessages.Acquire(ask, _time.GetUtcNow()));
        _leases.Observe(name, LeaseRow.From(reply.Lease.Row), Now);
        return reply;
    }
}
