using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Mesh.Actors.Storage;

/// <summary>The open file: its lock, its checks, its schema. One thread at a time.</summary>
internal sealed class SqliteStateFile : IDisposable
{
    /// <summary>The schema that this program writes. Each step below leads from one version to the next.</summary>
    private static readonly string[] s_migrations =
    [
        """
        create table entries(
          bucket text not null,
          key text not null,
          value blob not null,
          primary key(bucket, key)) without rowid
        """,
    ];

    private const string Put = "insert into entries(bucket, key, value) values (?1, ?2, ?3) on conflict do update set value = excluded.value";
    private const string Remove = "delete from entries where bucket = ?1 and key = ?2";

    private readonly string _path;
    private readonly FileStream _lock;
    private readonly SqliteConnection _connection;
    private SqliteStatement? _put;
    private SqliteStatement? _remove;
    private bool? _relaxed;

    private SqliteStateFile(string path, FileStream fileLock, SqliteConnection connection) =>
        (_path, _lock, _connection) = (path, fileLock, connection);

    public static int SchemaVersion => s_migrations.Length;

    /// <exception cref="StorageException">In use, damaged, too new, or not to be opened.</exception>
    public static SqliteStateFile Open(string path, SqliteStateOptions options)
    {
        SQLitePCL.Batteries_V2.Init();
        FileStream fileLock = Lock(path);
        var text = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 };
        var connection = new SqliteConnection(text.ToString());
        var file = new SqliteStateFile(path, fileLock, connection);
        try
        {
            connection.Open();
            file.Check();
            if (options.MaxPages is { } pages) file.Run(string.Create(CultureInfo.InvariantCulture, $"pragma max_page_count = {pages}"));
            file.Migrate();
            return file;
        }
        catch (SqliteException problem)
        {
            file.Dispose();
            throw SqliteFaults.Name(path, problem);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Everything in a bucket, in ordinal order of keys: SQLite compares UTF-8 bytes, callers UTF-16 units.</summary>
    public List<KeyValuePair<string, ReadOnlyMemory<byte>>> Load(string bucket)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "select key, value from entries where bucket = $bucket";
        command.Parameters.AddWithValue("$bucket", bucket);
        List<KeyValuePair<string, ReadOnlyMemory<byte>>> entries = [];
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read()) entries.Add(new(reader.GetString(0), reader.GetFieldValue<byte[]>(1)));
        entries.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        return entries;
    }

    /// <summary>Writes all in one transaction. Only an error of the commit itself may leave the outcome open.</summary>
    public void Write(IReadOnlyList<SqliteWrite> writes, bool relaxed)
    {
        if (_relaxed != relaxed) Run(relaxed ? "pragma synchronous = normal" : "pragma synchronous = full");
        _relaxed = relaxed;
        SqliteTransaction? transaction = null;
        bool committing = false;
        try
        {
            transaction = _connection.BeginTransaction(deferred: false);
            foreach (SqliteWrite write in writes) Apply(write);
            committing = true;
            transaction.Commit();
            transaction.Dispose();
        }
        catch (SqliteException problem)
        {
            Abandon(transaction);
            throw SqliteFaults.Name(_path, problem, committing);
        }
    }

    public void Dispose()
    {
        _put?.Dispose();
        _remove?.Dispose();
        _connection.Dispose();
        _lock.Dispose();
    }

    /// <summary>An advisory lock on a file of its own: SQLite's locks come and go with transactions, this one lasts as long as the process.</summary>
    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (DirectoryNotFoundException problem)
        {
            throw new StorageException(StorageFault.Unavailable, $"{path}: its directory does not exist", problem);
        }
        catch (UnauthorizedAccessException problem)
        {
            throw new StorageException(StorageFault.Unavailable, $"{path}: no permission to write there: check owner and mode", problem);
        }
        catch (IOException problem)
        {
            throw new StorageException(
                StorageFault.InUse, $"{path}: another process holds {path}.lock: one node, one state directory ({problem.Message})", problem);
        }
    }

    private void Check()
    {
        string verdict = Ask("pragma quick_check(1)");
        if (verdict != "ok") throw new StorageException(StorageFault.Corrupt, $"{_path}: {SqliteFaults.Damaged} ({verdict})");
        Ask("pragma journal_mode = wal");
        Run("pragma synchronous = full");
        Run("pragma trusted_schema = off");
    }

    private void Migrate()
    {
        int version = int.Parse(Ask("pragma user_version"), CultureInfo.InvariantCulture);
        if (version > SchemaVersion)
        {
            throw new StorageException(
                StorageFault.TooNew,
                $"{_path}: schema {version} was made by a newer version (this one knows {SchemaVersion}): run that one, or set the file aside");
        }

        for (int next = version; next < SchemaVersion; next++)
        {
            // The version is in the file's header, so it changes with the schema or not at all.
            using SqliteTransaction transaction = _connection.BeginTransaction();
            Run(s_migrations[next], transaction);
            Run(string.Create(CultureInfo.InvariantCulture, $"pragma user_version = {next + 1}"), transaction);
            transaction.Commit();
        }
    }

    private void Apply(SqliteWrite write)
    {
        foreach ((string key, ReadOnlyMemory<byte>? value) in write.Changes)
        {
            SqliteStatement statement = value is null ? _remove ??= new(_connection, Remove) : _put ??= new(_connection, Put);
            statement.Bind(1, write.Bucket);
            statement.Bind(2, key);
            if (value is { } bytes) statement.Bind(3, bytes.Span);
            statement.Run();
        }
    }

    /// <summary>SQLite has often rolled back by itself when the disk is full; saying so again is no fault.</summary>
    private static void Abandon(SqliteTransaction? transaction)
    {
        try
        {
            transaction?.Dispose();
        }
        catch (SqliteException)
        {
        }
    }

    private void Run(string statement, SqliteTransaction? transaction = null)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private string Ask(string statement)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = statement;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture) ?? "";
    }
}

/// <summary>What one call wants written.</summary>
internal sealed record SqliteWrite(string Bucket, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> Changes);
