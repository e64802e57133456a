using System.Collections.Immutable;

namespace Mesh.Actors.Membership.Records;

/// <summary>What became of a record that was put into the table.</summary>
internal enum PutOutcome
{
    /// <summary>All of it was known.</summary>
    Known,

    /// <summary>The table changed.</summary>
    Changed,

    /// <summary>Its process was removed: the tombstone stands.</summary>
    Buried,

    /// <summary>It is about somebody unknown, or the table is full.</summary>
    Ignored,
}

/// <summary>
/// A node's whole knowledge of the cluster: members, what observers say, and the removed. Pure: records in, changes out. Removal is by tombstone
/// only; that a record is absent says nothing.
/// </summary>
/// <remarks>One thread. Putting costs O(log N) compares and at most a shift of N references; hashes are kept as records come.</remarks>
internal sealed class MemberTable
{
    /// <summary>More members than any fleet of this design has.</summary>
    public const int MaxMembers = 16_384;

    /// <summary>Words of observers; a member has some 25 observers at most, and words are rare.</summary>
    public const int MaxRows = 65_536;

    private readonly Dictionary<ulong, MemberRecord> _byUid = [];
    private readonly List<MemberRecord> _sorted = [];
    private readonly List<Member> _shown = [];
    private readonly Dictionary<ulong, MemberRecord?> _before = [];
    private readonly List<UniqueAddress> _changed = [];

    public MemberTable(TimeSpan tombstoneLife)
    {
        Tombstones = new TombstoneTable(Hashes, tombstoneLife);
        Rows = new RowTable(Hashes);
    }

    public BucketHashes Hashes { get; } = new();

    public TombstoneTable Tombstones { get; }

    public RowTable Rows { get; }

    /// <summary>In address order.</summary>
    public IReadOnlyList<MemberRecord> Members => _sorted;

    /// <summary>The same as other rooms see them: a copy of references, without a look at any.</summary>
    public ImmutableArray<Member> Shown => [.. _shown];

    /// <summary>Of status and up number of every core member: equal on two nodes that see the same core. Never 0.</summary>
    public ulong CoreHash => StableHash.Mix(CoreSum) | 1;

    private ulong CoreSum { get; set; }

    public MemberRecord? Find(ulong uid) => _byUid.GetValueOrDefault(uid);

    public PutOutcome Put(MemberRecord incoming)
    {
        if (Tombstones.Has(incoming.Uid)) return PutOutcome.Buried;
        MemberRecord? existing = Find(incoming.Uid);
        if (existing is null && _sorted.Count >= MaxMembers) return PutOutcome.Ignored;
        MemberRecord merged = existing is null ? incoming : MemberRecord.Merge(existing, incoming);
        // What is kept was compared with the others at its address when it came, and when they did.
        if (existing is not null && merged.Hash == existing.Hash) return PutOutcome.Known;
        if (merged.Status < MemberStatus.Down && LaterAt(merged) is { } later) merged = Replaced(merged, later);
        if (existing is not null && merged.Hash == existing.Hash) return PutOutcome.Known;
        Store(existing, merged);
        ReplaceEarlier(merged);
        return PutOutcome.Changed;
    }

    public PutOutcome Put(ReachabilityRow row)
    {
        if (Find(row.Observer.Uid) is null || Find(row.Subject.Uid) is null) return PutOutcome.Ignored;
        return Rows.Put(row);
    }

    /// <summary>Removes a member for good, with every word about it and of it.</summary>
    public PutOutcome Bury(Tombstone tombstone)
    {
        if (!Tombstones.Put(tombstone)) return PutOutcome.Known;
        Rows.Forget(tombstone.Node);
        if (Find(tombstone.Node.Uid) is not { } existing) return PutOutcome.Changed;
        Remember(existing.Node, existing);
        Count(existing, remove: true);
        _byUid.Remove(existing.Uid);
        int index = IndexOf(existing.Node);
        _sorted.RemoveAt(index);
        _shown.RemoveAt(index);
        return PutOutcome.Changed;
    }

    /// <summary>Members at an address, in order of uid.</summary>
    public IEnumerable<MemberRecord> At(Address address)
    {
        int index = IndexOf(new UniqueAddress(address, 0));
        if (index < 0) index = ~index;
        for (; index < _sorted.Count && _sorted[index].Node.Address == address; index++) yield return _sorted[index];
    }

    /// <summary>What was known of each subject at the last call, null if nothing, for those that changed since; in address order.</summary>
    public List<(UniqueAddress Node, MemberRecord? Before)> TakeChanges()
    {
        _changed.Sort();
        List<(UniqueAddress, MemberRecord?)> changes = [.. _changed.Select(node => (node, _before[node.Uid]))];
        _changed.Clear();
        _before.Clear();
        return changes;
    }

    /// <summary>Of all that is known about a subject; 0 when nothing is.</summary>
    public ulong HashOf(ulong uid)
    {
        if (Find(uid) is { } member) return member.Hash + Rows.HashAbout(member.Node);
        return Tombstones.IsSpread(uid) ? Tombstone.Hash(uid) : 0;
    }

    private static MemberRecord Replaced(MemberRecord member, MemberRecord by) =>
        member with { Status = MemberStatus.Down, Reason = $"process {by.Uid:x16} listens at its address now" };

    /// <remarks>
    /// A process is let in only after the one before it at its address was removed. Whoever sees both has missed that, and need not wait for it.
    /// </remarks>
    private MemberRecord? LaterAt(MemberRecord member)
    {
        MemberRecord? latest = null;
        foreach (MemberRecord other in At(member.Node.Address))
        {
            if (other.Uid != member.Uid && IsLater(other, member) && (latest is null || IsLater(other, latest))) latest = other;
        }

        return latest;
    }

    private void ReplaceEarlier(MemberRecord member)
    {
        List<MemberRecord>? earlier = null;
        foreach (MemberRecord other in At(member.Node.Address))
        {
            if (other.Uid != member.Uid && other.Status < MemberStatus.Down && IsLater(member, other)) (earlier ??= []).Add(other);
        }

        foreach (MemberRecord other in earlier ?? []) Store(other, Replaced(other, member));
    }

    private static bool IsLater(MemberRecord one, MemberRecord other) =>
        one.Meta.Started != other.Meta.Started ? one.Meta.Started > other.Meta.Started : one.Uid > other.Uid;

    private void Store(MemberRecord? existing, MemberRecord merged)
    {
        Remember(merged.Node, existing);
        if (existing is not null) Count(existing, remove: true);
        Count(merged, remove: false);
        _byUid[merged.Uid] = merged;
        int index = IndexOf(merged.Node);
        if (index >= 0)
        {
            (_sorted[index], _shown[index]) = (merged, merged.Member);
        }
        else
        {
            _sorted.Insert(~index, merged);
            _shown.Insert(~index, merged.Member);
        }
    }

    private void Remember(UniqueAddress node, MemberRecord? existing)
    {
        if (_before.TryAdd(node.Uid, existing)) _changed.Add(node);
    }

    private void Count(MemberRecord record, bool remove)
    {
        Hashes.Count(record.Uid, record.Hash, remove);
        if (!record.IsCore) return;
        var hash = new StableHash();
        hash.Add(record.Uid);
        hash.Add((ulong)record.Status);
        hash.Add((ulong)record.UpNumber);
        CoreSum = remove ? CoreSum - hash.Value : CoreSum + hash.Value;
    }

    private int IndexOf(UniqueAddress node)
    {
        int low = 0, high = _sorted.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = _sorted[middle].Node.CompareTo(node);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }
}
