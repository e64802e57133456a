using System.Collections.Immutable;
using Mesh.Actors.Membership.Protocol;
using Mesh.Actors.Membership.Records;

namespace Mesh.Actors.Membership.Spreading;

/// <summary>Who goes first into a message that has not room for all.</summary>
internal enum GossipRank : byte
{
    /// <summary>Somebody lives: a refutation, or an accusation taken back.</summary>
    Alive,

    /// <summary>Somebody is accused.</summary>
    Suspect,

    Other,
}

/// <summary>
/// Records on their way out: one for each subject (and observer), the newer in the place of the older; each passed on once to a peer, and a bounded
/// number of times. By rank, then the least passed on, then the newest.
/// </summary>
/// <remarks>
/// One thread. Source: memberlist's TransmitLimitedQueue. memberlist's datagrams are lost, so it tells anybody again; sessions are not, and who told
/// us the same, or was told it, need not hear it twice.
/// </remarks>
internal sealed class GossipQueue
{
    /// <summary>Records that wait; beyond it those that would go last are dropped, and the status exchange brings them.</summary>
    public const int MaxQueued = 4096;

    private readonly Dictionary<Key, Item> _byKey = [];
    private readonly SortedSet<Item> _order = new(ItemOrder.Instance);
    private readonly List<Item> _taken = [];
    private long _sequence;

    public int Count => _order.Count;

    public long Dropped { get; private set; }

    public void Add(MemberRecord member, GossipRank rank, ulong source) =>
        Add(new Key(0, member.Uid, 0), member, rank, source, member.WireSize + 4);

    public void Add(ReachabilityRow row, ulong source) => Add(
        new Key(1, row.Subject.Uid, row.Observer.Uid), row,
        row.Status == ReachabilityStatus.Reachable ? GossipRank.Alive : GossipRank.Suspect, source, 44);

    /// <summary>The tombstone takes the place of the member's record, and of every word about it.</summary>
    public void Add(Tombstone tombstone, ulong source) => Add(
        new Key(0, tombstone.Node.Uid, 0), tombstone, GossipRank.Other, source,
        96 + tombstone.Reason.Length + (tombstone.Node.Address.Host?.Length ?? 0));

    /// <summary>A peer sent what waits here as well: it is not told.</summary>
    public void Known(MemberRecord member, ulong by)
    {
        if (_byKey.TryGetValue(new Key(0, member.Uid, 0), out Item? item) && item.Record is MemberRecord waiting && waiting.Hash == member.Hash)
            item.Tell(by);
    }

    public void Known(ReachabilityRow row, ulong by)
    {
        if (_byKey.TryGetValue(new Key(1, row.Subject.Uid, row.Observer.Uid), out Item? item) && row.Equals(item.Record)) item.Tell(by);
    }

    public void Known(Tombstone tombstone, ulong by)
    {
        if (_byKey.TryGetValue(new Key(0, tombstone.Node.Uid, 0), out Item? item) && item.Record is Tombstone) item.Tell(by);
    }

    /// <summary>Drops what each of the peers knows.</summary>
    public void DropKnown(ImmutableArray<UniqueAddress> peers)
    {
        _taken.Clear();
        foreach (Item item in _order)
        {
            if (item.IsToldTo(peers)) _taken.Add(item);
        }

        foreach (Item item in _taken)
        {
            _order.Remove(item);
            _byKey.Remove(item.Key);
        }
    }

    /// <summary>Moves what fits, and the peer does not know, into a message to it.</summary>
    public void Fill(Gossip message, ulong peer, int transmissions, int bytes, TimeSpan now)
    {
        _taken.Clear();
        foreach (Item item in _order)
        {
            if (item.IsToldTo(peer)) continue;
            if (item.Size > bytes) break;
            _taken.Add(item);
            bytes -= item.Size;
            Append(message, item.Record, now);
        }

        foreach (Item item in _taken)
        {
            _order.Remove(item);
            item.Transmissions++;
            item.Tell(peer);
            if (item.Transmissions >= transmissions) _byKey.Remove(item.Key);
            else _order.Add(item);
        }
    }

    public void Clear()
    {
        _order.Clear();
        _byKey.Clear();
    }

    public static void Append(Gossip message, object record, TimeSpan now)
    {
        switch (record)
        {
            case MemberRecord member: message.Members.Add(member.Wire); break;
            case ReachabilityRow row: message.Rows.Add(WireRecords.Write(row)); break;
            case Tombstone tombstone: message.Tombstones.Add(WireRecords.Write(tombstone, now)); break;
        }
    }

    private void Add(Key key, object record, GossipRank rank, ulong source, int size)
    {
        if (_byKey.Remove(key, out Item? older)) _order.Remove(older);
        var item = new Item(key, record, rank, source, size, ++_sequence);
        _byKey.Add(key, item);
        _order.Add(item);
        if (_order.Count <= MaxQueued) return;
        Item last = _order.Max!;
        _order.Remove(last);
        _byKey.Remove(last.Key);
        Dropped++;
    }

    private readonly record struct Key(byte Kind, ulong Subject, ulong Observer);

    private sealed class Item(Key key, object record, GossipRank rank, ulong source, int size, long sequence)
    {
        private readonly List<ulong> _told = [source];

        public Key Key => key;

        public object Record => record;

        public GossipRank Rank => rank;

        public int Size => size;

        public long Sequence => sequence;

        public int Transmissions { get; set; }

        public bool IsToldTo(ulong peer) => _told.Contains(peer);

        public bool IsToldTo(ImmutableArray<UniqueAddress> peers)
        {
            if (_told.Count < peers.Length) return false;
            foreach (UniqueAddress peer in peers)
            {
                if (!IsToldTo(peer.Uid)) return false;
            }

            return true;
        }

        public void Tell(ulong peer)
        {
            if (!IsToldTo(peer)) _told.Add(peer);
        }
    }

    private sealed class ItemOrder : IComparer<Item>
    {
        public static readonly ItemOrder Instance = new();

        public int Compare(Item? x, Item? y)
        {
            // As numbers: an enum's own comparison allocates, and this runs for each record of each message.
            int order = (int)x!.Rank - (int)y!.Rank;
            if (order == 0) order = x.Transmissions.CompareTo(y.Transmissions);
            return order != 0 ? order : y.Sequence.CompareTo(x.Sequence);
        }
    }
}
