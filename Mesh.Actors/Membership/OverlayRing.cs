using System.Collections.Immutable;

namespace Mesh.Actors.Membership;

/// <summary>The nearest members on one side of one ring, found in one pass without sorting the ring.</summary>
/// <remarks>On the stack of one call. Distances are taken modulo 2^64 from one place, up (clockwise) or down.</remarks>
internal ref struct OverlayRing
{
    private readonly Span<int> _nearest;
    private readonly Span<ulong> _distances;
    private readonly ulong _from;
    private readonly bool _up;
    private int _count;

    /// <param name="from">The place of the node that looks.</param>
    /// <param name="up">Which way it looks.</param>
    /// <param name="nearest">Room for indices of members; as long as many are wanted.</param>
    /// <param name="distances">As long as <paramref name="nearest"/>.</param>
    public OverlayRing(ulong from, bool up, Span<int> nearest, Span<ulong> distances)
    {
        _from = from;
        _up = up;
        _nearest = nearest;
        _distances = distances;
        _count = 0;
    }

    /// <summary>Indices of the members found, the nearest first.</summary>
    public readonly ReadOnlySpan<int> Found => _nearest[.._count];

    /// <summary>Farther ones are behind as many as were wanted. The whole ring while fewer are found.</summary>
    public readonly ulong Horizon => _count < _nearest.Length ? ulong.MaxValue : _distances[_count - 1];

    public readonly ulong DistanceOf(ulong place) => _up ? place - _from : _from - place;

    /// <summary>Offers a member; unreachable ones are looked up only when they would be taken, and then skipped.</summary>
    public void Offer(int index, ulong place, UniqueAddress node, ImmutableArray<UniqueAddress> unreachable)
    {
        ulong distance = DistanceOf(place);
        if (_count == _nearest.Length && distance >= _distances[_count - 1]) return;
        if (unreachable.Length > 0 && unreachable.BinarySearch(node) >= 0) return;

        if (_count < _nearest.Length) _count++;
        int at = _count - 1;
        for (; at > 0 && _distances[at - 1] > distance; at--)
        {
            _nearest[at] = _nearest[at - 1];
            _distances[at] = _distances[at - 1];
        }

        _nearest[at] = index;
        _distances[at] = distance;
    }
}
