using Mesh.Actors.Storage;
using Microsoft.Data.Sqlite;

namespace Mesh.Actors.Journals.Sqlite;

/// <summary>What SQLite's error codes mean for who reads them at night.</summary>
internal static class SqliteFaults
{
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupted = 11;
    private const int DiskFull = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    public static StorageException Explain(SqliteException failed, string path)
    {
        (StorageFault fault, string text) = failed.SqliteErrorCode switch
        {
            DiskFull => (StorageFault.Full, "has no room: free space on its disk. Nothing was written; it goes on by itself when there is room"),
            Corrupted or NotADatabase => (StorageFault.Corrupt, Damaged),
            Busy or Locked => (StorageFault.Unavailable, "is held by another program (a backup?): it is tried again"),
            ReadOnly or CannotOpen => (StorageFault.Unavailable, "cannot be opened for writing: check that its folder exists and who owns it"),
            InputOutput => (
                StorageFault.Unknown, "could not be read or written: check the disk (dmesg). Whether the last write happened is not known"),
            _ => (StorageFault.Unavailable, "failed"),
        };
        return new StorageException(fault, $"The journal {path} {text} ({failed.Message}).", failed);
    }

    /// <summary>A row's bytes are not those that were written.</summary>
    public static StorageException Corrupt(string path, string what) => new(StorageFault.Corrupt, $"The journal {path} {Damaged} ({what}).");

    private const string Damaged =
        "is damaged: stop the node, move the file away together with those of the same name that end in -wal and -shm, and restore a backup, "
        + "or start with an empty journal";
}
