using System.Collections.Immutable;
using Mesh.Actors.Journals.Quorum.Raft;

namespace Mesh.Actors.Journals.Quorum.Group;

/// <summary>What a leader sees of one member of its group, itself included.</summary>
/// <param name="Id">Its raft id.</param>
/// <param name="Presence">Its place in the cluster.</param>
/// <param name="IsAlive">It answered within an election timeout.</param>
/// <param name="IsCaughtUp">It is alive and has nearly all of the log.</param>
internal readonly record struct MemberView(ulong Id, Presence Presence, bool IsAlive, bool IsCaughtUp);

/// <summary>Where the node of a group's member stands in the cluster.</summary>
internal enum Presence : byte
{
    Present,

    /// <summary>It is about to leave.</summary>
    Leaving,

    /// <summary>Down, removed or unknown, not yet for so long that it cannot come back with its disk.</summary>
    Missing,

    /// <summary>Missing for longer, or another store answers at its address: it will not come back.</summary>
    Gone,
}

/// <summary>A core node that is in the cluster and not in the group.</summary>
internal readonly record struct Applicant(ulong Id, string Name);

/// <summary>What to do next: another group, or another leader first.</summary>
/// <param name="Group">The next group; null when there is nothing to change.</param>
/// <param name="TransferTo">Who should lead instead; 0 for nobody.</param>
/// <param name="Reason">One line for the log.</param>
internal readonly record struct GroupPlan(RaftGroup? Group, ulong TransferTo, string Reason);

/// <summary>Which change of the group comes next, one member at a time. Pure.</summary>
internal static class GroupPlanner
{
    /// <summary>
    /// Voters that a number of usable nodes should make: odd, for a fourth voter costs an answer and saves nobody; but two of two, so that a write
    /// is on two disks.
    /// </summary>
    public static int TargetVoters(int nodes, int most) => Math.Min(nodes <= 2 || nodes % 2 == 1 ? nodes : nodes - 1, most);

    /// <summary>
    /// One voter would become two although a third is on its way: two voters stop when either stands still, one and three do not stop for the other.
    /// </summary>
    /// <param name="group">As it is.</param>
    /// <param name="members">Of the group.</param>
    /// <param name="coreNodes">Core nodes that are in the cluster.</param>
    /// <param name="maxVoters">Voters at most.</param>
    public static bool ShouldGrowTogether(RaftGroup group, ImmutableArray<MemberView> members, int coreNodes, int maxVoters) =>
        group.Voters.Length == 1
        && TargetVoters(coreNodes, maxVoters) >= 3
        && members.Count(member => !group.IsVoter(member.Id) && member is { Presence: Presence.Present, IsCaughtUp: true }) < 2;

    /// <param name="group">As it is, committed.</param>
    /// <param name="self">The leader.</param>
    /// <param name="members">Of the group.</param>
    /// <param name="applicants">Who could join it.</param>
    /// <param name="maxVoters">Voters at most.</param>
    /// <param name="mayGrow">False: nobody becomes a voter yet.</param>
    public static GroupPlan Next(
        RaftGroup group, ulong self, ImmutableArray<MemberView> members, ImmutableArray<Applicant> applicants, int maxVoters, bool mayGrow = true)
    {
        bool allLeave = members.All(member => member.Presence != Presence.Present);
        if (Remove(group, self, members, allLeave) is { } removal) return removal;
        int usable = members.Count(member => member.Presence == Presence.Present && (group.IsVoter(member.Id) || member.IsAlive));
        if (mayGrow && group.Voters.Length < TargetVoters(usable, maxVoters))
        {
            foreach (MemberView member in members)
            {
                if (group.IsVoter(member.Id) || member is not { Presence: Presence.Present, IsCaughtUp: true }) continue;
                string name = group.Members[member.Id].Name;
                return new(group.With(member.Id, name, voter: true), 0, $"{name} caught up and votes");
            }
        }

        foreach (Applicant applicant in applicants)
            if (!group.Contains(applicant.Id))
                return new(group.With(applicant.Id, applicant.Name, voter: false), 0, $"{applicant.Name} joins as learner");
        return default;
    }

    private static GroupPlan? Remove(RaftGroup group, ulong self, ImmutableArray<MemberView> members, bool allLeave)
    {
        foreach (MemberView member in members)
        {
            bool goes = member.Presence == Presence.Gone || (member.Presence == Presence.Leaving && !allLeave);
            if (!goes) continue;
            if (member.Id == self)
            {
                if (allLeave) continue;
                ulong heir = members.FirstOrDefault(each => each.Presence == Presence.Present && each.IsCaughtUp && group.IsVoter(each.Id)).Id;
                if (heir != 0) return new(null, heir, "the leader leaves and hands over");
                continue;
            }

            RaftGroup without = group.Without(member.Id);
            int alive = members.Count(each => without.IsVoter(each.Id) && (each.Id == self || each.IsAlive));
            if (without.Voters.Length == 0 || alive < without.Quorum) continue;
            return new(without, 0, $"{group.Members[member.Id].Name} {(member.Presence == Presence.Gone ? "is gone" : "leaves")}");
        }

        return null;
    }
}
