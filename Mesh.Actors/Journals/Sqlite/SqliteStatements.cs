using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>One connection to the journal's file with its prepared statements; every fault of SQLite comes out as one of ours.</summary>
/// <remarks>One thread at a time. Statements are few and constant, so none is ever dropped. Parameters are <c>$1</c>, <c>$2</c>..</remarks>
internal sealed class SqliteStatements(SqliteConnection connection, string path) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    public string Path => path;

    /// <summary>A transaction is open.</summary>
    public bool IsOpen => raw.sqlite3_get_autocommit(connection.Handle!) == 0;

    public int Execute(string sql, params ReadOnlySpan<object> values)
    {
        try
        {
            return Prepare(sql, values).ExecuteNonQuery();
        }
        catch (SqliteException failed)
        {
            throw SqliteFaults.Explain(failed, path);
        }
    }

    /// <summary>The first row, made into something; default when there is none.</summary>
    public T? First<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object> values)
    {
        try
        {
            using SqliteDataReader reader = Prepare(sql, values).ExecuteReader();
            return reader.Read() ? read(reader) : default;
        }
        catch (SqliteException failed)
        {
            throw SqliteFaults.Explain(failed, path);
        }
    }

    /// <summary>Each row until <paramref name="take"/> says false.</summary>
    public void Each(string sql, Func<SqliteDataReader, bool> take, params ReadOnlySpan<object> values)
    {
        try
        {
            using SqliteDataReader reader = Prepare(sql, values).ExecuteReader();
            while (reader.Read() && take(reader)) { }
        }
        catch (SqliteException failed)
        {
            throw SqliteFaults.Explain(failed, path);
        }
    }

    /// <summary>Rows one by one, while the caller goes on between them.</summary>
    public IEnumerable<T> Stream<T>(string sql, Func<SqliteDataReader, T> read, params object[] values)
    {
        using SqliteDataReader reader = Open(sql, values);
        while (Step(reader)) yield return read(reader);
    }

    public void Dispose()
    {
        foreach (SqliteCommand each in _prepared.Values) each.Dispose();
        connection.Dispose();
    }

    private SqliteDataReader Open(string sql, object[] values)
    {
        try
        {
            return Prepare(sql, values).ExecuteReader();
        }
        catch (SqliteException failed)
        {
            throw SqliteFaults.Explain(failed, path);
        }
    }

    private bool Step(SqliteDataReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (SqliteException failed)
        {
            throw SqliteFaults.Explain(failed, path);
        }
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object> values)
    {
        if (!_prepared.TryGetValue(sql, out SqliteCommand? command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // Only constants of this folder get here; values go as parameters.
            command.CommandText = sql;
#pragma warning restore CA2100
            for (int i = 0; i < values.Length; i++) command.Parameters.Add(new SqliteParameter($"${i + 1}", values[i]));
            _prepared.Add(sql, command);
            return command;
        }

        for (int i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command;
    }
}
