using System.Collections.Immutable;

namespace Mesh.Actors.Membership;

/// <summary>When the words of observers make a member unreachable. Pure.</summary>
internal static class ReachabilityRules
{
    /// <summary>The subjects that count as unreachable, in address order.</summary>
    public static ImmutableArray<UniqueAddress> Unreachable(ImmutableArray<Member> members, IEnumerable<ReachabilityRow> rows) =>
        [.. rows.Where(row => row.Status == ReachabilityStatus.Unreachable).Select(row => row.Subject).Distinct().Order()];
}
