using System.Globalization;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Membership.Seeds;
using Mesh.Wire;
using Xunit;

namespace Mesh.Tests.Actors.Membership;

/// <summary>A few nodes, virtual time, a network that delays, loses and cuts; everything from one seed.</summary>
internal sealed class SmallWorld(ulong seed = 1)
{
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _queue = new();
    private readonly SortedSet<(int From, int To)> _cuts = [];
    private SplitMix64 _random = new(seed);
    private long _order;

    public static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public TimeSpan Now { get; private set; }

    public List<WorldNode> Nodes { get; } = [];

    /// <summary>Share of messages that get lost.</summary>
    public double Loss { get; set; }

    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(1);

    public long MessagesDelivered { get; set; }

    public SortedDictionary<string, int> Reached { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, long> BytesOf { get; } = new(StringComparer.Ordinal);

    public IEnumerable<WorldNode> Living => Nodes.Where(node => node.IsRunning);

    public static SeedAddress AddressOf(int number) => new($"n{number:d4}", 7000);

    public ulong NextRandom() => _random.Next();

    public void At(TimeSpan at, Action work) => _queue.Enqueue(work, (at < Now ? Now : at, _order++));

    /// <summary>A node at an address; a second one with the same number is the same host after a restart.</summary>
    public WorldNode Add(
        int number, bool core = true, int expect = 0, IEnumerable<int>? seeds = null, MemoryMap? disk = null, MembershipSettings? settings = null,
        ulong configHash = 7, bool start = true)
    {
        var facts = new NodeFacts($"node-{number}", core ? ["core"] : ["edge"], "1.0");
        settings = (settings ?? new MembershipSettings()) with { BootstrapExpect = expect };
        var source = new StaticSeeds((seeds ?? [1, 2, 3]).Select(AddressOf));
        var node = new WorldNode(this, number, facts, settings, source, disk ?? new MemoryMap(), configHash);
        Nodes.Add(node);
        if (start) node.Start();
        return node;
    }

    /// <summary>So many core nodes that found a cluster together, and run until all are up.</summary>
    public WorldNode[] Found(int count, MembershipSettings? settings = null)
    {
        int[] seeds = [.. Enumerable.Range(1, Math.Min(count, 5))];
        WorldNode[] nodes = [.. Enumerable.Range(1, count).Select(number => Add(number, expect: seeds.Length, seeds: seeds, settings: settings))];
        RunUntil(() => nodes.All(node => node.Ups.Count == count), TimeSpan.FromSeconds(30), $"{count} nodes found a cluster");
        return nodes;
    }

    public void Cut(WorldNode from, WorldNode to, bool cut = true)
    {
        foreach ((int, int) pair in new[] { (from.Number, to.Number), (to.Number, from.Number) })
        {
            if (cut) _cuts.Add(pair);
            else _cuts.Remove(pair);
        }
    }

    public void Partition(IEnumerable<WorldNode> one, IEnumerable<WorldNode> other)
    {
        foreach (WorldNode from in one)
        {
            foreach (WorldNode to in other) Cut(from, to);
        }
    }

    public void Heal() => _cuts.Clear();

    public bool IsCut(int from, int to) => _cuts.Contains((from, to));

    /// <summary>Brings bytes from one node to whoever listens at the other's address, or does not.</summary>
    public void Carry(WorldNode from, Address to, Action<WorldNode> deliver)
    {
        if (Loss > 0 && _random.NextDouble() < Loss) return;
        TimeSpan delay = Delay * (0.5 + _random.NextDouble());
        At(Now + delay, () =>
        {
            WorldNode? target = Nodes.LastOrDefault(node => node.IsRunning && node.Self.Address == to);
            if (target is null || IsCut(from.Number, target.Number)) return;
            MessagesDelivered++;
            deliver(target);
        });
    }

    public void Run(TimeSpan time)
    {
        TimeSpan end = Now + time;
        while (_queue.TryPeek(out _, out (TimeSpan At, long) next) && next.At <= end) Step();
        Now = end;
    }

    public TimeSpan RunUntil(Func<bool> done, TimeSpan within, string claim)
    {
        TimeSpan began = Now, end = Now + within;
        while (!done())
        {
            if (!_queue.TryPeek(out _, out (TimeSpan At, long) next) || next.At > end)
                Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"not within {within} (seed {seed}): {claim}\n{Describe()}"));
            Step();
        }

        return Now - began;
    }

    private void Step()
    {
        _queue.TryDequeue(out Action? work, out (TimeSpan At, long) key);
        Now = key.At;
        work!();
    }

    private string Describe() =>
        string.Join("\n", Nodes.Select(node => node.ToString())) + "\n" + string.Join("\n", Nodes.SelectMany(node => node.Log).TakeLast(20));
}
