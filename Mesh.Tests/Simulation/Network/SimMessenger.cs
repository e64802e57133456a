using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Network;

/// <summary>A process's messenger over the simulated network: the same promises as the real one, and no more luck than them.</summary>
internal sealed class SimMessenger(SimProcess process, NodeHello hello) : INodeMessenger
{
    /// <summary>Bytes of a frame around its message.</summary>
    private const int FrameBytes = 12;

    private static readonly int[] Caps = [64 << 10, 256 << 10, 1 << 20, 4 << 20];

    private readonly Dictionary<Type, Action<UniqueAddress, IMessage>> _handlers = [];
    private readonly Dictionary<ulong, SimPeer> _peers = [];
    private readonly HashSet<ulong> _forgotten = [];

    public event Action<UniqueAddress, NodeHello>? PeerConnected;

    public event Action<UniqueAddress, SessionEnd>? PeerDisconnected;

    public UniqueAddress Self => process.Self;

    public NodeHello Hello { get; set; } = hello;

    /// <summary>In order of uid.</summary>
    public IEnumerable<SimPeer> Peers => _peers.Values.OrderBy(peer => peer.Node.Uid);

    private SimNetwork Network => process.Machine.Network;

    private SimWorld World => Network.World;

    public void Handle<T>(Action<UniqueAddress, T> handler) where T : class, IMessage<T> =>
        _handlers.Add(typeof(T), (from, message) => handler(from, (T)message));

    public bool Send(UniqueAddress to, IMessage message, Lane lane = Lane.Control)
    {
        World.AssertThread();
        int size = Measure(message, lane);
        ushort kind = Network.Catalog.NumberOf(message);
        if (_forgotten.Contains(to.Uid)) return false;
        if (to.Uid == Self.Uid)
        {
            process.Loop.Post(() => Dispatch(Self, message));
            return true;
        }

        return Peer(to).Send(message, kind, lane, size);
    }

    public void Contact(Address to, IMessage message)
    {
        World.AssertThread();
        int size = Measure(message, Lane.Control);
        ushort kind = Network.Catalog.NumberOf(message);
        if (to == Self.Address) return;
        SimPeer? known = _peers.Values.FirstOrDefault(peer => peer.Primary is not null && peer.Node.Address == to);
        if (known is not null) known.Send(message, kind, Lane.Control, size);
        else new SimHandshake(process, to, null, connected => connected?.Send(message, kind, Lane.Control, size)).Start();
    }

    public TimeSpan? SilentFor(UniqueAddress peer) =>
        _peers.TryGetValue(peer.Uid, out SimPeer? known) && known.LastHeard is { } heard ? process.Loop.Local(World.Now - heard) : null;

    public void Forget(UniqueAddress peer)
    {
        _forgotten.Add(peer.Uid);
        if (!_peers.Remove(peer.Uid, out SimPeer? known)) return;
        bool was = known.Primary is not null;
        known.CloseAll(tell: true);
        if (was) process.Loop.Post(() => PeerDisconnected?.Invoke(peer, SessionEnd.Forgotten));
    }

    public bool HasForgotten(UniqueAddress peer) => _forgotten.Contains(peer.Uid);

    /// <summary>A frame was read. On a session that this side does not know it is answered by a reset.</summary>
    public void Read(Packet packet, SimSessionSide from)
    {
        SimSessionSide mine = from.Other;
        if (!mine.IsOpen)
        {
            from.Refuse();
            return;
        }

        mine.LastHeard = World.Now;
        Dispatch(from.Self.Self, packet.Open(Network));
    }

    /// <summary>A session is open on this side.</summary>
    public void Opened(SimSessionSide side, NodeHello hello)
    {
        side.Open();
        Peer(side.Peer.Self).Add(side);
        PeerConnected?.Invoke(side.Peer.Self, hello);
        if (_peers.TryGetValue(side.Peer.Self.Uid, out SimPeer? peer)) peer.Flush();
    }

    /// <summary>A session ended under this side; the process hears of it in a turn of its own.</summary>
    public void Break(SimSessionSide side, SessionEnd why)
    {
        if (!side.IsOpen || !process.IsAlive) return;
        process.Loop.Post(() =>
        {
            if (!side.IsOpen) return;
            side.Close();
            if (_peers.TryGetValue(side.Peer.Self.Uid, out SimPeer? peer) && peer.Remove(side)) Disconnected(side.Peer.Self, why);
        });
    }

    public void Disconnected(UniqueAddress peer, SessionEnd why) => PeerDisconnected?.Invoke(peer, why);

    /// <summary>The process is gone: what its machine says to those who were connected.</summary>
    public void Die(bool machineSpeaks, SessionEnd why)
    {
        foreach (SimPeer peer in Peers)
        {
            foreach (SimSessionSide side in peer.Sides)
            {
                SimSessionSide other = side.Other;
                if (machineSpeaks && Network.IsOpen(process.Machine, other.Self.Machine)
                    && Network.Link(process.Machine, other.Self.Machine).Draw() is { } way)
                {
                    World.After(way, "end of stream", () => other.Self.Messenger.Break(other, why));
                }
            }

            peer.CloseAll(tell: false);
        }
    }

    public SimPeer? FindPeer(UniqueAddress node) => _peers.GetValueOrDefault(node.Uid);

    private SimPeer Peer(UniqueAddress node)
    {
        if (!_peers.TryGetValue(node.Uid, out SimPeer? peer)) _peers[node.Uid] = peer = new SimPeer(process, node);
        return peer;
    }

    private void Dispatch(UniqueAddress from, IMessage message)
    {
        if (_forgotten.Contains(from.Uid)) return;
        if (_handlers.TryGetValue(message.GetType(), out Action<UniqueAddress, IMessage>? handler)) handler(from, message);
    }

    private int Measure(IMessage message, Lane lane)
    {
        int size = message.CalculateSize() + FrameBytes;
        World.Assert(size <= Caps[(int)lane], "M7", () => $"{process} sends {message.GetType().Name} of {size} bytes on {lane}");
        return size;
    }
}
