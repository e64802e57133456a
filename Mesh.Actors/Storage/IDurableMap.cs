namespace Mesh.Actors.Storage;

/// <summary>
/// What one node remembers through its own restarts: its name, the cluster's id, its votes, copies of tables. Small keys and values in named
/// buckets, nothing shared with other nodes.
/// </summary>
/// <remarks>Any thread. A write is durable when its task is done, and all of it or none; writes become durable in the order of the calls.</remarks>
public interface IDurableMap
{
    /// <summary>Everything in a bucket, in ordinal order of keys; empty when there is none.</summary>
    /// <exception cref="StorageException">The disk failed, or what it holds is corrupt.</exception>
    ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> Load(string bucket);

    /// <summary>Puts and removes (null values) together.</summary>
    /// <exception cref="StorageException">
    /// The disk is full or failed; nothing of the batch was kept, unless its kind says <see cref="StorageFault.Unknown"/>.
    /// </exception>
    ValueTask Write(string bucket, IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>?>> changes);
}

/// <summary>What is wrong with a store.</summary>
public enum StorageFault
{
    /// <summary>It cannot be reached now; nothing was written. Try again.</summary>
    Unavailable,

    /// <summary>The answer to a write was lost: it happened or not. Read back before going on.</summary>
    Unknown,

    /// <summary>No room; nothing was written.</summary>
    Full,

    /// <summary>What is stored cannot be read: a person must look.</summary>
    Corrupt,

    /// <summary>Made by a newer version of the program.</summary>
    TooNew,

    /// <summary>Another process holds it.</summary>
    InUse,
}

/// <summary>A store failed. The text names the store, what happened and what to do.</summary>
public sealed class StorageException(StorageFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public StorageFault Fault { get; } = fault;
}
