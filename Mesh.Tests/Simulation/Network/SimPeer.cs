using Google.Protobuf;
using Mesh.Actors;
using Mesh.Actors.Control;
using Mesh.Actors.Remoting;
using Mesh.Tests.Simulation.Nodes;

namespace Mesh.Tests.Simulation.Network;

/// <summary>Another process as one messenger knows it: its open sessions, and what waits until there is one.</summary>
internal sealed class SimPeer(SimProcess process, UniqueAddress node)
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QueueTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    private readonly List<SimSessionSide> _sides = [];
    private readonly Queue<Waiting> _waiting = new();
    private TimeSpan _backOff = FirstBackOff;
    private ControlTimer? _again;
    private bool _connecting;
    private bool _closed;

    public UniqueAddress Node => node;

    public IReadOnlyList<SimSessionSide> Sides => _sides;

    /// <summary>The session that it is sent over: the newest.</summary>
    public SimSessionSide? Primary => _sides.Count == 0 ? null : _sides[^1];

    public TimeSpan? LastHeard => _sides.Count switch
    {
        0 => null,
        1 => _sides[0].LastHeard,
        _ => _sides.Max(side => side.LastHeard),
    };

    public int Queued => _waiting.Count + _sides.Sum(side => side.InFlight);

    public bool Send(IMessage message, ushort kind, Lane lane, int size)
    {
        if (_waiting.Count + (Primary?.InFlight ?? 0) >= process.Machine.Network.Settings.QueueLimit) return false;
        if (Primary is { } open)
        {
            open.Send(message, kind, lane, size);
            return true;
        }

        DropOld();
        _waiting.Enqueue(new Waiting(message, kind, lane, size, process.Loop.Now));
        Connect();
        return true;
    }

    public void Add(SimSessionSide side)
    {
        _sides.Add(side);
        _backOff = FirstBackOff;
        // Both opened at once: one of the two closes the older, after what is on it has come.
        if (_sides.Count > 1 && process.Self.Uid < node.Uid) process.Loop.After(Linger, CloseOlder);
    }

    public void Flush()
    {
        DropOld();
        while (Primary is { } open && _waiting.TryDequeue(out Waiting next))
            open.Send(next.Message, next.Kind, next.Lane, next.Size);
    }

    /// <summary>True when it was the last.</summary>
    public bool Remove(SimSessionSide side) => _sides.Remove(side) && _sides.Count == 0;

    public void CloseAll(bool tell)
    {
        _closed = true;
        _again?.Cancel();
        foreach (SimSessionSide side in _sides)
        {
            if (tell) Tell(side);
            side.Close();
        }

        _sides.Clear();
        _waiting.Clear();
    }

    private static void Tell(SimSessionSide side)
    {
        SimSessionSide other = side.Other;
        SimNetwork network = side.Self.Machine.Network;
        if (network.IsOpen(side.Self.Machine, other.Self.Machine) && network.Link(side.Self.Machine, other.Self.Machine).Draw() is { } way)
            network.World.After(way, "close", () => other.Self.Messenger.Break(other, SessionEnd.Closed));
    }

    private void CloseOlder()
    {
        while (_sides.Count > 1)
        {
            Tell(_sides[0]);
            _sides[0].Close();
            _sides.RemoveAt(0);
        }
    }

    private void Connect()
    {
        if (_connecting || _again is not null || _closed) return;
        _connecting = true;
        new SimHandshake(process, node.Address, node, Ended).Start();
    }

    private void Ended(SimPeer? connected)
    {
        _connecting = false;
        if (_closed || Primary is not null) return;
        if (connected is not null)
        {
            // Another process answered: nothing that was meant for this one will reach it.
            _waiting.Clear();
            return;
        }

        TimeSpan wait = _backOff * (0.75 + (0.5 * process.Chance.NextDouble()));
        _backOff = _backOff * 2 < LongestBackOff ? _backOff * 2 : LongestBackOff;
        _again = process.Loop.After(wait, () =>
        {
            _again = null;
            DropOld();
            if (_waiting.Count > 0 && Primary is null) Connect();
        });
    }

    // Old news is worse than none.
    private void DropOld()
    {
        while (_waiting.TryPeek(out Waiting oldest) && process.Loop.Now - oldest.Since > QueueTime) _waiting.Dequeue();
    }

    private readonly record struct Waiting(IMessage Message, ushort Kind, Lane Lane, int Size, TimeSpan Since);
}
