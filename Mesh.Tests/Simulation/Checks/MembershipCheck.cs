using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Checks;

/// <summary>What must hold of every view of the members at every moment (M1 to M5), and of two views at once (B1).</summary>
/// <remarks>Looks only when a process published a new view, and keeps per process what it saw before.</remarks>
internal sealed class MembershipCheck(SimWorld world)
{
    private readonly Dictionary<SimProcess, Seen> _seen = [];
    private readonly Dictionary<(ulong Observer, ulong Subject, ulong Version), ReachabilityRow> _words = [];
    private readonly Dictionary<ulong, SimProcess> _processes = [];

    /// <summary>Processes that were called Down while they were alive; with the view that first said so.</summary>
    public Dictionary<ulong, string> DownedAlive { get; } = [];

    public void After(SimProcess process)
    {
        if (process.Program?.Membership?.State is not { } state) return;
        if (!_seen.TryGetValue(process, out Seen? seen))
        {
            _seen[process] = seen = new Seen();
            _processes[process.Self.Uid] = process;
        }

        if (ReferenceEquals(seen.State, state)) return;
        CheckForm(process, seen, state);
        CheckMembers(process, seen, state);
        CheckRows(process, seen, state);
        seen.State = state;
    }

    private void CheckForm(SimProcess process, Seen seen, ClusterState state)
    {
        world.Assert(seen.State is null || state.Version > seen.State.Version, "view", () => $"{process} published version {state.Version} twice");
        for (int i = 1; i < state.Members.Length; i++)
        {
            int at = i;
            world.Assert(
                state.Members[i - 1].UniqueAddress.CompareTo(state.Members[i].UniqueAddress) < 0, "view",
                () => $"{process} lists {state.Members[at - 1].UniqueAddress} before {state.Members[at].UniqueAddress}");
        }

        foreach (UniqueAddress node in state.Unreachable)
            world.Assert(state.Find(node) is not null, "view", () => $"{process} calls {node} unreachable, which is no member");
        if (state.Leader is not { } leader) return;
        Member? member = state.Find(leader);
        bool mayLead = member is { IsCore: true, Status: MemberStatus.Up or MemberStatus.Leaving } && state.IsReachable(leader);
        world.Assert(mayLead, "view", () => $"{process} has {leader} lead, which is {member?.Status.ToString() ?? "no member"}");
    }

    private void CheckMembers(SimProcess process, Seen seen, ClusterState state)
    {
        Member? before = null;
        foreach (Member member in state.Members)
        {
            ulong uid = member.UniqueAddress.Uid;
            world.Assert(!seen.Removed.Contains(uid), "M2",
                () => $"{process} has {member.UniqueAddress} as {member.Status} again, which it had removed");
            world.Assert(member.Status is >= MemberStatus.Joining and <= MemberStatus.Down, "view", () => $"{process} lists {member}");
            if (seen.Members.TryGetValue(uid, out Member? old) && !ReferenceEquals(old, member))
            {
                world.Assert(
                    member.Status >= old.Status, "M1", () => $"{process} saw {member.UniqueAddress} go from {old.Status} to {member.Status}");
                world.Assert(
                    member.UpNumber <= old.UpNumber, "M5", () => $"{process} saw {member.UniqueAddress} go from {old.UpNumber} to {member.UpNumber}");
                world.Assert(member.Incarnation >= old.Incarnation, "M1", () => $"{process} saw {member.UniqueAddress} lose incarnations");
            }

            if (member.Status == MemberStatus.Down && seen.Downed.Add(uid)) CheckDown(process, state, member);
            if (member.Status is MemberStatus.Up or MemberStatus.Leaving)
            {
                Member? other = before;
                world.Assert(other?.Address != member.Address, "M3", () => $"{process} has two at {member.Address}: {other} and {member}");
                before = member;
            }

            seen.Members[uid] = member;
        }

        if (seen.Members.Count == state.Members.Length) return;
        foreach (ulong gone in seen.Members.Keys.Where(uid => state.Members.All(member => member.UniqueAddress.Uid != uid)).ToArray())
        {
            seen.Members.Remove(gone);
            seen.Removed.Add(gone);
        }
    }

    // Who is called dead may be alive, behind a cut. But two that call each other dead, and both go on, are two clusters.
    private void CheckDown(SimProcess process, ClusterState state, Member member)
    {
        if (!_processes.TryGetValue(member.UniqueAddress.Uid, out SimProcess? other) || !other.IsAlive) return;
        if (DownedAlive.TryAdd(other.Self.Uid, $"{world.Now}: {process} has {other} as Down"))
        {
            bool doubted = !state.Unreachable.IsEmpty || _seen[process].State is { Unreachable.IsEmpty: false };
            world.Assert(doubted || other == process, "B3", () => $"{process} downs {other}, and calls nobody unreachable");
        }

        if (!process.Machine.IsCore || !other.Machine.IsCore || other == process) return;
        if (other.Program?.Membership?.State is not { } theirs) return;
        bool bothGoOn = state.SelfMember is { Status: < MemberStatus.Down } && theirs.SelfMember is { Status: < MemberStatus.Down };
        world.Assert(
            !bothGoOn || !_seen[other].Downed.Contains(process.Self.Uid), "B1",
            () => $"{process} and {other} call each other Down, and both go on");
    }

    private void CheckRows(SimProcess process, Seen seen, ClusterState state)
    {
        if (seen.State is { } before && before.Rows == state.Rows) return;
        foreach (ReachabilityRow row in state.Rows)
        {
            (ulong Observer, ulong Subject) pair = (row.Observer.Uid, row.Subject.Uid);
            (ulong, ulong, ulong Version) word = (pair.Observer, pair.Subject, row.Version);
            if (!_words.TryGetValue(word, out ReachabilityRow? first)) _words[word] = first = row;
            world.Assert(
                first.Status == row.Status && first.SubjectIncarnation == row.SubjectIncarnation, "M4",
                () => $"{process} has {row}, others had {first}");
            ulong known = seen.Words.GetValueOrDefault(pair);
            world.Assert(row.Version >= known, "M4",
                () => $"{process} had version {known} and now {row}");
            seen.Words[pair] = row.Version;
        }
    }

    private sealed class Seen
    {
        public ClusterState? State { get; set; }

        public Dictionary<ulong, Member> Members { get; } = [];

        public HashSet<ulong> Removed { get; } = [];

        /// <summary>Called Down here at some time; also when they were removed since.</summary>
        public HashSet<ulong> Downed { get; } = [];

        public Dictionary<(ulong, ulong), ulong> Words { get; } = [];
    }
}
