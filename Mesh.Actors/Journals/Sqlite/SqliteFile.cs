using Mesh.Actors.Storage;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>A journal's file, held by this process alone through a lock file beside it.</summary>
/// <remarks>
/// SQLite itself would let two processes share it, and then two machines would decide about the same fences. The lock is the kernel's (flock), so
/// it goes with the process however that ends.
/// </remarks>
internal sealed class SqliteFile : IDisposable
{
    private const int BusySeconds = 5;

    private readonly FileStream _lock;

    private SqliteFile(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    /// <summary>Takes the file for this process; it is made when it is not there.</summary>
    /// <exception cref="StorageException"><see cref="StorageFault.InUse"/> or <see cref="StorageFault.Unavailable"/>.</exception>
    public static SqliteFile Take(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        try
        {
            Batteries_V2.Init();
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
            return new SqliteFile(full, new FileStream(full + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StorageException(
                StorageFault.Unavailable, $"The journal {full} may not be opened: check who owns its folder ({denied.Message}).", denied);
        }
        catch (IOException failed)
        {
            bool held = File.Exists(full + ".lock");
            throw new StorageException(
                held ? StorageFault.InUse : StorageFault.Unavailable,
                held
                    ? $"The journal {full} is held by another process: stop it (fuser {full}.lock names it), "
                        + "or give this node a state directory of its own."
                    : $"The journal {full} cannot be made: {failed.Message}.",
                failed);
        }
    }

    /// <summary>The one connection that writes; brings the schema up to date.</summary>
    public SqliteStatements OpenWriter()
    {
        SqliteStatements writer = Open(SqliteOpenMode.ReadWriteCreate);
        try
        {
            // A commit is on the disk before it is acknowledged: FULL syncs the log at every commit.
            writer.First("pragma journal_mode = wal", row => row.GetString(0));
            writer.Execute("pragma synchronous = full");
            SqliteSchema.Migrate(writer);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>A connection that only reads what is committed.</summary>
    public SqliteStatements OpenReader() => Open(SqliteOpenMode.ReadOnly);

    /// <summary>
    /// Moves a damaged journal away, with its log, for who wants to start anew or look into it. Returns its new name. Only when no process holds it.
    /// </summary>
    public static string SetAside(string path)
    {
        using SqliteFile held = Take(path);
        int number = 1;
        while (File.Exists($"{held.Path}.damaged-{number}")) number++;
        string aside = $"{held.Path}.damaged-{number}";
        foreach (string part in (string[])["", "-wal", "-shm"])
        {
            if (File.Exists(held.Path + part)) File.Move(held.Path + part, aside + part);
        }

        return aside;
    }

    public void Dispose() => _lock.Dispose();

    private SqliteStatements Open(SqliteOpenMode mode)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder
        {
            DataSource = Path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = BusySeconds,
        }.ToString());
        try
        {
            connection.Open();
            return new SqliteStatements(connection, Path);
        }
        catch (SqliteException failed)
        {
            connection.Dispose();
            throw SqliteFaults.Explain(failed, Path);
        }
    }
}
