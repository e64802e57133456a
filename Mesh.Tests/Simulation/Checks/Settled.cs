using Mesh.Actors.Membership;
using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.Checks;

/// <summary>What must come true of the membership once nothing is wrong any more.</summary>
internal static class Settled
{
    /// <summary>The first thing that is not; null: every machine's process is Up, all list the same, nobody is unreachable, one leads.</summary>
    public static string? Membership(SimCluster cluster)
    {
        SimProcess? first = null;
        foreach (SimMachine machine in cluster.Machines)
        {
            if (machine.Process is not { } process) return $"{machine} runs nothing";
            if (process.Program?.Membership?.State is not { } state) return $"{process} has no view";
            if (state.SelfMember is not { } self) return $"{process} is no member of its own view";
            if (self.Status != MemberStatus.Up) return $"{process} is {self.Status}";
            first ??= process;
            if (Differs(first, process, cluster) is { } difference) return difference;
        }

        return null;
    }

    private static string? Differs(SimProcess first, SimProcess process, SimCluster cluster)
    {
        ClusterState one = first.Program!.Membership!.State, state = process.Program!.Membership!.State;
        if (state.ClusterId is null || state.ClusterId != one.ClusterId)
            return $"{first} is of cluster {one.ClusterId}, {process} of {state.ClusterId}";
        if (state.Unreachable.Length > 0) return $"{process} calls {state.Unreachable[0]} unreachable";
        if (state.Leader is null || state.Leader != one.Leader) return $"{first} has {one.Leader} lead, {process} has {state.Leader}";
        if (state.Members.Length != cluster.Machines.Length)
            return $"{process} lists {state.Members.Length} of {cluster.Machines.Length}: {List(state)}";
        for (int i = 0; i < state.Members.Length; i++)
        {
            Member theirs = state.Members[i], ours = one.Members[i];
            if (theirs.UniqueAddress != ours.UniqueAddress || theirs.Status != ours.Status)
                return $"{process} has {theirs}, {first} has {ours}";
            if (theirs.Status != MemberStatus.Up) return $"{process} has {theirs.UniqueAddress} as {theirs.Status}";
        }

        return null;
    }

    private static string List(ClusterState state) =>
        string.Join(", ", state.Members.Select(member => $"{member.UniqueAddress.Address.Host}#{member.UniqueAddress.Uid:x4} {member.Status}"));
}
