using Google.Protobuf;
using Mesh.Actors.Events;
using Mesh.Actors.Remoting.Frames;
using Mesh.Actors.Remoting.Protocol;
using Mesh.Wire.Loops;

namespace Mesh.Actors.Remoting.Sessions;

/// <summary>
/// Every known process, its session, and the dials under way. Each process has at most one session, each address at most one dial.
/// </summary>
/// <remarks>
/// Both sides may dial at once. The side with the lower uid then keeps its own dial once its hello is out, and refuses the other's; the
/// side with the higher uid takes what comes and cancels its own. So one session comes about, and none is opened to be closed.
/// </remarks>
internal sealed class SessionTable(SessionContext context, ISessionEvents events)
{
    /// <summary>Addresses that were dialled under another name than the node's own.</summary>
    public const int MaxAliases = 1024;

    private static readonly TimeSpan s_forgetIdlePeer = TimeSpan.FromMinutes(10);

    private readonly Dictionary<ulong, Peer> _peers = [];
    private readonly Dictionary<Address, Peer> _byAddress = [];
    private readonly Dictionary<Address, Dial> _dials = [];
    private readonly DialComplaints _complaints = new(context);
    private bool _isClosed;

    public int Peers => _peers.Count;

    public DataConnections Data => field ??= new DataConnections(context, this);

    public bool HasSession(UniqueAddress node, ulong session) => Find(node) is { Control: not null } peer && peer.Session == session;

    /// <summary>
    /// Whether a hello from outside comes too late: our own was first, and is about to be the session, or has just become it (the other side
    /// sent its hello before it took ours).
    /// </summary>
    public bool PrefersOwnDial(UniqueAddress node, bool data)
    {
        if (!HandshakeRules.OwnDialWins(context.Self, node)) return false;
        Peer? peer = Find(node);
        TimeSpan young = context.Now - context.Settings.HandshakeTimeout;
        if (data) return peer?.DataDial is { HasGreeted: true } || (peer is { Data: not null, DataDialledHere: true } && peer.DataSince > young);
        return _dials.GetValueOrDefault(node.Address) is { HasGreeted: true }
            || (peer is { Control: not null, DialledHere: true } && peer.Since > young);
    }

    public Peer? Find(UniqueAddress node) => _peers.GetValueOrDefault(node.Uid);

    /// <summary>Whether a known process's uid greets from another address: a uid is made once, so one of the two is not who it says.</summary>
    public bool IsImpostor(UniqueAddress node) => Find(node)?.GreetedAs is { } known && known != node.Address;

    /// <summary>Whoever has a session at that address.</summary>
    public Peer? FindConnected(Address address) => _byAddress.GetValueOrDefault(address) is { Control: not null } peer ? peer : null;

    /// <summary>Null: there are too many.</summary>
    public Peer? GetOrAdd(UniqueAddress node)
    {
        if (_peers.TryGetValue(node.Uid, out Peer? peer)) return peer;
        if (_peers.Count >= context.Settings.MaxPeers) return null;
        _peers.Add(node.Uid, peer = new Peer(context, this, node));
        return peer;
    }

    /// <summary>Something waits for the peer: sees to it that it goes.</summary>
    public void Want(Peer peer)
    {
        if (_isClosed) return;
        if (peer.Control is { } control)
        {
            if (peer.HasControlWaiting) control.Pump();
            if (!peer.HasDataWaiting) return;
            if (peer.Data is { } data) data.Pump();
            else if (peer.DataDial is null && MayDial(peer)) (peer.DataDial = new Dial(context, this, peer.Node.Address, peer)).Start();
            return;
        }

        if (!MayDial(peer)) return;
        Dial dial = DialOf(peer.Node.Address, out bool isNew);
        if (!dial.Waiting.Contains(peer)) dial.Waiting.Add(peer);
        if (isNew) dial.Start();
    }

    /// <summary>Asks whoever listens at an address.</summary>
    public void Contact(Address address, IMessage message)
    {
        if (_isClosed) return;
        Dial dial = DialOf(address, out bool isNew);
        if (dial.Contacts.Count < Dial.MaxContacts) dial.Contacts.Add(message);
        else context.Counters.Drop(DropReason.QueueFull);
        if (isNew) dial.Start();
    }

    public void OnDialled(Dial dial, Connection connection, UniqueAddress node, NodeHello hello, ulong session)
    {
        _dials.Remove(dial.Address);
        Peer? peer = Open(connection, node, hello, session, dialledHere: true);
        foreach (Peer other in dial.Waiting.Where(other => other != peer)) Lose(other, SessionEnd.OtherUid, DropReason.OtherUid, TimeSpan.MaxValue);
        if (peer is null) return;
        if (_byAddress.Count < MaxAliases || _byAddress.ContainsKey(dial.Address)) _byAddress[dial.Address] = peer;
        Hand(dial, peer);
    }

    public void OnAccepted(Connection connection, UniqueAddress node, NodeHello hello, ulong session)
    {
        _dials.Remove(node.Address, out Dial? own);
        own?.Cancel();
        Peer? peer = Open(connection, node, hello, session, dialledHere: false);
        if (own is null) return;
        if (peer is not null) Hand(own, peer);
        foreach (Peer other in own.Waiting.Where(other => other != peer)) Want(other);
    }

    /// <summary>The other side keeps its own connection: it must be here soon, and then takes over what waits.</summary>
    public void OnDuplicate(Dial dial, Peer? dataFor)
    {
        if (dataFor is not null)
        {
            OnDialFailed(dial, dataFor, null, "dialled at the same time");
            return;
        }

        context.Control.After(context.Settings.HandshakeTimeout, () =>
        {
            if (_dials.GetValueOrDefault(dial.Address) == dial) OnDialFailed(dial, null, SessionEnd.TimedOut, "its own connection did not come");
        });
    }

    /// <summary>One who dialled this node may have no session with it.</summary>
    public void OnRefused(Address address, SessionEnd why, string detail) => _complaints.Refused(address, why, detail);

    /// <summary>A dial came to nothing; without a reason nobody is to blame.</summary>
    public void OnDialFailed(Dial dial, Peer? dataFor, SessionEnd? why, string detail)
    {
        if (why is { } reason) _complaints.Failed(dial.Address, reason, detail);
        if (dataFor is not null)
        {
            if (dataFor.DataDial == dial) dataFor.DataDial = null;
            if (dataFor.Data is null) EndIfLossy(dataFor, Lose(dataFor, null, DropReason.Unreachable, context.Now - context.Settings.QueueTime));
            return;
        }

        if (_dials.GetValueOrDefault(dial.Address) == dial) _dials.Remove(dial.Address);
        context.Counters.Drop(why is null ? DropReason.Myself : DropReason.Unreachable, dial.Contacts.Count);
        foreach (Peer peer in dial.Waiting.Where(peer => peer.Control is null))
        {
            if (why != SessionEnd.OtherUid) Lose(peer, why, DropReason.Unreachable, context.Now - context.Settings.QueueTime);
            else if (peer.Node.Uid == dial.Expected) Lose(peer, why, DropReason.OtherUid, TimeSpan.MaxValue);
            else Want(peer);
        }
    }

    /// <summary>A connection of a session ended by itself: then so does the session. One that was let go does no harm.</summary>
    public void OnEnded(Peer peer, Connection connection, SessionEnd why, string detail)
    {
        if (connection == peer.Control || connection == peer.Data) EndSession(peer, why, detail);
    }

    public void EndSession(Peer peer, SessionEnd why, string detail)
    {
        (Connection? control, Connection? data, Dial? dial) = (peer.Control, peer.Data, peer.DataDial);
        (peer.Control, peer.Data, peer.DataDial) = (null, null, null);
        dial?.Cancel();
        control?.End(why, detail);
        data?.End(why, detail);
        if (control is null) return;
        foreach (LaneQueue queue in peer.Queues) queue.Restart();
        context.Counters.SessionEnded(why);
        context.Log(why is SessionEnd.Closed ? LogLevel.Info : LogLevel.Warning, $"the session with {peer.Node} ended: {why}: {detail}");
        if (context.Now - peer.Since >= context.Settings.MaxBackoff) peer.Failures = 0;
        Lose(peer, why, DropReason.Unreachable, context.Now - context.Settings.QueueTime);
    }

    /// <summary>Ends everything with a process and forgets what waited for it.</summary>
    public void Forget(UniqueAddress node)
    {
        if (Find(node) is not { } peer) return;
        foreach (LaneQueue queue in peer.Queues) context.Counters.Drop(DropReason.Forgotten, queue.Clear());
        if (peer.Control is { } control)
        {
            control.SendNow(RemotingKinds.Refusal, new Refusal { Reason = RefusalReason.RefusalForgotten, Detail = "removed from the cluster" });
            EndSession(peer, SessionEnd.Forgotten, "removed from the cluster");
        }

        Remove(peer);
    }

    /// <summary>The node stops: what waits leaves as far as the system takes it now, then all ends, and nothing is opened any more.</summary>
    public void CloseAll()
    {
        _isClosed = true;
        foreach (Dial dial in _dials.Values.ToArray()) dial.Cancel();
        _dials.Clear();
        foreach (Peer peer in _peers.Values.ToArray())
        {
            peer.Control?.WriteNow();
            peer.Data?.WriteNow();
            foreach (LaneQueue queue in peer.Queues) queue.Clear();
            EndSession(peer, SessionEnd.Closed, "this node stops");
            Remove(peer);
        }
    }

    public void OnRetryDue(Peer peer)
    {
        EndIfLossy(peer, DropOld(peer, DropReason.Unreachable, context.Now - context.Settings.QueueTime));
        if (peer.HasWaiting) Want(peer);
        else if (peer.Control is null) Remove(peer);
    }

    public void Deliver(UniqueAddress node, in InboundMessage message) => events.OnMessage(node, message);

    private Peer? Open(Connection connection, UniqueAddress node, NodeHello hello, ulong session, bool dialledHere)
    {
        if (GetOrAdd(node) is not { } peer)
        {
            context.Counters.Drop(DropReason.TooManyPeers);
            connection.End(SessionEnd.Closed, "too many peers");
            return null;
        }

        // Who greets again has no session any more, even if ours looks well: its end was half open.
        if (peer.Control is not null) EndSession(peer, SessionEnd.Broken, "the peer began a new session");
        peer.Cancel();
        peer.NextAttempt = TimeSpan.Zero;
        peer.Control = connection;
        peer.GreetedAs = node.Address;
        peer.Session = session;
        peer.DialledHere = dialledHere;
        peer.Since = context.Now;
        peer.ToldEnd = null;
        peer.Heard();
        if (FindConnected(node.Address) is null) _byAddress[node.Address] = peer;
        connection.Owner = peer;
        connection.Trust(Lane.Control);
        context.Counters.SessionOpened();
        context.Log(LogLevel.Info, $"a session with {node} is open");
        events.OnConnected(node, hello);
        if (peer.Control == connection) Want(peer);
        return peer;
    }

    private Dial DialOf(Address address, out bool isNew)
    {
        isNew = !_dials.TryGetValue(address, out Dial? dial);
        return isNew ? _dials[address] = new Dial(context, this, address, dataFor: null) : dial!;
    }

    private void Hand(Dial dial, Peer peer)
    {
        foreach (IMessage message in dial.Contacts) events.OnContactReached(peer.Node, message);
    }

    private int Lose(Peer peer, SessionEnd? why, DropReason drop, TimeSpan olderThan)
    {
        int dropped = DropOld(peer, drop, olderThan);
        TimeSpan delay = ReconnectBackoff.Delay(peer.Failures, context.Settings.MinBackoff, context.Settings.MaxBackoff, ref context.Control.Random);
        peer.Failures++;
        peer.NextAttempt = context.Now + delay;
        peer.Set(context.Loop, LoopTimer.In(SessionContext.Ns(peer.HasWaiting ? delay : s_forgetIdlePeer)));
        if (why is not { } reason || peer.ToldEnd == reason) return dropped;
        peer.ToldEnd = reason;
        events.OnDisconnected(peer.Node, reason);
        return dropped;
    }

    private bool MayDial(Peer peer)
    {
        TimeSpan wait = peer.NextAttempt - context.Now;
        if (wait <= TimeSpan.Zero) return true;
        peer.Set(context.Loop, LoopTimer.In(SessionContext.Ns(wait)));
        return false;
    }

    private int DropOld(Peer peer, DropReason reason, TimeSpan olderThan)
    {
        int dropped = 0;
        foreach (LaneQueue queue in peer.Queues) dropped += queue.DropOlder(olderThan);
        context.Counters.Drop(reason, dropped);
        return dropped;
    }

    /// <summary>What is lost inside a session would be lost for good: only a new session makes both sides say again what must not be.</summary>
    private void EndIfLossy(Peer peer, int dropped)
    {
        if (dropped > 0 && peer.Control is not null) EndSession(peer, SessionEnd.Broken, "its data connection cannot be opened");
    }

    private void Remove(Peer peer)
    {
        peer.Remove(context.Loop);
        _dials.GetValueOrDefault(peer.Node.Address)?.Waiting.Remove(peer);
        if (Find(peer.Node) == peer) _peers.Remove(peer.Node.Uid);
        foreach (Address address in _byAddress.Where(entry => entry.Value == peer).Select(entry => entry.Key).ToArray()) _byAddress.Remove(address);
    }
}
