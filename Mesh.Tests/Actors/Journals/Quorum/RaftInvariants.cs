using Mesh.Actors.Journals.Quorum.Protocol;
using Mesh.Actors.Journals.Quorum.Raft;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>What must be true after every event (thesis, figure 3.2).</summary>
internal sealed class RaftInvariants
{
    private readonly Dictionary<long, ulong> _leaders = [];
    private readonly Dictionary<long, (long Term, RaftEntry Entry)> _committed = [];
    private readonly Dictionary<(long Index, long Term), (long Before, RaftEntry Entry)> _entries = [];
    private readonly Dictionary<int, long> _checkedCommit = [];
    private long _highest;

    /// <summary>Terms that had a leader.</summary>
    public int Leaders => _leaders.Count;

    public long Highest => _highest;

    /// <summary>An operator began a new group: what was, counts no more.</summary>
    public void Reset()
    {
        _leaders.Clear();
        _committed.Clear();
        _entries.Clear();
        _checkedCommit.Clear();
        _highest = 0;
    }

    public void Forget(int node) => _checkedCommit.Remove(node);

    public void Check(World world)
    {
        foreach (WorldNode node in world.Nodes)
        {
            if (node.Quorum is { Driver.IsHalted: true } halted && node.IsUp) Fail(world, $"node {node.Index}: {halted.Driver.Trouble}");
            if (node.Core is not { } core) continue;
            LogMatching(world, node, core);
            Committed(world, node, core);
            if (core.Role == RaftRole.Leader) Leading(world, node, core);
        }
    }

    /// <summary>Election safety, and leader completeness where a term begins.</summary>
    private void Leading(World world, WorldNode node, RaftCore core)
    {
        if (_leaders.TryGetValue(core.Term, out ulong known))
        {
            if (known != core.Id) Fail(world, $"two leaders in term {core.Term}");
            return;
        }

        _leaders[core.Term] = core.Id;
        for (long index = core.Log.Base.Index + 1; index <= _highest; index++)
            if (_committed.TryGetValue(index, out (long Term, RaftEntry Entry) entry) && core.Log.TermAt(index) != entry.Term)
                Fail(world, $"node {node.Index} leads term {core.Term} without the committed entry {index}");
    }

    /// <summary>State machine safety: one entry at a committed index, on all nodes, for ever.</summary>
    private void Committed(World world, WorldNode node, RaftCore core)
    {
        long from = Math.Max(_checkedCommit.GetValueOrDefault(node.Index), core.Log.Base.Index);
        for (long index = from + 1; index <= core.Commit; index++)
        {
            RaftEntry entry = core.Log[index];
            if (!_committed.TryAdd(index, (entry.Term, entry)) && _committed[index].Term != entry.Term)
                Fail(world, $"node {node.Index} committed another entry at {index}: term {entry.Term}, not {_committed[index].Term}");
            _highest = Math.Max(_highest, index);
        }

        _checkedCommit[node.Index] = Math.Max(from, core.Commit);
    }

    /// <summary>Same index and term: same entry, and same term before it. The tail is looked at; what came before was the tail once.</summary>
    private void LogMatching(World world, WorldNode node, RaftCore core)
    {
        for (long index = core.Log.LastIndex; index > core.Log.Base.Index && index > core.Log.LastIndex - 3; index--)
        {
            RaftEntry entry = core.Log[index];
            long before = core.Log.TermAt(index - 1)!.Value;
            if (!_entries.TryAdd((index, entry.Term), (before, entry)) && _entries[(index, entry.Term)] is var known
                && (known.Before != before || (!ReferenceEquals(known.Entry, entry) && !known.Entry.Equals(entry))))
                Fail(world, $"node {node.Index} has another entry at {index} of term {entry.Term}");
        }
    }

    private static void Fail(World world, string what) =>
        throw new InvalidOperationException($"seed {world.Seed} at {world.Now}: {what}\n{world.Describe()}");
}
