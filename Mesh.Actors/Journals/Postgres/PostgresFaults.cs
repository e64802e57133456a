using System.Net.Sockets;
using Mesh.Actors.Storage;
using Npgsql;

namespace Mesh.Actors.Journals.Postgres;

/// <summary>What a server's or a connection's failure means. Texts name host and database, never a password.</summary>
internal static class PostgresFaults
{
    /// <param name="failed">What the driver threw.</param>
    /// <param name="where">Host, port, database and schema.</param>
    /// <param name="committing">The commit was sent: unless the server says that it rolled back, nobody knows.</param>
    public static StorageException Explain(Exception failed, string where, bool committing)
    {
        if (committing && !RolledBack(failed))
            return new StorageException(
                StorageFault.Unknown,
                $"The journal at {where} lost the answer to a commit ({Cause(failed)}): it is read back before anything else.",
                failed);
        (StorageFault fault, string advice) = (failed as PostgresException)?.SqlState switch
        {
            "53100" => (StorageFault.Full, "its disk is full: free space there; it goes on by itself"),
            "XX001" or "XX002" => (StorageFault.Corrupt, "its data is damaged: stop the core nodes and restore a backup"),
            "53300" => (StorageFault.Unavailable, "it takes no more connections: raise its max_connections or lower maxConnections here"),
            "25006" => (StorageFault.Unavailable, "it is read-only (a standby?): point connectionString at the primary"),
            "3D000" => (StorageFault.Unavailable, "there is no such database: create it"),
            "28000" or "28P01" => (StorageFault.Unavailable, "it refuses the user: check Username, Password and pg_hba.conf"),
            "42501" => (
                StorageFault.Unavailable, "the user may not do this: grant it create on the database, or make the schema and make it the owner"),
            "3F000" or "42P01" => (StorageFault.Unavailable, "its schema is gone: restore it, or restart this node to make an empty one"),
            "57014" or "55P03" => (StorageFault.Unavailable, "a statement took too long: look for locks and load there"),
            null when failed.InnerException is TimeoutException or SocketException || failed is TimeoutException =>
                (StorageFault.Unavailable, "it does not answer: check that it runs and the network to it"),
            _ => (StorageFault.Unavailable, "the call failed and is tried again"),
        };
        return new StorageException(fault, $"The journal at {where}: {advice} ({Cause(failed)}).", failed);
    }

    /// <summary>The connection is at fault, not the statement: another one may do.</summary>
    public static bool IsConnection(Exception failed) =>
        failed is not PostgresException { SqlState: not ("57P01" or "57P02" or "57P03" or "25P03") };

    /// <summary>Two transactions waited for each other and this one was undone: the same again succeeds.</summary>
    public static bool IsCollision(Exception failed) => failed is PostgresException { SqlState: ['4', '0', ..] };

    /// <summary>Serialization failures, deadlocks, and transactions that had failed before: the server says that nothing was written.</summary>
    private static bool RolledBack(Exception failed) => failed is PostgresException { SqlState: ['4', '0', ..] or ['2', '5', 'P', '0', '2'] };

    private static string Cause(Exception failed) =>
        failed is PostgresException server ? $"{server.SqlState} {server.MessageText}" : failed.InnerException?.Message ?? failed.Message;
}
