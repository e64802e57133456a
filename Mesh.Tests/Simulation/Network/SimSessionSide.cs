using Google.Protobuf;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;

namespace Mesh.Tests.Simulation.Network;

/// <summary>One process's side of a connection: what it sends, in order per lane, and what the network holds back for it.</summary>
/// <remarks>
/// Each lane is a queue, and each arrival is a token that takes its head: so nothing overtakes, however the tokens' times fall. Where the wire is cut
/// the token is stuck and tries again as TCP does, until the connection counts as broken.
/// </remarks>
internal sealed class SimSessionSide
{
    /// <summary>After that long a connection whose other side is gone is found out without anything being sent.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    private const int Lanes = 4;
    private const double LeastBandwidth = 8000;
    private static readonly TimeSpan LongestQueue = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(3.2);

    private readonly SimSession _session;
    private readonly Link _way;
    private readonly Link _wayBack;
    private readonly TimeSpan[] _lastArrival = new TimeSpan[Lanes];
    private readonly Queue<Packet>?[] _lanes = new Queue<Packet>?[Lanes];
    private readonly Token?[] _tokens = new Token?[Lanes];
    private readonly int[] _stuck = new int[Lanes];
    private TimeSpan _stuckSince;
    private TimeSpan _retry;
    private bool _isStuck;
    private bool _awaitsAnswer;

    public SimSessionSide(SimSession session, SimProcess self, SimProcess peer)
    {
        (_session, Self, Peer) = (session, self, peer);
        _way = self.Machine.Network.Link(self.Machine, peer.Machine);
        _wayBack = self.Machine.Network.Link(peer.Machine, self.Machine);
    }

    public SimProcess Self { get; }

    public SimProcess Peer { get; }

    public SimSessionSide Other => _session.Other(this);

    public bool IsOpen { get; private set; }

    /// <summary>World time of the last frame that was read.</summary>
    public TimeSpan LastHeard { get; set; }

    /// <summary>Messages on their way or held back.</summary>
    public int InFlight { get; private set; }

    private SimNetwork Network => Self.Machine.Network;

    private SimWorld World => Network.World;

    private bool IsWayOpen => Peer.Machine.IsOn && !_way.IsCut;

    private bool IsWayBackOpen => !_wayBack.IsCut;

    public void Open() => (IsOpen, LastHeard) = (true, World.Now);

    /// <summary>Closes this side. The other finds out at the latest when keep-alives are not answered.</summary>
    public void Close()
    {
        if (!IsOpen) return;
        IsOpen = false;
        if (Other.IsOpen) World.After(KeepAlive, "keep-alive", () => Other.Self.Messenger.Break(Other, SessionEnd.Broken));
        Array.Clear(_lanes);
        InFlight = 0;
    }

    /// <summary>Nothing that is sent from now on arrives before that.</summary>
    public void NotBefore(TimeSpan arrival) => Array.Fill(_lastArrival, arrival);

    public void Send(IMessage message, ushort kind, Lane lane, int size)
    {
        Network.Count(Self, Peer, kind, lane, size);
        WatchForAnswers();
        if (_way.Draw() is not { } way)
        {
            Network.Dropped++;
            return;
        }

        int index = (int)lane, connection = lane == Lane.Control ? 0 : 1;
        double bytesPerSecond = Math.Max(LeastBandwidth, Network.Settings.Bandwidth * _way.Share);
        TimeSpan written = Later(_way.FreeAt[connection], World.Now) + TimeSpan.FromSeconds(size / bytesPerSecond);
        if (written > World.Now + LongestQueue) written = World.Now + LongestQueue;
        _way.FreeAt[connection] = written;
        _lastArrival[index] = Later(written + way, _lastArrival[index]);
        (_lanes[index] ??= new Queue<Packet>()).Enqueue(new Packet(this, message, kind, lane, size, Network.Settings.Passing));
        InFlight++;
        World.At(_lastArrival[index], _tokens[index] ??= new Token(this, index));
    }

    /// <summary>The other process does not know this session, and its machine says so if that gets through.</summary>
    public void Refuse()
    {
        if (IsWayBackOpen && _wayBack.Draw() is { } way)
            World.After(way, "reset", () => Self.Messenger.Break(this, SessionEnd.Broken));
    }

    private void Arrive(int lane)
    {
        if (!IsOpen || _lanes[lane] is not { Count: > 0 } queue) return;
        if (_isStuck || !IsWayOpen)
        {
            _stuck[lane]++;
            if (!_isStuck) BeginRetries();
            return;
        }

        Packet packet = queue.Dequeue();
        InFlight--;
        if (Peer.IsAlive) Peer.Loop.Arrive(packet, World.Now.Ticks);
        else Refuse();
    }

    private void BeginRetries()
    {
        (_isStuck, _stuckSince, _retry) = (true, World.Now, FirstRetry);
        World.After(_retry, "retransmission", Retry);
    }

    private void Retry()
    {
        if (!IsOpen || !Self.IsAlive) return;
        if (IsWayOpen && IsWayBackOpen)
        {
            _isStuck = false;
            TimeSpan way = _way.Draw() ?? FirstRetry;
            for (int lane = 0; lane < Lanes; lane++)
            {
                for (; _stuck[lane] > 0; _stuck[lane]--) World.At(World.Now + way, _tokens[lane]!);
            }

            return;
        }

        if (World.Now - _stuckSince >= Network.Settings.UserTimeout)
        {
            Self.Messenger.Break(this, SessionEnd.Broken);
            return;
        }

        _retry = _retry * 2 < LongestRetry ? _retry * 2 : LongestRetry;
        World.After(_retry, "retransmission", Retry);
    }

    // What arrives but is never acknowledged breaks the connection too.
    private void WatchForAnswers()
    {
        if (_awaitsAnswer || IsWayBackOpen) return;
        _awaitsAnswer = true;
        World.After(Network.Settings.UserTimeout, "no acknowledgement", () =>
        {
            _awaitsAnswer = false;
            if (IsOpen && !IsWayBackOpen) Self.Messenger.Break(this, SessionEnd.Broken);
        });
    }

    private static TimeSpan Later(TimeSpan first, TimeSpan second) => first > second ? first : second;

    private sealed class Token(SimSessionSide side, int lane) : ISimEvent
    {
        public SimProcess? Owner => null;

        public bool IsCancelled => false;

        public ulong TraceCode => 6;

        public void Run() => side.Arrive(lane);

        public override string ToString() => $"arrival at {side.Peer} of what {side.Self} sent on {(Lane)lane}";
    }
}
