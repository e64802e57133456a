using System.Collections.Concurrent;
using Mesh.Actors.Journals.Machine;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>A few connections that read beside the writer, on pool threads: a disk may block them.</summary>
internal sealed class SqliteReaders(SqliteJournalMachine machine) : IDisposable
{
    /// <summary>Reads at once; more wait. A recovery of many actors is bounded by the disk, not by connections.</summary>
    public const int MaxReaders = 4;

    private readonly SemaphoreSlim _permits = new(MaxReaders);
    private readonly ConcurrentBag<IJournalReads> _idle = [];

    public async ValueTask<T> Query<T>(Func<IJournalReads, T> query, CancellationToken cancel)
    {
        await _permits.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Run(query), cancel).ConfigureAwait(false);
        }
        finally
        {
            _permits.Release();
        }
    }

    /// <summary>Waits for the reads that are under way.</summary>
    public async ValueTask Close()
    {
        for (int i = 0; i < MaxReaders; i++) await _permits.WaitAsync().ConfigureAwait(false);
        while (_idle.TryTake(out IJournalReads? reads)) reads.Dispose();
        _permits.Release(MaxReaders);
    }

    public void Dispose() => _permits.Dispose();

    /// <summary>A connection that failed is not used again.</summary>
    private T Run<T>(Func<IJournalReads, T> query)
    {
        if (!_idle.TryTake(out IJournalReads? reads)) reads = machine.OpenReads();
        try
        {
            T result = query(reads);
            _idle.Add(reads);
            return result;
        }
        catch
        {
            reads.Dispose();
            throw;
        }
    }
}
