using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Mesh.Actors.Storage;

/// <summary>
/// A statement that is prepared once and run for row after row: the objects that a command makes for each are more than the row.
/// </summary>
/// <remarks>
/// One thread at a time, within a transaction that has begun to write: nothing makes it wait. What is bound is copied, and stays until it is
/// bound anew.
/// </remarks>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _file;
    private readonly sqlite3_stmt _statement;

    /// <param name="connection">Open; it outlives the statement.</param>
    /// <param name="sql">One statement; its parameters are numbered from 1.</param>
    /// <exception cref="SqliteException">It cannot be prepared.</exception>
    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _file = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_file, sql, out _statement), _file);
    }

    public void Bind(int parameter, string text) => SqliteException.ThrowExceptionForRC(raw.sqlite3_bind_text(_statement, parameter, text), _file);

    public void Bind(int parameter, ReadOnlySpan<byte> blob) =>
        SqliteException.ThrowExceptionForRC(raw.sqlite3_bind_blob(_statement, parameter, blob), _file);

    /// <summary>Runs it with what is bound.</summary>
    /// <exception cref="SqliteException">It failed, and changed nothing.</exception>
    public void Run()
    {
        int result = raw.sqlite3_step(_statement);

        // A reset says again what the step said, and leaves its text in place.
        raw.sqlite3_reset(_statement);
        SqliteException.ThrowExceptionForRC(result, _file);
    }

    public void Dispose() => _statement.Dispose();
}
