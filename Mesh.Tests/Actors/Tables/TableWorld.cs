using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;
using Mesh.Actors.Tables;
using Mesh.Wire;

namespace Mesh.Tests.Actors.Tables;

/// <summary>A small cluster in one thread and virtual time: links lose, delay and are cut; membership is what the test says.</summary>
internal sealed class TableWorld(ulong seed)
{
    private readonly PriorityQueue<(TestNode? Node, Action Work), (TimeSpan, long)> _events = new();
    private readonly Dictionary<UniqueAddress, TestNode> _byAddress = [];
    private SplitMix64 _random = new(seed);
    private long _number;
    private ulong _uids;

    public TimeSpan Now { get; private set; }

    public List<TestNode> Nodes { get; } = [];

    public double Loss { get; set; }

    /// <summary>One way, without jitter; a tenth of the messages take five times as long.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(3);

    public Func<TestNode, TestNode, bool> IsCut { get; set; } = (_, _) => false;

    public TableSettings Settings { get; set; } = new();

    public SortedSet<string> PointsReached { get; } = new(StringComparer.Ordinal);

    public int Messages { get; private set; }

    public int LargestMessage { get; private set; }

    /// <summary>Called for each message that is sent.</summary>
    public Action<IMessage, Lane>? Sent { get; set; }

    public int Next(int bound) => _random.Next(bound);

    public ulong NextSeed() => _random.Next();

    public TestNode AddNode(FakeDisk? disk = null, bool start = true)
    {
        int port = 1000 + Nodes.Count;
        var self = new UniqueAddress(new Address("mesh", "n" + Nodes.Count, port), (++_uids * 7919) ^ (seed << 20));
        var node = new TestNode(this, self, disk ?? new FakeDisk());
        Nodes.Add(node);
        _byAddress.Add(self, node);
        if (start) node.Tables.Start();
        return node;
    }

    /// <summary>Everybody sees these as members that are Up.</summary>
    public void AllUp() => SetView(Nodes.Where(node => !node.IsStopped), _ => MemberStatus.Up, []);

    public static void SetView(IEnumerable<TestNode> members, Func<TestNode, MemberStatus> status, IEnumerable<TestNode> unreachable)
    {
        TestNode[] all = [.. members];
        ImmutableArray<Member> list = [.. all.Select(node => node.AsMember(status(node))).OrderBy(member => member.UniqueAddress)];
        ImmutableArray<UniqueAddress> away = [.. unreachable.Select(node => node.Self).Order()];
        Dictionary<UniqueAddress, SortedSet<UniqueAddress>> graph = Rings([.. all.Select(node => node.Self)]);
        foreach (TestNode node in all) node.Membership.Set(list, away, [.. graph[node.Self].Where(each => away.BinarySearch(each) < 0)]);
    }

    public void At(TimeSpan due, TestNode? node, Action work) => _events.Enqueue((node, work), (due, ++_number));

    public void Run(TimeSpan time)
    {
        TimeSpan end = Now + time;
        while (_events.TryPeek(out (TestNode? Node, Action Work) next, out (TimeSpan Due, long) order) && order.Due <= end)
        {
            _events.Dequeue();
            Now = order.Due;
            if (next.Node is not { IsStopped: true }) next.Work();
        }

        Now = end;
    }

    public void Run(double seconds) => Run(TimeSpan.FromSeconds(seconds));

    /// <summary>Runs until it holds; false after that many seconds.</summary>
    public bool RunUntil(Func<bool> holds, double seconds)
    {
        for (TimeSpan end = Now + TimeSpan.FromSeconds(seconds); Now < end && !holds();) Run(TimeSpan.FromMilliseconds(10));
        return holds();
    }

    public void Carry(TestNode from, UniqueAddress to, IMessage message, Lane lane)
    {
        Messages++;
        int size = message.CalculateSize();
        LargestMessage = Math.Max(LargestMessage, size);
        Sent?.Invoke(message, lane);
        from.BytesSent += size;
        if (_byAddress.GetValueOrDefault(to) is not { IsStopped: false } target) return;
        if (IsCut(from, target) || _random.NextDouble() < Loss) return;
        double factor = _random.Next(10) == 0 ? 5 : 0.8 + (0.4 * _random.NextDouble());
        IMessage copy = message;
        At(Now + (Delay * factor), target, () => target.Messenger.Deliver(from.Self, copy));
    }

    /// <summary>Four rings in hash order: at most 8 neighbours each; everybody, in a small cluster.</summary>
    private static Dictionary<UniqueAddress, SortedSet<UniqueAddress>> Rings(List<UniqueAddress> nodes)
    {
        Dictionary<UniqueAddress, SortedSet<UniqueAddress>> graph = nodes.ToDictionary(node => node, _ => new SortedSet<UniqueAddress>());
        for (ulong ring = 1; ring <= 4 && nodes.Count > 1; ring++)
        {
            UniqueAddress[] order = [.. nodes.OrderBy(node => new SplitMix64(node.Uid * ring).Next())];
            for (int i = 0; i < order.Length; i++)
            {
                UniqueAddress next = order[(i + 1) % order.Length];
                graph[order[i]].Add(next);
                graph[next].Add(order[i]);
            }
        }

        return graph;
    }
}
