using System.Text;

namespace Mesh.Actors.Tables;

/// <summary>One row as tables keep it: bytes with a version. Immutable.</summary>
/// <remarks>
/// Of two rows with one id the higher wins: by version, then deleted over living, then by bytes. The last two never decide unless a writer
/// broke its promise to use a version once; they make all nodes agree even then.
/// </remarks>
internal sealed class TableRow
{
    private TableRow(ulong origin, string key, RowVersion version, bool deleted, ReadOnlyMemory<byte> value, TimeSpan deletedAt, bool shared)
    {
        Origin = origin;
        Key = key;
        Version = version;
        Deleted = deleted;
        Value = value;
        DeletedAt = deletedAt;
        IsShared = shared;
        Id = IdOf(origin, key);
        var hash = new StableHash();
        hash.Add(Id);
        hash.Add(version.Epoch);
        hash.Add(version.Sequence);
        hash.Add(deleted ? 1UL : 0UL);
        hash.Add(value.Span);
        Hash = hash.Value;
        Bytes = Encoding.UTF8.GetByteCount(key) + value.Length + 40;
    }

    /// <summary>The owner's uid; 0 in maps.</summary>
    public ulong Origin { get; }

    public string Key { get; }

    public RowVersion Version { get; }

    public bool Deleted { get; }

    public ReadOnlyMemory<byte> Value { get; }

    /// <summary>When this node, or who told it, learned that the row is deleted; in the loop's time.</summary>
    public TimeSpan DeletedAt { get; }

    /// <summary>False: an old tombstone. It still blocks older rows here, but is not hashed or sent, as others may have forgotten it.</summary>
    public bool IsShared { get; }

    /// <summary>Stable hash of owner and key. Its highest byte is the bucket.</summary>
    public ulong Id { get; }

    /// <summary>Stable hash of everything that two nodes must have alike.</summary>
    public ulong Hash { get; }

    /// <summary>About what it costs in memory and on the wire.</summary>
    public int Bytes { get; }

    /// <summary>True for an owner's word about collected versions, which is no row that anybody sees.</summary>
    public bool IsCollection => Key.Length == 0;

    public static ulong IdOf(ulong origin, string key)
    {
        var hash = new StableHash();
        hash.Add(origin);
        hash.Add(key);
        return Math.Max(1, hash.Value);
    }

    public static TableRow Living(ulong origin, string key, RowVersion version, ReadOnlyMemory<byte> value) =>
        new(origin, key, version, deleted: false, value, default, shared: true);

    public static TableRow Tombstone(ulong origin, string key, RowVersion version, TimeSpan deletedAt) =>
        new(origin, key, version, deleted: true, default, deletedAt, shared: true);

    public TableRow Unshared() => new(Origin, Key, Version, Deleted, Value, DeletedAt, shared: false);

    /// <summary>Above 0: this row wins. 0: they are the same.</summary>
    public int CompareTo(TableRow other)
    {
        int order = Version.CompareTo(other.Version);
        if (order == 0) order = Deleted.CompareTo(other.Deleted);
        return order != 0 ? order : Value.Span.SequenceCompareTo(other.Value.Span);
    }
}
