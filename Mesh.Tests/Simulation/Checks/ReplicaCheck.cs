using Google.Protobuf;
using Mesh.Actors.Journals.Machine;
using Mesh.Actors.Journals.Protocol;
using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Checks;

/// <summary>
/// Raft's promises over all members and all their lives: one leader a term, one group, one log up to what is committed, one state.
/// </summary>
internal sealed class ReplicaCheck(SimWorld world, JournalCheck journal)
{
    private readonly Dictionary<long, (long Term, ulong Command, ulong Reply)> _applied = [];
    private readonly Dictionary<long, long> _committed = [];
    private readonly Dictionary<long, ulong> _leaders = [];
    private readonly Dictionary<SimProcess, long> _seen = [];
    private ulong _group;

    /// <summary>A new leader was seen; told how many terms had one before.</summary>
    public Action<int>? Elected { get; set; }

    /// <summary>A machine did the step at a place of the log; no command: it only went by.</summary>
    public void Applied(AppliedMark mark, JournalCommand? command, JournalReply? reply)
    {
        (long, ulong, ulong) step = (mark.Term, Code(command), Code(reply));
        if (_applied.TryGetValue(mark.Index, out (long Term, ulong Command, ulong Reply) first))
        {
            world.Assert(
                first == step, "raft state", () => $"{mark} is {command} with {reply} on one member and was another thing on another");
            return;
        }

        _applied.Add(mark.Index, step);
        if (command is not null) journal.Done(command, reply!);
    }

    /// <summary>After an event of a process that is a member.</summary>
    public void After(SimProcess process, QuorumNode node)
    {
        world.Assert(!node.Driver.IsHalted, "raft", () => $"{process} halted: {node.Driver.Trouble}");
        if (node.Driver.Core is not { GroupId: not 0 } core) return;
        if (_group == 0) _group = core.GroupId;
        world.Assert(_group == core.GroupId, "raft group", () => $"{process} belongs to {core.GroupId:x16}, others to {_group:x16}");
        if (core.Role == RaftRole.Leader && !_leaders.TryGetValue(core.Term, out _))
        {
            Elected?.Invoke(_leaders.Count);
            _leaders[core.Term] = core.Id;
        }

        world.Assert(
            core.Role != RaftRole.Leader || _leaders[core.Term] == core.Id, "raft leader",
            () => $"{process} leads term {core.Term}, and another did");
        CheckCommitted(process, core);
    }

    private void CheckCommitted(SimProcess process, RaftCore core)
    {
        long seen = _seen.GetValueOrDefault(process);
        if (core.Commit == seen) return;
        world.Assert(core.Commit > seen, "raft commit", () => $"{process} had {seen} committed and now {core.Commit}");
        for (long index = Math.Max(seen, core.Log.Base.Index) + 1; index <= core.Commit; index++)
        {
            long at = index, term = core.Log[index].Term;
            if (_committed.TryAdd(index, term)) continue;
            world.Assert(
                _committed[index] == term, "raft commit", () => $"{process} has {at} committed of term {term}, others of {_committed[at]}");
        }

        _seen[process] = core.Commit;
    }

    private static ulong Code(IMessage? message)
    {
        if (message is null) return 0;
        ulong hash = 0xCBF29CE484222325;
        foreach (byte each in message.ToByteArray()) hash = (hash ^ each) * 0x100000001B3;
        return hash | 1;
    }
}
