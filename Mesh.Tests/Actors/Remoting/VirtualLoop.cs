using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Actors.Remoting;

namespace Mesh.Tests.Actors.Remoting;

/// <summary>A control loop whose time moves only when told, in the test's thread.</summary>
internal sealed class VirtualLoop() : ControlLoop(5)
{
    private readonly PriorityQueue<Entry, (TimeSpan Due, long Order)> _due = new();
    private TimeSpan _now;
    private long _order;

    public override TimeSpan Now => _now;

    public override DateTimeOffset UtcNow => DateTimeOffset.UnixEpoch + _now;

    public override TimeSpan Lateness => TimeSpan.Zero;

    public override void Post(Action work) => After(TimeSpan.Zero, work);

    public override ControlTimer After(TimeSpan delay, Action work)
    {
        var entry = new Entry(work);
        lock (_due) _due.Enqueue(entry, (_now + delay, ++_order));
        return entry;
    }

    public void Run(double seconds)
    {
        TimeSpan end = _now + TimeSpan.FromSeconds(seconds);
        while (Next(end) is { } entry) entry.Run();
        _now = end;
    }

    private Entry? Next(TimeSpan end)
    {
        lock (_due)
        {
            if (!_due.TryPeek(out _, out (TimeSpan Due, long) next) || next.Due > end) return null;
            _now = next.Due > _now ? next.Due : _now;
            return _due.Dequeue();
        }
    }

    private sealed class Entry(Action work) : ControlTimer
    {
        private bool _isCancelled;

        public override void Cancel() => _isCancelled = true;

        public void Run()
        {
            if (!_isCancelled) work();
        }
    }
}

/// <summary>Notes what is sent; sessions are what the test says.</summary>
internal sealed class ScriptedMessenger(ulong uid) : INodeMessenger
{
    private readonly Dictionary<Type, Action<UniqueAddress, IMessage>> _handlers = [];
    private readonly HashSet<UniqueAddress> _connected = [];

    public event Action<UniqueAddress, NodeHello>? PeerConnected;

    public event Action<UniqueAddress, SessionEnd>? PeerDisconnected;

    public UniqueAddress Self { get; } = new(new Address("test", "10.0.0.1", 4150), uid);

    public NodeHello Hello { get; set; } = TestNode.PlainHello;

    public List<(UniqueAddress To, IMessage Message)> Sent { get; } = [];

    public void Handle<T>(Action<UniqueAddress, T> handler) where T : class, IMessage<T> =>
        _handlers.Add(typeof(T), (from, message) => handler(from, (T)message));

    public bool Send(UniqueAddress to, IMessage message, Lane lane = Lane.Control)
    {
        Sent.Add((to, message));
        return true;
    }

    public void Contact(Address to, IMessage message)
    {
    }

    public TimeSpan? SilentFor(UniqueAddress peer) => _connected.Contains(peer) ? TimeSpan.Zero : null;

    public void Forget(UniqueAddress peer)
    {
    }

    public void Connect(UniqueAddress peer)
    {
        _connected.Add(peer);
        PeerConnected?.Invoke(peer, Hello);
    }

    public void Disconnect(UniqueAddress peer, SessionEnd why = SessionEnd.Broken)
    {
        _connected.Remove(peer);
        PeerDisconnected?.Invoke(peer, why);
    }

    public void Deliver(UniqueAddress from, IMessage message) => _handlers[message.GetType()](from, message);
}
