using System.Globalization;
using Mesh.Actors.Storage;
using Npgsql;

namespace Mesh.Actors.Journals.Postgres;

/// <summary>The way to the server: a bounded pool, the schema brought up to date once, transactions whose failures say what is known.</summary>
/// <remarks>
/// Any thread. Nothing lives in a session between two transactions (no session locks, no settings), so a pooler in transaction mode may stand
/// between. After a
/// failure that surely wrote nothing, a broken connection is replaced and the work done once more, so that a restart of the server costs
/// nobody an error who asks after it.
/// </remarks>
internal sealed class PostgresSession : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly SemaphoreSlim _migrating = new(1);
    private readonly string _prepare;
    private volatile bool _migrated;

    public PostgresSession(JournalSettings settings)
    {
        string[] faults = [.. settings.Faults()];
        if (faults.Length > 0) throw new ArgumentException(string.Join("; ", faults), nameof(settings));
        NpgsqlConnectionStringBuilder builder = new(settings.ConnectionString)
        {
            MaxPoolSize = settings.MaxConnections,
            CommandTimeout = (int)settings.CommandTimeout.TotalSeconds,
            Timeout = (int)settings.CommandTimeout.TotalSeconds,
            ApplicationName = "mesh-journal",
            IncludeErrorDetail = false,
            Pooling = true,
        };
        _source = NpgsqlDataSource.Create(builder);
        Schema = settings.Schema;
        Where = string.Create(CultureInfo.InvariantCulture, $"PostgreSQL {builder.Host}:{builder.Port}/{builder.Database}, schema {settings.Schema}");

        // An operator's synchronous_commit = off would make acknowledged writes vanish; stricter values than on stay.
        _prepare = string.Create(
            CultureInfo.InvariantCulture,
            $"""
             select set_config('idle_in_transaction_session_timeout', '{(int)JournalSettings.AbandonedTimeout.TotalMilliseconds}', true),
               case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', true) end
             """);
    }

    /// <summary>A checked, plain word.</summary>
    public string Schema { get; }

    /// <summary>For operators.</summary>
    public string Where { get; }

    /// <summary>Reads, outside a transaction.</summary>
    public async Task<T> Read<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await using NpgsqlConnection connection = await Open(cancel).ConfigureAwait(false);
                return await work(connection, cancel).ConfigureAwait(false);
            }
            catch (Exception failed) when (failed is NpgsqlException or TimeoutException)
            {
                if (!IsWorthAnother(failed, attempt)) throw PostgresFaults.Explain(failed, Where, committing: false);
            }
        }
    }

    /// <summary>Writes, in one transaction.</summary>
    /// <exception cref="StorageException"><see cref="StorageFault.Unknown"/> only when the commit was sent and its answer lost.</exception>
    public async Task<T> Write<T>(Func<NpgsqlConnection, Task<T>> work)
    {
        for (int attempt = 1; ; attempt++)
        {
            bool committing = false;
            try
            {
                await using NpgsqlConnection connection = await Open(CancellationToken.None).ConfigureAwait(false);
                await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync().ConfigureAwait(false);
                await Execute(connection, _prepare).ConfigureAwait(false);
                T result = await work(connection).ConfigureAwait(false);
                committing = true;
                await transaction.CommitAsync().ConfigureAwait(false);
                return result;
            }
            catch (PostgresException violation) when (violation.SqlState == PostgresErrorCodes.UniqueViolation && !committing)
            {
                throw;
            }
            catch (Exception failed) when (failed is NpgsqlException or TimeoutException)
            {
                if (committing || !IsWorthAnother(failed, attempt)) throw PostgresFaults.Explain(failed, Where, committing);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync().ConfigureAwait(false);
        _migrating.Dispose();
    }

    public static async Task<int> Execute(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using NpgsqlCommand command = Command(connection, sql, values);
        return await command.ExecuteNonQueryAsync().ConfigureAwait(false);
    }

    /// <summary>All rows of a small answer.</summary>
    public static async Task<List<T>> Query<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancel, params object[] values)
    {
        await using NpgsqlCommand command = Command(connection, sql, values);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        List<T> rows = [];
        while (await reader.ReadAsync(cancel).ConfigureAwait(false)) rows.Add(read(reader));
        return rows;
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object[] values)
    {
#pragma warning disable CA2100 // The schema's name is checked to be a plain word; values go as parameters.
        NpgsqlCommand command = new(sql, connection);
#pragma warning restore CA2100
        foreach (object value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    private async Task<NpgsqlConnection> Open(CancellationToken cancel)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancel).ConfigureAwait(false);
        try
        {
            if (!_migrated) await Migrate(connection, cancel).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Once, by whoever comes first; a server that is not there yet is asked again by the next call.</summary>
    private async Task Migrate(NpgsqlConnection connection, CancellationToken cancel)
    {
        await _migrating.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_migrated) return;
            await PostgresSchema.Migrate(connection, Schema, Where).ConfigureAwait(false);
            _migrated = true;
        }
        finally
        {
            _migrating.Release();
        }
    }

    /// <summary>The other connections of the pool are likely as dead as this one: all are thrown away before the second attempt.</summary>
    private bool IsWorthAnother(Exception failed, int attempt)
    {
        if (attempt > 1) return false;
        if (PostgresFaults.IsConnection(failed)) _source.Clear();
        else if (!PostgresFaults.IsCollision(failed)) return false;
        return true;
    }
}
