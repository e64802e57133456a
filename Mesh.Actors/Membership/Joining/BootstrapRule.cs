using System.Collections.Immutable;

namespace Mesh.Actors.Membership.Joining;

/// <summary>What a process last said of itself while it, or this node, looked for a cluster.</summary>
/// <param name="Node">Who.</param>
/// <param name="ClusterId">The id it holds; null: none.</param>
/// <param name="Pledged">The id is a proposal; otherwise it was in that cluster.</param>
/// <param name="IsCore">It has the core role.</param>
/// <param name="IsSeed">It stands in its own list of seeds.</param>
/// <param name="Expect">Its bootstrap-expect.</param>
/// <param name="Sees">Candidates that it heard lately.</param>
/// <param name="IsMember">It is in a cluster.</param>
/// <param name="HasLeader">And sees its leader.</param>
/// <param name="IsCoreMember">And is core there.</param>
internal sealed record CandidateWord(
    UniqueAddress Node, string? ClusterId, bool Pledged, bool IsCore, bool IsSeed, int Expect, ImmutableArray<ulong> Sees, bool IsMember = false,
    bool HasLeader = false, bool IsCoreMember = false);

/// <summary>What a node that looks for a cluster knows at one moment.</summary>
/// <param name="Self">What it says of itself.</param>
/// <param name="Heard">What others said within the last seconds.</param>
/// <param name="Seeds">How many seeds there are.</param>
/// <param name="IsLowestSeed">This node's address is the lowest of them.</param>
/// <param name="CoreCount">Core members when this node last was in its cluster; 0: never.</param>
/// <param name="InQuorum">For how long enough candidates have seen each other.</param>
internal sealed record BootstrapView(
    CandidateWord Self, ImmutableArray<CandidateWord> Heard, int Seeds, bool IsLowestSeed, int CoreCount, TimeSpan InQuorum);

/// <summary>What to do about founding.</summary>
internal enum BootstrapStep
{
    /// <summary>Too few see each other, or there is no need.</summary>
    Wait,

    /// <summary>Enough see each other; it is not time yet, or not this node's turn.</summary>
    Quorum,

    /// <summary>Hold this id (null: a new one) durably, and say so.</summary>
    Pledge,

    /// <summary>Found the cluster under the id that is held.</summary>
    Found,
}

/// <param name="Step">What to do.</param>
/// <param name="Id">Of which cluster.</param>
/// <param name="Reason">One line for the operator who wonders why nothing happens.</param>
internal readonly record struct BootstrapDecision(BootstrapStep Step, string? Id, string Reason);

/// <summary>
/// When a cluster may begin. An image: villagers found a village only when so many stand on the square that no second square can be as full,
/// all have the same name for it in their pockets, and nobody who lives in such a village answers. Whoever wakes with a name in the pocket
/// lived there once, or promised to: it will never help to found another, but enough of them may found that one again.
/// </summary>
/// <remarks>
/// Pure. Enough is max(bootstrap-expect, a majority of the seeds, a majority of the core that was last seen); with bootstrap-expect 1 the seeds do
/// not count, and only the lowest of them founds. Rejected: to found on silence alone, which makes a second cluster of every slow network.
/// </remarks>
internal static class BootstrapRule
{
    public static int Quorum(int expect, int seeds, int coreCount) =>
        Math.Max(Math.Max(expect, 1), Math.Max(expect == 1 ? 1 : (seeds / 2) + 1, coreCount == 0 ? 1 : (coreCount / 2) + 1));

    public static BootstrapDecision Decide(BootstrapView view, MembershipSettings settings)
    {
        CandidateWord self = view.Self;
        if (!self.IsCore) return Wait("waits to be let in; an edge node founds no cluster");
        if (self.Expect <= 0) return Wait("waits to be let in; this node founds no cluster, for its bootstrapExpect is 0 or it is no seed");
        if (view.Heard.FirstOrDefault(word => word.IsMember && (word.HasLeader || word.IsCoreMember)) is { } living)
            return Wait($"{living.Node} lives in a cluster: to be joined");
        if (self.ClusterId is null && view.Heard.FirstOrDefault(word => word.IsMember) is { } member)
            return Wait($"{member.Node} knows a cluster, and this node remembers none");

        ImmutableArray<CandidateWord> candidates = [self, .. view.Heard.Where(IsCandidate)];
        if (!TryTarget(candidates, view.Seeds, out string? target, out string conflict)) return Wait(conflict);
        ImmutableArray<CandidateWord> group = Group(self, candidates);
        int quorum = Quorum(self.Expect, view.Seeds, view.CoreCount);
        if (group.Length < quorum)
            return Wait(candidates.Length < quorum ? $"{group.Length} of {quorum} see each other" : "not enough candidates see each other");

        bool all = group.Length >= Math.Max(view.Seeds, view.CoreCount);
        return DecideInQuorum(view, settings, group, target, quorum, all);
    }

    /// <summary>
    /// Candidates that see each other pairwise, this node among them, in order. Seeds first: two others, which may never meet, must not keep
    /// everybody from founding.
    /// </summary>
    private static ImmutableArray<CandidateWord> Group(CandidateWord self, ImmutableArray<CandidateWord> candidates)
    {
        List<CandidateWord> group = [self];
        foreach (CandidateWord word in candidates.Where(word => word != self).OrderBy(word => !word.IsSeed).ThenBy(word => word.Node))
        {
            bool seesSelf = word.Sees.Contains(self.Node.Uid);
            bool seesOthers = group.All(other => other == self || (word.Sees.Contains(other.Node.Uid) && other.Sees.Contains(word.Node.Uid)));
            if (seesSelf && seesOthers) group.Add(word);
        }

        return [.. group.OrderBy(word => word.Node)];
    }

    private static BootstrapDecision DecideInQuorum(
        BootstrapView view, MembershipSettings settings, ImmutableArray<CandidateWord> group, string? target, int quorum, bool all)
    {
        CandidateWord self = view.Self, lowest = group[0];
        if (lowest != self)
        {
            bool pledge = target is not null && lowest.ClusterId == target && self.ClusterId != target;
            return pledge ? new BootstrapDecision(BootstrapStep.Pledge, target, $"{lowest.Node} proposes") : Quorum($"{lowest.Node} founds");
        }

        if (self.Expect == 1 && self.ClusterId is null && !view.IsLowestSeed) return Quorum("the lowest seed founds alone");
        bool known = target is not null && group.Any(word => word.ClusterId == target && !word.Pledged);
        TimeSpan patience = all ? TimeSpan.Zero : known ? settings.RefoundAfter : settings.SeedTimeout;
        if (view.InQuorum < patience) return Quorum($"waits {patience} for the other seeds");
        if (self.ClusterId is null || self.ClusterId != target) return new BootstrapDecision(BootstrapStep.Pledge, target, "proposes");
        int holders = group.Count(word => word.ClusterId == target);
        return holders >= quorum
            ? new BootstrapDecision(BootstrapStep.Found, target, $"{holders} agree")
            : Quorum($"{holders} of {quorum} hold the id");
    }

    /// <summary>
    /// The one id that candidates hold, if any. With two, only when every seed is seen and none was ever in a cluster may the lower win.
    /// </summary>
    private static bool TryTarget(ImmutableArray<CandidateWord> candidates, int seeds, out string? target, out string conflict)
    {
        string[] ids = [.. candidates.Select(word => word.ClusterId).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        target = ids.Length == 0 ? null : ids[0];
        conflict = "";
        if (ids.Length <= 1) return true;
        if (candidates.All(word => word.ClusterId is null || word.Pledged) && candidates.Count(word => word.IsSeed) >= seeds) return true;
        conflict = $"candidates hold the ids of different clusters: {string.Join(", ", ids)}";
        return false;
    }

    private static bool IsCandidate(CandidateWord word) =>
        !word.IsMember && word.IsCore && word.Expect > 0 && (word.IsSeed || word.ClusterId is not null);

    private static BootstrapDecision Wait(string reason) => new(BootstrapStep.Wait, null, reason);

    private static BootstrapDecision Quorum(string reason) => new(BootstrapStep.Quorum, null, reason);
}
