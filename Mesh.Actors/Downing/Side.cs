using System.Collections.Immutable;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Downing;

/// <summary>One side of a split as its members know it: equal sides are the same decision.</summary>
/// <param name="Standing">Core members that are Up or Leaving on it: uids in order.</param>
/// <param name="Down">Whom it would go on without: uids in order.</param>
internal sealed record Side(EquatableList<ulong> Standing, EquatableList<ulong> Down)
{
    /// <summary>The side that a view shows from inside.</summary>
    public static Side Of(DowningView view) => new(
        Sorted(view.Standing.Items.Where(voter => voter.Status is MemberStatus.Up or MemberStatus.Leaving)), Sorted(view.Undecided.Items));

    /// <summary>Nobody is on it who is not on the other.</summary>
    public bool IsWithin(Side other) => Standing.Items.All(uid => other.Standing.Items.BinarySearch(uid) >= 0);

    private static EquatableList<ulong> Sorted(IEnumerable<Voter> voters) => new([.. voters.Select(voter => voter.Node.Uid).Order()]);
}
