using System.Collections.Immutable;
using Mesh.Actors.Downing;
using Mesh.Actors.Membership;
using Mesh.Tests.Actors.Detection;

namespace Mesh.Tests.Actors.Downing;

/// <summary>Ways to tear a core apart, and what each piece sees then.</summary>
internal static class Splits
{
    /// <summary>Every strategy, for clusters of up to five.</summary>
    public static readonly ImmutableArray<DowningSettings> Strategies =
    [
        new() { Strategy = DowningStrategy.KeepMajority },
        new() { Strategy = DowningStrategy.StaticQuorum, QuorumSize = 1 },
        new() { Strategy = DowningStrategy.StaticQuorum, QuorumSize = 2 },
        new() { Strategy = DowningStrategy.StaticQuorum, QuorumSize = 3 },
        new() { Strategy = DowningStrategy.KeepOldest, DownIfAlone = true },
        new() { Strategy = DowningStrategy.KeepOldest, DownIfAlone = false },
        new() { Strategy = DowningStrategy.DownAll },
    ];

    /// <summary>One step of a status, as two sides may know it: null is no member.</summary>
    public static readonly ImmutableArray<(MemberStatus?, MemberStatus?)> Steps =
    [
        (null, MemberStatus.Joining), (MemberStatus.Joining, MemberStatus.WeaklyUp), (MemberStatus.Joining, MemberStatus.Up),
        (MemberStatus.WeaklyUp, MemberStatus.Up), (MemberStatus.Up, MemberStatus.Up), (MemberStatus.Up, MemberStatus.Leaving),
        (MemberStatus.Leaving, MemberStatus.Exiting), (MemberStatus.Exiting, null), (MemberStatus.Joining, MemberStatus.Down),
        (MemberStatus.Up, MemberStatus.Down), (MemberStatus.Leaving, MemberStatus.Down), (MemberStatus.Exiting, MemberStatus.Down),
        (MemberStatus.Down, null),
    ];

    /// <summary>Every way to give each of so many nodes one of so many sides, the first node always on side 0.</summary>
    public static IEnumerable<int[]> Of(int nodes, int sides)
    {
        int ways = (int)Math.Pow(sides, nodes - 1);
        for (int way = 0; way < ways; way++)
        {
            int[] side = new int[nodes];
            for (int node = 1, rest = way; node < nodes; node++, rest /= sides) side[node] = rest % sides;
            yield return side;
        }
    }

    /// <summary>What a node decides, when all that its side hears has been said.</summary>
    /// <param name="self">Who.</param>
    /// <param name="members">As its side knows them, in address order.</param>
    /// <param name="rows">Words that reach it.</param>
    /// <param name="settings">The strategy.</param>
    public static DowningDecision Decide(
        int self, ImmutableArray<Member> members, IEnumerable<ReachabilityRow> rows, DowningSettings settings) =>
        SplitBrainResolver.Decide(View(self, members, rows), settings);

    public static DowningView View(int self, ImmutableArray<Member> members, IEnumerable<ReachabilityRow> rows) =>
        DowningView.Of(State(self, members, rows), []);

    public static ClusterState State(int self, ImmutableArray<Member> members, IEnumerable<ReachabilityRow> rows)
    {
        ImmutableArray<ReachabilityRow> all = [.. rows];
        return ClusterState.Empty(Crowd.Node(self)) with { Members = members, Rows = all, Unreachable = ReachabilityRules.Unreachable(members, all) };
    }

    /// <summary>What a whole side says of all others.</summary>
    public static IEnumerable<ReachabilityRow> Accusations(IReadOnlyCollection<int> side, int nodes) =>
        side.SelectMany(observer => Enumerable.Range(0, nodes).Where(subject => !side.Contains(subject))
            .Select(subject => Crowd.Insists(observer, subject)));
}
