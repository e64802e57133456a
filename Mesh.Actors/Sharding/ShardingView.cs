using System.Collections.Immutable;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Sharding;

/// <summary>What sharding reads from the membership.</summary>
internal static class ShardingView
{
    /// <summary>Who may coordinate: the reachable core members that are Up, the oldest first.</summary>
    public static ImmutableArray<Member> Candidates(ClusterState view) =>
    [
        .. view.Members
            .Where(member => member is { IsCore: true, Status: MemberStatus.Up } && view.IsReachable(member.UniqueAddress))
            .OrderBy(member => member.UpNumber).ThenBy(member => member.UniqueAddress.Uid),
    ];

    /// <summary>How many older candidates there are; -1 for one that is none itself and does not hold the lease in its last days.</summary>
    public static int Rank(ClusterState view)
    {
        ImmutableArray<Member> candidates = Candidates(view);
        for (int i = 0; i < candidates.Length; i++)
        {
            if (candidates[i].UniqueAddress == view.Self) return i;
        }

        return -1;
    }
}
