using System.Collections.Immutable;

namespace Mesh.Actors.Membership;

/// <summary>The cluster as one node sees it at one moment. Immutable; a new one is published with each change.</summary>
/// <param name="Self">The node that sees.</param>
/// <param name="ClusterId">Null before this node belongs to a cluster.</param>
/// <param name="Members">In address order, from Joining to Down; the removed are not among them.</param>
/// <param name="Unreachable">Subjects that enough observers call unreachable, in address order.</param>
/// <param name="Rows">What each observer says, where it is not "reachable"; in order of observer, then subject.</param>
/// <param name="Leader">The lowest address among the reachable core members that are Up or Leaving; null when there is none.</param>
/// <param name="Neighbours">Members that this node gossips with: its place in the overlay, the same set for membership and tables.</param>
/// <param name="Version">Counts this node's views, from 0.</param>
public sealed record ClusterState(
    UniqueAddress Self,
    string? ClusterId,
    ImmutableArray<Member> Members,
    ImmutableArray<UniqueAddress> Unreachable,
    ImmutableArray<ReachabilityRow> Rows,
    UniqueAddress? Leader,
    ImmutableArray<UniqueAddress> Neighbours,
    long Version)
{
    public static ClusterState Empty(UniqueAddress self) => new(self, null, [], [], [], null, [], 0);

    /// <summary>This node's own entry; null before it joined and after it was removed.</summary>
    public Member? SelfMember => Find(Self);

    public Member? Find(UniqueAddress node)
    {
        int low = 0, high = Members.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = Members[middle].UniqueAddress.CompareTo(node);
            if (order == 0) return Members[middle];
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return null;
    }

    public bool IsReachable(UniqueAddress node) => Unreachable.BinarySearch(node) < 0;
}
