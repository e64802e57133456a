using System.Collections.Immutable;

namespace Mesh.Actors.Membership;

/// <summary>Who talks to whom: pure functions of the member list, so that every node that knows the same members draws the same graph.</summary>
internal static class Overlay
{
    /// <summary>Whom a node gossips with, in address order, without itself.</summary>
    public static ImmutableArray<UniqueAddress> Neighbours(
        UniqueAddress self, ImmutableArray<Member> members, ImmutableArray<UniqueAddress> unreachable) =>
        [.. members.Select(member => member.UniqueAddress).Where(node => node != self && unreachable.BinarySearch(node) < 0)];
}
