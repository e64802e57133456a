using System.Collections.Immutable;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Storage;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>The machine in a file: the tables of a journal, and how far a replicated log was applied, in one commit.</summary>
/// <remarks>
/// One thread; it may block on the disk, hence never the control loop. A transaction opens with the first command after a commit. After a
/// fault call <see cref="Rollback"/>: the state is then that of the last commit.
/// </remarks>
internal sealed class SqliteJournalMachine : IJournalMachine
{
    private readonly SqliteFile _file;
    private readonly SqliteStatements _statements;
    private readonly SqliteReads _reads;
    private AppliedMark _committed;

    private SqliteJournalMachine(SqliteFile file)
    {
        _file = file;
        _statements = file.OpenWriter();
        _reads = new SqliteReads(_statements);
        _committed = Applied = _statements.First("select log_index, log_term from applied", row => new AppliedMark(row.GetInt64(0), row.GetInt64(1)));
    }

    public AppliedMark Applied { get; private set; }

    /// <summary>Where it is kept.</summary>
    public string Path => _file.Path;

    /// <summary>Takes the file, makes it or brings its schema up to date.</summary>
    /// <exception cref="StorageException">In use, too new, corrupt, full or out of reach; the text says what to do.</exception>
    public static SqliteJournalMachine Open(string path)
    {
        SqliteFile file = SqliteFile.Take(path);
        try
        {
            return new SqliteJournalMachine(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public JournalReply Apply(JournalCommand command, AppliedMark? mark = null)
    {
        if (command.CommandCase == JournalCommand.CommandOneofCase.None) throw JournalMessages.Unknown();
        if (mark is { } next) CheckIsNext(next);
        Begin();
        SqliteCommands commands = new(_statements, command.WrittenAt);
        JournalReply reply = command.CommandCase switch
        {
            JournalCommand.CommandOneofCase.Append => commands.Append(command.Append),
            JournalCommand.CommandOneofCase.DeleteEvents => commands.Delete(command.DeleteEvents),
            JournalCommand.CommandOneofCase.SaveSnapshot => commands.Save(command.SaveSnapshot),
            JournalCommand.CommandOneofCase.Claim => commands.Claim(command.Claim),
            JournalCommand.CommandOneofCase.Remember => commands.Remember(command.Remember),
            JournalCommand.CommandOneofCase.AcquireLease => commands.Acquire(command.AcquireLease, Lease(command.AcquireLease.Name)),
            JournalCommand.CommandOneofCase.ReleaseLease => commands.Release(command.ReleaseLease, Lease(command.ReleaseLease.Name)),
            _ => throw JournalMessages.Unknown(),
        };
        if (mark is { } place) Advance(place);
        return reply;
    }

    public void Advance(AppliedMark mark)
    {
        CheckIsNext(mark);
        Applied = mark;
    }

    public void Commit()
    {
        if (Applied != _committed)
        {
            Begin();
            _statements.Execute("update applied set log_index = $1, log_term = $2", Applied.Index, Applied.Term);
        }

        if (_statements.IsOpen) _statements.Execute("commit");
        _committed = Applied;
    }

    public void Rollback()
    {
        Applied = _committed;
        if (_statements.IsOpen) _statements.Execute("rollback");
    }

    public ImmutableArray<JournalEvent> Read(string persistenceId, long fromSequenceNr, int max) => _reads.Read(persistenceId, fromSequenceNr, max);

    public long HighestSequenceNr(string persistenceId) => _reads.HighestSequenceNr(persistenceId);

    public Snapshot? LoadSnapshot(string persistenceId, long toSequenceNr) => _reads.LoadSnapshot(persistenceId, toSequenceNr);

    public ImmutableArray<string> Remembered(ShardKey shard) => _reads.Remembered(shard);

    public LeaseRow? Lease(string name) => _reads.Lease(name);

    public ImmutableArray<KeyValuePair<string, LeaseRow>> Leases() => _reads.Leases();

    public MachineFacts Facts() => _reads.Facts();

    public IJournalReads OpenReads() => new SqliteReads(_file.OpenReader());

    /// <remarks>Holds a read transaction until it is disposed; meanwhile the write-ahead log cannot shrink.</remarks>
    public IJournalExport Export(int chunkBytes)
    {
        SqliteStatements view = _file.OpenReader();
        try
        {
            return SqliteRows.Export(view, chunkBytes);
        }
        catch
        {
            view.Dispose();
            throw;
        }
    }

    /// <remarks>Waits in a file beside the journal until it is complete.</remarks>
    public IJournalImport Import() => new SqliteImport(_file.Path + ".import", Replace);

    /// <summary>Lets the file grow by so many pages from now on; tests fill the disk with it. Null: as far as the disk goes.</summary>
    public void LimitGrowth(int? pages)
    {
        long limit = pages is { } some ? _statements.First("pragma page_count", row => row.GetInt64(0)) + some : int.MaxValue - 1L;
        _statements.First(FormattableString.Invariant($"pragma max_page_count = {limit}"), row => row.GetInt64(0));
    }

    public void Dispose()
    {
        _statements.Dispose();
        _file.Dispose();
    }

    private void CheckIsNext(AppliedMark mark) => ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(mark.Index, Applied.Index, nameof(mark));

    private void Begin()
    {
        if (!_statements.IsOpen) _statements.Execute("begin immediate");
    }

    private void Replace(IEnumerable<JournalRow> rows, AppliedMark applied)
    {
        if (_statements.IsOpen) throw new InvalidOperationException("a state may be replaced between two commits only");
        Begin();
        try
        {
            SqliteRows.Replace(_statements, rows);
            Applied = applied;
            _statements.Execute("update applied set log_index = $1, log_term = $2", applied.Index, applied.Term);
            _statements.Execute("commit");
            _committed = applied;
        }
        catch
        {
            Rollback();
            throw;
        }
    }
}
