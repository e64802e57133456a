using System.Collections.Immutable;
using Mesh.Actors.Journals;
using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.Checks;

/// <summary>What must come true of the quorum journal when nothing is wrong, and what it can bear.</summary>
internal static class QuorumCheck
{
    /// <summary>Entries that a member may lack: leases are renewed all the time.</summary>
    private const int NearlyAll = 20;

    /// <summary>One leads, all follow, the group is the core nodes; null when so.</summary>
    public static string? Unsettled(SimCluster cluster)
    {
        RaftCore? leader = null;
        foreach (SimProcess process in cluster.Living.Where(process => process.Machine.IsCore))
        {
            if (NodeOf(process) is not { } node || node.Driver.Core is not { } core) return $"{process} has no journal yet";
            if (core.Role != RaftRole.Leader) continue;
            if (leader is not null) return "two lead the journal";
            leader = core;
        }

        if (leader is null) return "nobody leads the journal";
        foreach (SimProcess process in cluster.Living.Where(process => process.Machine.IsCore))
        {
            RaftCore core = NodeOf(process)!.Driver.Core!;
            if (core.Leader != leader.Id) return $"{process} does not follow the journal's leader";
            if (!leader.Group.Contains(core.Id)) return $"{process} is not in the journal's group";
            if (core.AppliedIndex < leader.Commit - NearlyAll) return $"{process} has applied {core.AppliedIndex} of {leader.Commit}";
        }

        return leader.Group.Members.Count == cluster.CoreCount ? null : $"the group has {leader.Group.Members.Count} members";
    }

    /// <summary>Whether those who are left could go on if that machine's disk was lost, whichever of the stored groups is the true one.</summary>
    public static bool MayLose(SimCluster cluster, SimMachine machine)
    {
        ulong[] others = [.. cluster.Machines.Where(other => other != machine).Select(other => other.Disk.Raft.Id)];
        return cluster.Machines.Select(each => each.Disk.Raft.Group)
            .All(group => group.Voters.Length == 0 || group.Voters.Count(others.Contains) >= group.Quorum);
    }

    /// <summary>P4: every member's machine holds what was taken, all of it, once.</summary>
    public static void CheckEnd(SimCluster cluster, JournalCheck books)
    {
        foreach (SimMachine machine in cluster.Machines.Where(machine => machine.IsCore))
        {
            foreach (string actor in books.Actors)
            {
                ImmutableArray<JournalEvent> events = machine.Disk.Machine.Read(actor, 1, int.MaxValue);
                cluster.World.Assert(
                    events.Length == books.EventsOf(actor).Count, "P4",
                    () => $"{machine} holds {events.Length} events of {actor}, and {books.EventsOf(actor).Count} were taken");
            }
        }
    }

    public static QuorumNode? NodeOf(SimProcess process) => (process.Program as ClusterProgram)?.Entities?.Quorum?.Node;
}
