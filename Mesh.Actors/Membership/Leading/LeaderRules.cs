using System.Collections.Immutable;
using Mesh.Actors.Membership.Records;

namespace Mesh.Actors.Membership.Leading;

/// <summary>What the leader knows when it looks.</summary>
/// <param name="Self">The node that looks.</param>
/// <param name="Members">In address order.</param>
/// <param name="Unreachable">In address order.</param>
/// <param name="CoreHash">What this node sees of the core.</param>
/// <param name="Reported">What each core member last said that it sees, by uid.</param>
/// <param name="Waiting">When, and in which order, those not yet up were first seen, by uid.</param>
/// <param name="UnreachableSince">By node.</param>
/// <param name="Confirmed">Exiting members that said they are done, by uid.</param>
/// <param name="HighestUpNumber">Ever seen.</param>
/// <param name="Now">Monotonic.</param>
internal sealed record LeaderView(
    UniqueAddress Self,
    IReadOnlyList<MemberRecord> Members,
    ImmutableArray<UniqueAddress> Unreachable,
    ulong CoreHash,
    IReadOnlyDictionary<ulong, ulong> Reported,
    IReadOnlyDictionary<ulong, (long Order, TimeSpan At)> Waiting,
    IReadOnlyDictionary<UniqueAddress, TimeSpan> UnreachableSince,
    IReadOnlySet<ulong> Confirmed,
    int HighestUpNumber,
    TimeSpan Now)
{
    public bool IsReachable(UniqueAddress node) => Unreachable.BinarySearch(node) < 0;
}

/// <summary>One step of a member's life that the leader takes.</summary>
/// <param name="Node">Whose.</param>
/// <param name="To">Removed: by tombstone.</param>
/// <param name="UpNumber">For those that come up.</param>
/// <param name="Reason">Why, for Down and Removed.</param>
internal readonly record struct LeaderAction(UniqueAddress Node, MemberStatus To, int UpNumber = Member.NotUp, string Reason = "");

/// <summary>
/// Who leads, when the core agrees, and what the leader then does. Pure. No election: the leader is whom everybody computes. During a partition
/// there may be two; what they do merges.
/// </summary>
internal static class LeaderRules
{
    /// <summary>
    /// The lowest address among the reachable core members that are Up or Leaving. When no core member is either, reachable or not, one that waits
    /// to be admitted acts, because nobody else ever will.
    /// </summary>
    public static UniqueAddress? ActingLeader(LeaderView view)
    {
        MemberRecord? waiting = null;
        bool anybody = false;
        foreach (MemberRecord member in view.Members)
        {
            if (!member.IsCore) continue;
            bool leads = member.Status is MemberStatus.Up or MemberStatus.Leaving, reachable = view.IsReachable(member.Node);
            anybody |= leads;
            if (leads && reachable) return member.Node;
            if (member.Status <= MemberStatus.WeaklyUp && reachable) waiting ??= member;
        }

        return anybody ? null : waiting?.Node;
    }

    /// <summary>
    /// Every reachable core member that is Up or Leaving sees the same core as this node, and no core member is unreachable but those on their
    /// way out (Down, Exiting).
    /// </summary>
    public static bool HasConverged(LeaderView view)
    {
        foreach (MemberRecord member in view.Members)
        {
            if (!member.IsCore || member.Status >= MemberStatus.Exiting) continue;
            if (!view.IsReachable(member.Node)) return false;
            bool mustAgree = member.Status is (MemberStatus.Up or MemberStatus.Leaving) && member.Uid != view.Self.Uid;
            if (mustAgree && (!view.Reported.TryGetValue(member.Uid, out ulong hash) || hash != view.CoreHash)) return false;
        }

        return true;
    }

    /// <summary>What is to be done now: admissions first, oldest request first, then the leaving, then removals.</summary>
    public static List<LeaderAction> Decide(LeaderView view, MembershipSettings settings, bool converged)
    {
        List<LeaderAction> actions = [];
        Admit(view, settings, converged, actions);
        foreach (MemberRecord member in view.Members)
        {
            bool free = converged || !member.IsCore, reachable = view.IsReachable(member.Node);
            if (member.Status == MemberStatus.Leaving && free && member.Meta.ReadyToExit)
                actions.Add(new LeaderAction(member.Node, MemberStatus.Exiting));
            else if (member.Status == MemberStatus.Exiting && free && (view.Confirmed.Contains(member.Uid) || !reachable))
                actions.Add(new LeaderAction(member.Node, MemberStatus.Removed, Reason: "left"));
            else if (member.Status == MemberStatus.Down && free)
                actions.Add(new LeaderAction(member.Node, MemberStatus.Removed, Reason: member.Reason));
            else if (!member.IsCore && !reachable && member.Status < MemberStatus.Exiting && IsOverdue(view, member, settings))
                actions.Add(new LeaderAction(member.Node, MemberStatus.Down, Reason: $"edge member unreachable for {settings.EdgeRemovalAfter}"));
        }

        return actions;
    }

    private static bool IsOverdue(LeaderView view, MemberRecord member, MembershipSettings settings) =>
        view.UnreachableSince.TryGetValue(member.Node, out TimeSpan since) && view.Now - since >= settings.EdgeRemovalAfter;

    private static void Admit(LeaderView view, MembershipSettings settings, bool converged, List<LeaderAction> actions)
    {
        int number = Math.Max(view.HighestUpNumber, 0);
        List<(long Order, MemberRecord Member, TimeSpan At)> waiting = [];
        foreach (MemberRecord member in view.Members)
        {
            if (member.Status > MemberStatus.WeaklyUp || !view.IsReachable(member.Node)) continue;
            (long order, TimeSpan at) = view.Waiting.TryGetValue(member.Uid, out (long, TimeSpan) seen) ? seen : (long.MaxValue, view.Now);
            waiting.Add((order, member, at));
        }

        waiting.Sort((one, other) => one.Order != other.Order ? one.Order.CompareTo(other.Order) : one.Member.Node.CompareTo(other.Member.Node));
        foreach ((_, MemberRecord member, TimeSpan at) in waiting)
        {
            if (IsAddressTaken(view, member)) continue;
            if (converged || !member.IsCore) actions.Add(new LeaderAction(member.Node, MemberStatus.Up, ++number));
            else if (member.Status == MemberStatus.Joining && view.Now - at >= settings.WeaklyUpAfter)
                actions.Add(new LeaderAction(member.Node, MemberStatus.WeaklyUp));
        }
    }

    /// <summary>At most one process of an address takes part.</summary>
    private static bool IsAddressTaken(LeaderView view, MemberRecord joiner)
    {
        int low = 0, high = view.Members.Count;
        var first = new UniqueAddress(joiner.Node.Address, 0);
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (view.Members[middle].Node.CompareTo(first) < 0) low = middle + 1;
            else high = middle;
        }

        for (; low < view.Members.Count && view.Members[low].Node.Address == joiner.Node.Address; low++)
        {
            if (view.Members[low].Uid != joiner.Uid) return true;
        }

        return false;
    }
}
