using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Actors.Membership;
using Mesh.Actors.Remoting;
using Mesh.Wire;

namespace Mesh.Tests.Actors.Detection;

/// <summary>
/// A few nodes, one queue of events, one seed, virtual time. Links lose and delay; nodes crash and pause; gossip is a rebroadcast each second.
/// </summary>
internal sealed class SmallWorld
{
    private readonly PriorityQueue<(SmallNode Node, TimeSpan Due, Action Work), (TimeSpan, long)> _events = new();
    private readonly HashSet<(int, int)> _cuts = [];
    private SplitMix64 _random;
    private long _order;

    public SmallWorld(ulong seed, int core, int edge = 0)
    {
        _random = new SplitMix64(seed);
        ImmutableArray<Member> members = Crowd.Of(core, edge);
        Nodes = [.. members.Select((member, index) => new SmallNode(this, index, member, members, _random.Next()))];
    }

    public ImmutableArray<SmallNode> Nodes { get; }

    public TimeSpan Now { get; private set; }

    /// <summary>Share of messages lost.</summary>
    public double Loss { get; set; }

    /// <summary>Share of messages that take up to 500 ms instead of 1 to 5.</summary>
    public double Tails { get; set; }

    public IEnumerable<SmallNode> Alive => Nodes.Where(node => !node.Crashed);

    public void Cut(IEnumerable<int> side, IEnumerable<int> other)
    {
        foreach (int one in side)
        {
            foreach (int two in other)
            {
                _cuts.Add((one, two));
                _cuts.Add((two, one));
            }
        }
    }

    /// <summary>Only what goes from one to the other is lost.</summary>
    public void CutOneWay(int from, int to) => _cuts.Add((from, to));

    public void Heal() => _cuts.Clear();

    public void At(TimeSpan time, SmallNode node, Action work) => _events.Enqueue((node, time, work), (time, _order++));

    public void Run(TimeSpan time, Action<SmallNode>? afterEach = null)
    {
        TimeSpan end = Now + time;
        while (_events.TryPeek(out _, out (TimeSpan Due, long) first) && first.Due <= end)
        {
            (SmallNode node, TimeSpan due, Action work) = _events.Dequeue();
            Now = first.Due;
            if (node.Crashed) continue;
            if (node.PausedUntil > Now)
            {
                _events.Enqueue((node, due, work), (node.PausedUntil, first.Item2));
                continue;
            }

            node.Loop.Late = Now - due;
            work();
            afterEach?.Invoke(node);
        }

        Now = end;
    }

    public void RunUntil(Func<bool> condition, TimeSpan atMost)
    {
        TimeSpan end = Now + atMost;
        while (!condition() && Now < end) Run(TimeSpan.FromMilliseconds(20));
    }

    /// <summary>A message's way; lost ones never arrive.</summary>
    public void Carry(SmallNode from, SmallNode to, Action arrive)
    {
        if (_random.NextDouble() < Loss) return;
        double ms = 1 + 4 * _random.NextDouble();
        if (_random.NextDouble() < Tails) ms = 500 * _random.NextDouble();
        At(Now + TimeSpan.FromMilliseconds(ms), to, () =>
        {
            if (!_cuts.Contains((from.Index, to.Index))) arrive();
        });
    }
}

internal sealed class SmallLoop(SmallWorld world, SmallNode node, ulong seed) : ControlLoop(seed)
{
    public TimeSpan Late { get; set; }

    public List<string> Points { get; } = [];

    public override TimeSpan Now => world.Now;

    public override DateTimeOffset UtcNow => DateTimeOffset.UnixEpoch + world.Now;

    public override TimeSpan Lateness => Late;

    public override void Post(Action work) => world.At(world.Now, node, work);

    public override ControlTimer After(TimeSpan delay, Action work)
    {
        var timer = new Timer();
        world.At(world.Now + delay, node, () =>
        {
            if (!timer.Cancelled) work();
        });
        return timer;
    }

    public override void Reached(string point) => Points.Add(point);

    private sealed class Timer : ControlTimer
    {
        public bool Cancelled { get; private set; }

        public override void Cancel() => Cancelled = true;
    }
}

internal sealed class SmallMessenger(SmallWorld world, SmallNode node) : INodeMessenger
{
    private readonly Dictionary<Type, Action<UniqueAddress, IMessage>> _handlers = [];
    private readonly Dictionary<UniqueAddress, TimeSpan> _heard = [];

    public event Action<UniqueAddress, NodeHello>? PeerConnected;

    public event Action<UniqueAddress, SessionEnd>? PeerDisconnected;

    public UniqueAddress Self => node.Member.UniqueAddress;

    public NodeHello Hello { get; set; } = new("mesh", null, "", [], "1", 1, 1, 0);

    public int Sent { get; private set; }

    public void Handle<T>(Action<UniqueAddress, T> handler) where T : class, IMessage<T> =>
        _handlers[typeof(T)] = (from, message) => handler(from, (T)message);

    public bool Send(UniqueAddress to, IMessage message, Lane lane = Lane.Control)
    {
        Sent++;
        if (world.Nodes.FirstOrDefault(each => each.Member.UniqueAddress == to) is not { } receiver) return false;
        world.Carry(node, receiver, () => receiver.Messenger.Take(Self, message));
        return true;
    }

    public void Contact(Address to, IMessage message) => throw new NotSupportedException();

    public TimeSpan? SilentFor(UniqueAddress peer) => _heard.TryGetValue(peer, out TimeSpan at) ? world.Now - at : null;

    public void Forget(UniqueAddress peer) => _heard.Remove(peer);

    public void Take(UniqueAddress from, IMessage message)
    {
        _heard[from] = world.Now;
        if (_handlers.TryGetValue(message.GetType(), out Action<UniqueAddress, IMessage>? handler)) handler(from, message);
    }

    public void Disconnect(UniqueAddress peer, SessionEnd end)
    {
        _heard.Remove(peer);
        PeerDisconnected?.Invoke(peer, end);
    }

    public void Connect(UniqueAddress peer) => PeerConnected?.Invoke(peer, Hello);
}
