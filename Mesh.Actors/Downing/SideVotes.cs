namespace Mesh.Actors.Downing;

/// <summary>
/// A node's pledge to one side, and, where it leads a side, the votes for it. Pure.
/// </summary>
/// <remarks>
/// Imagine five persons of whom each hears only the two beside it. Two of them may each count three, and both count the same third one in: two
/// majorities. So it is not enough to count heads; the heads must nod, and each nods for one side. Two winning sides share a member
/// (<see cref="SplitBrainResolver"/> shows why they are not disjoint); that member is pledged to the first, and joins no other, except one inside the
/// first, whose leader the first did not leave behind. The pledge ends when nobody is unreachable any more, for then the first side's word gets
/// through. The price: where views never become one, nobody goes on before it heals; nobody is lost either.
/// </remarks>
internal sealed class SideVotes
{
    /// <summary>A vote counts for so long after its question was sent.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(2);

    private readonly SortedDictionary<ulong, TimeSpan> _asked = [];
    private readonly SortedDictionary<ulong, TimeSpan> _votes = [];
    private Side? _pledged;
    private Side? _side;
    private ulong _number;

    /// <summary>Joins a side. False: the node is pledged to another.</summary>
    public bool Pledge(Side side)
    {
        if (_pledged is not null && !side.IsWithin(_pledged)) return false;
        _pledged = side;
        return true;
    }

    /// <summary>The split is over.</summary>
    public void Release()
    {
        _pledged = _side = null;
        _asked.Clear();
        _votes.Clear();
    }

    /// <summary>A question about a side is sent now; votes for another side are void.</summary>
    /// <returns>Its number.</returns>
    public ulong Ask(Side side, TimeSpan now)
    {
        if (!side.Equals(_side))
        {
            _side = side;
            _asked.Clear();
            _votes.Clear();
        }

        foreach (ulong old in _asked.Where(each => now - each.Value > Life).Select(each => each.Key).ToArray()) _asked.Remove(old);
        _asked[++_number] = now;
        return _number;
    }

    /// <summary>A yes to a question; one to an old question is none.</summary>
    public void Count(ulong voter, ulong number)
    {
        if (_asked.TryGetValue(number, out TimeSpan at) && (!_votes.TryGetValue(voter, out TimeSpan before) || at > before)) _votes[voter] = at;
    }

    /// <summary>Who is for the side that was asked about last, uids in order; without this node.</summary>
    public SortedSet<ulong> For(Side side, TimeSpan now) =>
        side.Equals(_side) ? [.. _votes.Where(each => now - each.Value <= Life).Select(each => each.Key)] : [];
}
