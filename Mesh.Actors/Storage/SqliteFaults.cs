using Microsoft.Data.Sqlite;

namespace Mesh.Actors.Storage;

/// <summary>What SQLite's result codes mean for who called (sqlite.org/rescode.html).</summary>
internal static class SqliteFaults
{
    private const int Busy = 5, Locked = 6, ReadOnly = 8, InputOutput = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    /// <summary>What an operator does; a node decides nothing of it itself, for with the file its word on votes and clusters is gone.</summary>
    public const string Damaged =
        "the file is damaged: stop the node, move the file away together with those of its name that end in -wal and -shm, start: it joins its "
        + "cluster anew and fetches tables from the others. Move no more than one node's away at a time. Where no other core node lives, "
        + "`mesh cluster bootstrap --yes` and `mesh journal bootstrap --yes` make it go on alone";

    /// <param name="file">Which file.</param>
    /// <param name="problem">What SQLite said.</param>
    /// <param name="committing">Whether it said so about a commit: then an I/O error leaves the outcome open.</param>
    public static StorageException Name(string file, SqliteException problem, bool committing = false)
    {
        (StorageFault fault, string advice) = problem.SqliteErrorCode switch
        {
            Full => (StorageFault.Full, "the disk or the file's limit is full; nothing was written: make room"),
            Corrupt or NotADatabase => (StorageFault.Corrupt, Damaged),
            Busy or Locked => (StorageFault.InUse, "another process holds it: one node, one state directory"),
            InputOutput when committing => (StorageFault.Unknown, "the disk failed during a commit: read back what is there"),
            InputOutput => (StorageFault.Unavailable, "the disk failed"),
            ReadOnly or CannotOpen => (StorageFault.Unavailable, "the file or its directory cannot be written: check owner and mode"),
            _ => (StorageFault.Unavailable, "SQLite failed"),
        };
        return new StorageException(fault, $"{file}: {advice} (SQLite {problem.SqliteErrorCode}: {problem.Message})", problem);
    }
}
