using System.Collections.Immutable;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Quorum.Group;
using Mesh.Actors.Journals.Quorum.Raft;

namespace Mesh.Actors.Journals.Quorum;

/// <summary>What an operator sees of the group from one node.</summary>
internal static class QuorumStatus
{
    public static JournalStatus Of(QuorumNode node, MachineFacts? facts, TimeSpan now)
    {
        ImmutableArray<KeyValuePair<string, string>>.Builder lines = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        RaftCore? core = node.Driver.Core;
        // A voter knows better than what it once heard: without a leader of its own it cannot write.
        bool hasLeader = node.Keeper.Leader is not null && !(core is { Leader: 0 } && core.Group.IsVoter(core.Id));
        Add("leader", hasLeader && node.Keeper.Leader is { } leader ? $"{leader.Node.Address} (term {leader.Term})" : "none");
        if (core is not null) AddMember(core);
        if (core is { Role: RaftRole.Leader }) AddFollowers(core, node, now);
        if (facts is { } known) lines.AddRange(JournalFacts.Lines(known));
        string detail = node.Driver.Trouble ?? (hasLeader ? "the quorum journal has a leader" : node.WhyNoLeader());
        if (core is { IsImpaired: true }) detail += "; this node lost confirmed writes and does not vote until it caught up";
        string[] others = [.. node.Keeper.OfOtherGroups.Select(each => each.Address.ToString())];
        if (others.Length > 0) detail += $"; another journal is kept by {string.Join(", ", others)}: {GroupKeeper.TwoJournals}";
        return new JournalStatus("quorum", hasLeader && !node.Driver.IsHalted, detail, lines.ToImmutable());

        void Add(string name, string value) => lines.Add(new(name, value));

        void AddMember(RaftCore raft)
        {
            string role = raft.Group.Contains(raft.Id) && !raft.Group.IsVoter(raft.Id) ? "Learner" : raft.Role.ToString();
            Add("member", $"{raft.Id:x16} of group {raft.GroupId:x16}");
            Add("role", role);
            lines.Add(JournalFacts.Line("term", raft.Term));
            lines.Add(JournalFacts.Line("commit", raft.Commit));
            lines.Add(JournalFacts.Line("applied", raft.AppliedIndex));
            Add("log", $"{raft.Log.Count} entries from {raft.Log.Base.Index + 1}, {raft.Log.Bytes} bytes");
            Add("group", raft.Group.ToString());
        }

        void AddFollowers(RaftCore raft, QuorumNode quorum, TimeSpan at)
        {
            foreach ((ulong id, RaftProgress progress) in raft.Progress)
            {
                RaftMember member = raft.Group.Members[id];
                string where = quorum.Keeper.Book.NodeOf(id)?.Address.ToString() ?? "unknown address";
                string heard = progress.HasAnswered ? $"heard {(at - progress.LastHeard).TotalSeconds:0.0} s ago" : "not heard in this term";
                Add($"{(member.IsVoter ? "voter" : "learner")} {member.Name}",
                    $"{where}, {progress.State}, match {progress.Match}, lag {raft.Log.LastIndex - progress.Match}, {heard}");
            }
        }
    }
}
