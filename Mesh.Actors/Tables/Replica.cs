using System.Buffers.Binary;

namespace Mesh.Actors.Tables;

/// <summary>What became of a row that was offered.</summary>
internal enum Applied
{
    /// <summary>It was newer, and is kept.</summary>
    News,

    /// <summary>It was here already.</summary>
    Same,

    /// <summary>A newer one is here.</summary>
    Older,

    /// <summary>Its owner has collected that version: it was deleted, or written again, long ago.</summary>
    Collected,

    /// <summary>No room: rows, bytes, owners, or rows of that owner.</summary>
    Full,

    /// <summary>Another row has the same 64-bit id. One in 10^9 tables of 100 000 rows meets this.</summary>
    Collision,
}

/// <summary>
/// The rows of one table on one node, merged by "the higher wins", with a hash for each of 256 buckets kept as rows change. Pure: no time, no chance.
/// </summary>
/// <remarks>
/// Merging is commutative, associative and idempotent. An owner's collection (a row without key, version c) is part of the state: rows of that
/// owner up to c are void, wherever and whenever they turn up. The owner has written again what lives, above c, before it said so; therefore
/// nobody needs to compare notes about what was forgotten when.
/// </remarks>
internal sealed class Replica(TableSettings settings)
{
    public const int Buckets = 256;

    // In order of id. Who catches up gets rows in that order, and adds them at the ends.
    private readonly List<TableRow>[] _buckets = [.. Enumerable.Range(0, Buckets).Select(_ => new List<TableRow>())];

    // Looked up, never enumerated.
    private readonly Dictionary<ulong, TableRow> _byId = [];
    private readonly ulong[] _hashes = new ulong[Buckets];
    private readonly SortedDictionary<ulong, Origin> _origins = [];
    private readonly SortedSet<ulong> _tombstones = [];

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    public int TombstoneCount => _tombstones.Count;

    public ICollection<ulong> Origins => _origins.Keys;

    /// <summary>Ids of the deleted rows.</summary>
    public IEnumerable<ulong> Tombstones => _tombstones;

    /// <summary>How often one version came with different contents: a writer's bug.</summary>
    public long Conflicts { get; private set; }

    public ulong Root { get; private set; }

    public static int BucketOf(ulong id) => (int)(id >> 56);

    public ulong HashOf(int bucket) => _hashes[bucket];

    public TableRow? Find(ulong id) => _byId.GetValueOrDefault(id);

    public TableRow? Find(ulong origin, string key) =>
        Find(TableRow.IdOf(origin, key)) is { } row && row.Origin == origin && row.Key == key ? row : null;

    /// <summary>Rows of a bucket in order of id.</summary>
    public IEnumerable<TableRow> RowsOf(int bucket) => _buckets[bucket];

    /// <summary>In order of id.</summary>
    public IEnumerable<TableRow> RowsOfOrigin(ulong origin) =>
        _origins.TryGetValue(origin, out Origin? known) ? known.Ids.Order().Select(id => Find(id)!) : [];

    public IEnumerable<TableRow> All() => _buckets.SelectMany(bucket => bucket);

    /// <summary>Up to which version the owner has collected.</summary>
    public ulong CollectedOf(ulong origin) => origin != 0 && _origins.TryGetValue(origin, out Origin? known) ? known.Collected : 0;

    /// <summary>Merges one row.</summary>
    /// <param name="row">What somebody wrote.</param>
    /// <param name="dropped">Rows that a collection made void; the caller hides them.</param>
    public Applied Apply(TableRow row, List<TableRow> dropped)
    {
        TableRow? present = Find(row.Id);
        if (present is not null && (present.Origin != row.Origin || present.Key != row.Key)) return Applied.Collision;
        if (!row.IsCollection && row.Origin != 0 && row.Version.Sequence <= CollectedOf(row.Origin)) return Applied.Collected;
        if (present is not null)
        {
            int order = row.CompareTo(present);
            if (order != 0 && row.Version == present.Version) Conflicts++;
            if (order == 0) return Applied.Same;
            if (order < 0) return Applied.Older;
            if (Bytes - present.Bytes + row.Bytes > settings.MaxTableBytes) return Applied.Full;
            Remove(present);
        }
        else if (!row.IsCollection && !HasRoom(row))
        {
            return Applied.Full;
        }

        Add(row);
        if (row.IsCollection) Collect(row, dropped);
        return Applied.News;
    }

    public void Remove(TableRow row)
    {
        if (!_byId.Remove(row.Id)) return;
        List<TableRow> bucket = _buckets[BucketOf(row.Id)];
        bucket.RemoveAt(PlaceOf(bucket, row.Id));
        Count--;
        Bytes -= row.Bytes;
        if (row.Deleted) _tombstones.Remove(row.Id);
        if (_origins.TryGetValue(row.Origin, out Origin? known))
        {
            known.Ids.Remove(row.Id);
            if (row.IsCollection) known.Collected = 0;
            if (known.Ids.Count == 0) _origins.Remove(row.Origin);
        }

        if (row.IsShared) Hash(row, unchecked(0 - row.Hash));
    }

    /// <summary>An old tombstone stays here, but others are not told of it any more.</summary>
    public void Unshare(TableRow tombstone)
    {
        Remove(tombstone);
        Add(tombstone.Unshared());
    }

    /// <summary>All bucket hashes, little-endian.</summary>
    public byte[] WriteHashes()
    {
        var bytes = new byte[Buckets * 8];
        for (int i = 0; i < Buckets; i++) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * 8), _hashes[i]);
        return bytes;
    }

    private bool HasRoom(TableRow row)
    {
        if (Count >= settings.MaxRows || Bytes + row.Bytes > settings.MaxTableBytes) return false;
        if (row.Origin == 0) return true;
        return _origins.TryGetValue(row.Origin, out Origin? known)
            ? known.Ids.Count < settings.MaxRowsPerOrigin
            : _origins.Count < settings.MaxOrigins;
    }

    private void Add(TableRow row)
    {
        _byId.Add(row.Id, row);
        List<TableRow> bucket = _buckets[BucketOf(row.Id)];
        bucket.Insert(PlaceOf(bucket, row.Id), row);
        Count++;
        Bytes += row.Bytes;
        if (row.Deleted) _tombstones.Add(row.Id);
        if (row.Origin != 0)
        {
            if (!_origins.TryGetValue(row.Origin, out Origin? known)) _origins.Add(row.Origin, known = new Origin());
            known.Ids.Add(row.Id);
            if (row.IsCollection) known.Collected = row.Version.Sequence;
        }

        if (row.IsShared) Hash(row, row.Hash);
    }

    private void Collect(TableRow collection, List<TableRow> dropped)
    {
        int before = dropped.Count;
        foreach (TableRow row in RowsOfOrigin(collection.Origin))
            if (!row.IsCollection && row.Version.Sequence <= collection.Version.Sequence) dropped.Add(row);
        for (int i = before; i < dropped.Count; i++) Remove(dropped[i]);
    }

    /// <summary>Where a row of that id is, or belongs.</summary>
    private static int PlaceOf(List<TableRow> bucket, ulong id)
    {
        int low = 0, high = bucket.Count;
        if (high > 0 && bucket[high - 1].Id < id) return high;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (bucket[middle].Id < id) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private void Hash(TableRow row, ulong difference)
    {
        _hashes[BucketOf(row.Id)] += difference;
        Root += difference;
    }

    /// <summary>What is here of one owner.</summary>
    private sealed class Origin
    {
        public HashSet<ulong> Ids { get; } = [];

        /// <summary>Up to which version it has collected.</summary>
        public ulong Collected { get; set; }
    }
}
