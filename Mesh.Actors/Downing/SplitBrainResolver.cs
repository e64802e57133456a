using System.Collections.Immutable;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Downing;

/// <summary>
/// Which side of a split goes on. Pure; each node decides for itself from what its side knows, and no two sides may both go on.
/// </summary>
/// <remarks>
/// Imagine two halves of a torn map, each with a clerk who must say whether his half is the larger, without seeing the other. If both have read the
/// same map before, counting is enough. The complication: one clerk may have read an edition with one member more, or one status further.
/// <para>
/// So a side counts itself low and the others high. <b>Certain</b>, on the own side: Up and Leaving. <b>Possible</b>, on the other: everything from
/// Joining to Exiting, and also Down that this side did not decide itself (an operator's word may not have reached the others).
/// What is certain in one edition is at least possible in the next. If side 1 wins, <c>certain1(S1) > possible1(S2) >= certain2(S2)</c>; if side 2
/// won as well, <c>certain2(S2) > possible2(S1) >= certain1(S1)</c>: a contradiction. In a tie all four are equal, both sides see the same voters,
/// and the lowest address is one. The price: in such a moment it may be that no side goes on.
/// </para>
/// <para>
/// That holds for sides without a common member. Half-connected members may be counted by two sides: <see cref="ReachabilityRules"/> gives a set of
/// members without an accusation inside it, the same to everybody who hears the same words, but in a ring not everybody does. Hence
/// <see cref="SideVotes"/>: a member is counted only when it says so, and it says so to one side. Who is not in the set ends, if the set goes on.
/// Rejected: Akka's way of downing all that are
/// "indirectly connected" first, which has taken down whole clusters.
/// </para>
/// </remarks>
internal static class SplitBrainResolver
{
    /// <summary>What to do about a view that has been stable for long enough.</summary>
    public static DowningDecision Decide(DowningView view, DowningSettings settings)
    {
        Voter? self = view.Voters.Items.FirstOrDefault(voter => voter.Node == view.Self);
        if (self is null) return DowningDecision.Nothing("this node is no core member: it neither decides nor is decided about");
        if (self.Status >= MemberStatus.Down) return DowningDecision.Nothing("this node is Down already");
        if (view.Undecided.Count == 0) return DowningDecision.Nothing("no core member is unreachable");
        if (view.Pending.Count > 0)
        {
            (UniqueAddress observer, UniqueAddress subject) = view.Pending[0];
            return DowningDecision.Nothing($"{Short(observer)} suspects {Short(subject)}: decided when it has refuted, or another agreed");
        }

        (bool survives, string reason) = Judge(view, settings);
        reason = $"{settings.StrategyName}: {reason}";
        if (!survives) return DowningDecision.DownSelf(view.Self, reason);
        if (!view.Standing.Contains(self))
            return DowningDecision.DownSelf(view.Self, $"{reason}; this node is not among them: the others cannot reach it");
        return new DowningDecision(DowningOutcome.DownOthers, [.. view.Undecided.Select(voter => voter.Node)], LeaderOf(view), reason);
    }

    /// <summary>Everybody ends: the situation did not come to rest.</summary>
    public static DowningDecision Unstable(DowningView view, TimeSpan unrest) => DowningDecision.DownSelf(
        view.Self, $"down-all-when-unstable: members were unreachable and the view changed again and again for {unrest.TotalSeconds:f0} s");

    /// <summary>Whether those who agreed would win by themselves, were all the others against them.</summary>
    /// <param name="view">The situation.</param>
    /// <param name="settings">The strategy.</param>
    /// <param name="agreed">Uids of members on this side, the decider's own among them.</param>
    public static bool Wins(DowningView view, DowningSettings settings, IReadOnlySet<ulong> agreed) => Judge(view, settings, agreed).Survives;

    private static (bool Survives, string Reason) Judge(DowningView view, DowningSettings settings, IReadOnlySet<ulong>? agreed = null)
    {
        ImmutableArray<Voter> mine = [.. view.Standing.Where(voter => IsCertain(voter) && agreed?.Contains(voter.Node.Uid) != false)];
        ImmutableArray<Voter> others =
        [
            .. view.Voters.Items.Where(voter => view.Standing.Contains(voter)
                ? IsCertain(voter) && !mine.Contains(voter)
                : !view.Settled.Contains(voter.Node)),
        ];
        return settings.Strategy switch
        {
            DowningStrategy.KeepMajority => KeepMajority(mine, others),
            DowningStrategy.StaticQuorum => StaticQuorum(mine.Length, others.Length, settings.QuorumSize),
            DowningStrategy.KeepOldest => KeepOldest(view, mine, others, settings.DownIfAlone),
            _ => (false, "members are unreachable"),
        };
    }

    private static (bool, string) KeepMajority(ImmutableArray<Voter> mine, ImmutableArray<Voter> others)
    {
        if (mine.Length != others.Length)
            return (mine.Length > others.Length, $"{mine.Length} of {mine.Length + others.Length} core members are on this side");
        if (mine.IsEmpty) return (false, "no side has a member that is Up");
        UniqueAddress lowest = mine.Concat(others).Select(voter => voter.Node).Min()!;
        bool here = mine.Any(voter => voter.Node == lowest);
        return (here, $"{mine.Length} core members on each side, and the lowest address, {Short(lowest)}, is on {(here ? "this" : "the other")}");
    }

    private static (bool, string) StaticQuorum(int mine, int others, int size)
    {
        if (mine + others > 2 * size - 1)
            return (false, $"{mine + others} core members are more than 2 * {size} - 1, so two sides could both have a quorum");
        return (mine >= size, $"{mine} core members are on this side, {size} are needed");
    }

    /// <remarks>
    /// The oldest must be on this side by both readings: with those that may be about to go, and without. Alone is judged low for an own
    /// oldest and high for that of others.
    /// </remarks>
    private static (bool, string) KeepOldest(DowningView view, ImmutableArray<Voter> mine, ImmutableArray<Voter> others, bool downIfAlone)
    {
        Voter? possible = Oldest(view.Standing.Concat(others).Where(voter => voter.UpNumber != Member.NotUp));
        Voter? certain = Oldest(mine.Concat(others).Where(voter => voter.Status == MemberStatus.Up));
        if (possible is null || certain is null) return (false, "no member was ever Up");
        bool here = mine.Contains(possible) && mine.Contains(certain);
        string oldest = $"the oldest, {Short(possible.Node)},";
        if (here && downIfAlone && mine.Length == 1 && others.Length >= 2)
            return (false, $"{oldest} is alone on this side, {others.Length} are on the other");
        if (here) return (true, $"{oldest} is on this side");
        if (downIfAlone && possible == certain && others.Length == 1 && others[0] == possible && mine.Length >= 2)
            return (true, $"{oldest} is alone on the other side, {mine.Length} are on this");
        return (false, $"{oldest} is not surely on this side");
    }

    private static Voter? Oldest(IEnumerable<Voter> voters) =>
        voters.OrderBy(voter => voter.UpNumber).ThenBy(voter => voter.Node.Uid).FirstOrDefault();

    private static bool IsCertain(Voter voter) => voter.Status is MemberStatus.Up or MemberStatus.Leaving;

    private static UniqueAddress LeaderOf(DowningView view) => view.Standing.First(IsCertain).Node;

    /// <summary>The address as people say it.</summary>
    internal static string Short(UniqueAddress node) => $"{node.Address.Host}:{node.Address.Port}";
}
