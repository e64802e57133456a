using System.Collections.Immutable;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Downing;

/// <summary>A core member as the resolver weighs it.</summary>
internal sealed record Voter(UniqueAddress Node, MemberStatus Status, int UpNumber);

/// <summary>
/// What one node knows of the core when it decides: nothing of edges, nothing that changes while the situation does not. Equal views are the same
/// situation; any difference begins the wait anew.
/// </summary>
/// <param name="Self">Who decides.</param>
/// <param name="Voters">Core members from Joining to Down, in address order.</param>
/// <param name="Unreachable">Those of them that the two-observer rule calls unreachable, in address order. Perhaps this node itself.</param>
/// <param name="Pending">Suspicions among reachable core members that are neither agreed on nor refuted yet: <c>observer suspects
/// subject</c>.</param>
/// <param name="Settled">Down members that this node's own side decided to go on without: they cannot be a side of their own any more.</param>
internal sealed record DowningView(
    UniqueAddress Self,
    EquatableList<Voter> Voters,
    EquatableList<UniqueAddress> Unreachable,
    EquatableList<(UniqueAddress Observer, UniqueAddress Subject)> Pending,
    EquatableList<UniqueAddress> Settled)
{
    /// <summary>Unreachable members about which nothing was decided yet.</summary>
    public EquatableList<Voter> Undecided { get; } =
        [.. Voters.Items.Where(voter => voter.Status < MemberStatus.Down && Unreachable.Items.BinarySearch(voter.Node) >= 0)];

    /// <summary>Members on the side that this view shows from inside: reachable, by the words of everybody that can be reached.</summary>
    public EquatableList<Voter> Standing { get; } =
        [.. Voters.Items.Where(voter => voter.Status < MemberStatus.Down && Unreachable.Items.BinarySearch(voter.Node) < 0)];

    /// <summary>The present view. Rows by observers that are unreachable, Down or gone count for nothing.</summary>
    public static DowningView Of(ClusterState state, ImmutableArray<UniqueAddress> settled)
    {
        List<Member> core = [];
        foreach (Member member in state.Members)
        {
            if (member.IsCore) core.Add(member);
        }

        HashSet<UniqueAddress> standing =
        [
            .. core.Where(member => member.Status < MemberStatus.Down && state.IsReachable(member.UniqueAddress))
                .Select(member => member.UniqueAddress),
        ];
        List<ReachabilityRow> words = state.Rows.IsEmpty ? [] : ReachabilityRules.Standing(state.Members, state.Rows);
        return new DowningView(
            state.Self,
            new([.. core.Select(member => new Voter(member.UniqueAddress, member.Status, member.UpNumber))]),
            new([.. core.Select(member => member.UniqueAddress).Where(node => !state.IsReachable(node))]),
            new([.. words.Select(row => (row.Observer, row.Subject))
                .Where(each => standing.Contains(each.Observer) && standing.Contains(each.Subject))]),
            new([.. settled.Where(node => core.Any(member => member.UniqueAddress == node))]));
    }
}
