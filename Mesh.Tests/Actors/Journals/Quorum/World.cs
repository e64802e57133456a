using System.Collections.Concurrent;
using System.Collections.Immutable;
using Mesh.Actors;
using Mesh.Actors.Journals.Quorum;
using Mesh.Actors.Journals.Quorum.Raft;
using Mesh.Actors.Membership;
using Mesh.Wire;

namespace Mesh.Tests.Actors.Journals.Quorum;

/// <summary>Core nodes in one thread, from one seed: virtual time, a bad network, bad disks, Raft's invariants after every event.</summary>
internal sealed class World
{
    private readonly PriorityQueue<(WorldLoop? Loop, Action Work), (TimeSpan At, long Order)> _events = new();
    private readonly HashSet<(int From, int To)> _cuts = [];
    private SplitMix64 _random;
    private long _order;

    public World(ulong seed, int nodes, QuorumSettings? settings = null)
    {
        Seed = seed;
        _random = new SplitMix64(seed);
        Settings = settings ?? new QuorumSettings
        {
            RemoveAfter = TimeSpan.FromSeconds(6), RequestTimeout = TimeSpan.FromSeconds(5), CompactEntries = 40, KeepEntries = 10, PieceBytes = 256,
        };
        for (int i = 0; i < nodes; i++) Nodes.Add(new WorldNode(this, i));
    }

    public ulong Seed { get; }

    public QuorumSettings Settings { get; }

    public List<WorldNode> Nodes { get; } = [];

    public RaftInvariants Invariants { get; } = new();

    public SortedSet<string> Reached { get; } = new(StringComparer.Ordinal);

    public TimeSpan Now { get; private set; }

    public ref SplitMix64 Random => ref _random;

    /// <summary>Of 1000 messages, so many vanish.</summary>
    public int LossPerMille { get; set; }

    /// <summary>Of 1000 messages, so many take half a second.</summary>
    public int SlowPerMille { get; set; }

    /// <summary>A disk was lost since the group was last seen whole: losing more of another would be more than a group of three bears.</summary>
    public bool HasLostDisk { get; set; }

    /// <summary>Where calls of other threads go; null in worlds of one thread.</summary>
    public BlockingCollection<Action>? Inbox { get; set; }

    public int ThreadId { get; set; }

    /// <summary>Of usual messages.</summary>
    public int MostDelayMs { get; set; } = 20;

    public ImmutableArray<Member> Members { get; private set; } = [];

    public WorldNode? Leader => Nodes.Where(node => node.Core is { IsEstablished: true }).MaxBy(node => node.Core!.Term);

    /// <summary>Starts all; the first founds the group.</summary>
    public World Start()
    {
        foreach (WorldNode node in Nodes) node.Start(found: node.Index == 0);
        return this;
    }

    public void At(TimeSpan at, WorldLoop? loop, Action work) => _events.Enqueue((loop, work), (at < Now ? Now : at, _order++));

    public void Run(double seconds) => RunUntil(() => false, seconds);

    /// <summary>Runs until something is true; false when the time is over first.</summary>
    public bool RunUntil(Func<bool> condition, double seconds)
    {
        TimeSpan end = Now + TimeSpan.FromSeconds(seconds);
        while (_events.TryPeek(out (WorldLoop? Loop, Action Work) next, out (TimeSpan At, long Order) when) && when.At <= end)
        {
            _events.Dequeue();
            Now = when.At;
            if (next.Loop is { IsDead: true }) continue;
            if (next.Loop is { } loop && loop.PausedUntil > Now)
            {
                At(loop.PausedUntil, loop, next.Work);
                continue;
            }

            next.Work();
            Invariants.Check(this);
            if (condition()) return true;
        }

        Now = end;
        return condition();
    }

    public void Eventually(Func<bool> condition, string what, double seconds = 30) =>
        Xunit.Assert.True(RunUntil(condition, seconds), $"seed {Seed}: {what}\n{Describe()}");

    public void Cut(int from, int to) => _cuts.Add((from, to));

    public void Isolate(int node)
    {
        foreach (WorldNode other in Nodes)
        {
            Cut(node, other.Index);
            Cut(other.Index, node);
        }
    }

    public void Heal() => _cuts.Clear();

    public bool IsCut(int from, int to) => _cuts.Contains((from, to));

    public TimeSpan Delay() => TimeSpan.FromMilliseconds(_random.Next(1000) < SlowPerMille ? 500 + _random.Next(500) : 1 + _random.Next(MostDelayMs));

    /// <summary>The cluster's view: all see it at once, in order of address.</summary>
    public void SetMember(UniqueAddress node, MemberStatus status)
    {
        MemberStatus previous = Members.FirstOrDefault(member => member.UniqueAddress == node)?.Status ?? MemberStatus.Joining;
        var told = new Member(node, node.Address.Host!, ["core"], "1", status, 1, 0);
        Members = [.. Members.RemoveAll(member => member.UniqueAddress == node)];
        if (status < MemberStatus.Down)
            Members = [.. Members.Append(told).OrderBy(member => member.UniqueAddress)];
        ClusterEvent change = status switch
        {
            MemberStatus.Up => new ClusterEvent.MemberUp(told),
            MemberStatus.Leaving => new ClusterEvent.MemberLeft(told),
            MemberStatus.Exiting => new ClusterEvent.MemberExited(told),
            MemberStatus.Down => new ClusterEvent.MemberDowned(told),
            _ => new ClusterEvent.MemberRemoved(told, previous),
        };
        foreach (WorldNode each in Nodes) each.Tell(change);
    }

    public string Describe() => string.Join("\n", Nodes.Select(node =>
        $"{node.Index} {(node.IsUp ? "up" : "down")}: " + (node.Core is { } core
            ? $"{core.Id:x16} {core.Role} term {core.Term} leader {core.Leader:x16} log {core.Log.Base.Index}..{core.Log.LastIndex} "
                + $"commit {core.Commit} applied {core.AppliedIndex} "
                + $"{(core.IsImpaired ? "impaired " : "")}{(core.IsInstalling ? "installing " : "")}[{core.Group}] {node.Quorum!.Driver.Trouble} "
                + string.Join(" ", core.Progress.Select(each => $"({each.Key:x4} {each.Value.State} {each.Value.Match})"))
            : "no core")));

    public bool IsSettled()
    {
        if (Leader?.Core is not { IsGroupSettled: true } core) return false;
        int up = Nodes.Count(node => node.IsUp);
        return core.Group.Voters.Length == (up <= 2 || up % 2 == 1 ? up : up - 1)
            && core.Group.Members.Count == up
            && core.Progress.Values.All(progress => progress.Match == core.Log.LastIndex)
            && Nodes.All(node => !node.IsUp || node.Core is { } each && each.AppliedIndex == core.Log.LastIndex);
    }

    public static ulong IdOf(WorldNode node) => node.Core!.Id;

    public RaftCore CoreOf(int node) => Nodes[node].Core!;
}
