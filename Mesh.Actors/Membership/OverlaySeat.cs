using System.Collections.Immutable;

namespace Mesh.Actors.Membership;

/// <summary>
/// One node's seat at the round tables of <see cref="Overlay"/>: always its <see cref="Overlay.Neighbours"/>, without asking everybody anew.
/// </summary>
/// <remarks>
/// Whoever sits down is compared with the persons beside this node; whoever gets up matters only if it is one of them. So a change costs eight
/// compares, whatever the number of members; all are looked at again once in about N/8 departures, when reachability changes, and while the
/// cluster is small.
/// </remarks>
internal sealed class OverlaySeat(UniqueAddress self)
{
    /// <summary>More changes at once than this: looking at all is as cheap.</summary>
    private const int ManyChanges = 256;

    // Two for each ring: the nearest up, then the nearest down.
    private readonly UniqueAddress?[] _beside = new UniqueAddress?[2 * Overlay.GossipRings];
    private readonly ulong[] _distances = new ulong[2 * Overlay.GossipRings];
    private ImmutableArray<UniqueAddress> _unreachable = [];
    private int _alive;

    public ImmutableArray<UniqueAddress> Neighbours { get; private set; } = [];

    /// <summary>Follows the member list.</summary>
    /// <param name="members">All, as they are now.</param>
    /// <param name="unreachable">In address order.</param>
    /// <param name="came">Those that take part and did not at the last call; null: look at all.</param>
    /// <param name="went">Those that took part at the last call and do not any more.</param>
    public void Follow(
        ImmutableArray<Member> members, ImmutableArray<UniqueAddress> unreachable, List<UniqueAddress>? came, List<UniqueAddress> went)
    {
        int alive = _alive + (came?.Count ?? 0) - went.Count;
        bool small = Math.Min(alive, _alive) <= Overlay.SmallCluster;
        bool sameReach = unreachable == _unreachable || unreachable.AsSpan().SequenceEqual(_unreachable.AsSpan());
        _unreachable = unreachable;
        if (came is null || small || !sameReach || came.Count + went.Count > ManyChanges || went.Exists(IsBeside)) LookAtAll(members);
        else
        {
            _alive = alive;
            bool moved = false;
            foreach (UniqueAddress node in came) moved |= SitsDown(node);
            if (moved) Neighbours = [.. new SortedSet<UniqueAddress>(_beside.OfType<UniqueAddress>())];
        }
    }

    private bool IsBeside(UniqueAddress node) => Neighbours.BinarySearch(node) >= 0;

    private bool SitsDown(UniqueAddress node)
    {
        if (node.Uid == self.Uid || _unreachable.BinarySearch(node) >= 0) return false;
        bool nearer = false;
        for (int ring = 0; ring < Overlay.GossipRings; ring++)
        {
            ulong up = OverlayHash.Place(node.Uid, ring) - OverlayHash.Place(self.Uid, ring);
            nearer |= Offer(2 * ring, up, node) | Offer((2 * ring) + 1, 0 - up, node);
        }

        return nearer;
    }

    private bool Offer(int side, ulong distance, UniqueAddress node)
    {
        if (_beside[side] is not null && _distances[side] <= distance) return false;
        (_beside[side], _distances[side]) = (node, distance);
        return true;
    }

    /// <remarks>The nearest of all on a side is among the neighbours, so it is the nearest of the neighbours.</remarks>
    private void LookAtAll(ImmutableArray<Member> members)
    {
        Neighbours = Overlay.Neighbours(self, members, _unreachable);
        _alive = 0;
        foreach (Member member in members)
        {
            if (Overlay.TakesPart(member)) _alive++;
        }

        Array.Clear(_beside);
        foreach (UniqueAddress node in Neighbours) SitsDown(node);
    }
}
