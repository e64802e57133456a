using System.Collections.Immutable;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Membership.Detection.Protocol;
using Mesh.Actors.Remoting;

namespace Mesh.Actors.Membership.Detection;

/// <summary>
/// Watches the members that the overlay gives this node, doubts itself first, asks others to look, accuses, and takes it back. The shell: it
/// turns ticks and messages into evidence for <see cref="WatchedPeer"/>, and its actions into messages and rows.
/// </summary>
/// <remarks>
/// Only on the control loop. Everything that takes time ends on a tick, and each tick looks at this node first: a process that was stopped and
/// continues finds out that it stood still before it can believe that everybody else did.
/// </remarks>
internal sealed class FailureDetector
{
    private const string Source = "cluster/detector";

    /// <summary>How far pings and ticks are spread, so that nodes that start together do not ping together: shares to both sides.</summary>
    private const double PingSpread = 0.05, TickSpread = 0.1;

    private readonly NodeServices _node;
    private readonly DetectorSettings _settings;
    private readonly IMembership _membership;
    private readonly IReachabilityBook _book;
    private readonly ProbeHelper _helper;
    private readonly SelfHealth _health;
    private readonly DetectorMetrics _metrics;
    private readonly SortedDictionary<UniqueAddress, WatchedPeer> _peers = [];
    private ControlTimer? _timer;
    private TimeSpan _tickDue;
    private ulong _sequence;
    private ulong? _refuted;
    private long _seenVersion = -1;
    private ImmutableArray<Member> _seenMembers;
    private ImmutableArray<UniqueAddress> _seenUnreachable;

    public FailureDetector(NodeServices node, DetectorSettings settings, IMembership membership, IReachabilityBook book)
    {
        _node = node;
        _settings = settings;
        _membership = membership;
        _book = book;
        _helper = new ProbeHelper(node.Loop, node.Messenger, membership, settings);
        _health = new SelfHealth(settings.Recovery);
        _metrics = new DetectorMetrics(node.Metrics);
        node.Messenger.Handle<Ping>(OnPing);
        node.Messenger.Handle<Ack>(OnAck);
        node.Messenger.Handle<ProbeRequest>((from, request) => _helper.Help(from, request, ++_sequence));
        node.Messenger.Handle<ProbeAnswer>(OnProbeAnswer);
        node.Messenger.PeerDisconnected += OnDisconnected;
    }

    private TimeSpan Now => _node.Loop.Now;

    /// <summary>Begins to watch. Pings are answered from construction on.</summary>
    public void Start()
    {
        if (_timer is null) Schedule();
    }

    /// <summary>Watches nobody any more; what was said stays said.</summary>
    public void Stop()
    {
        _timer?.Cancel();
        _timer = null;
        _helper.Stop();
        _peers.Clear();
        _seenVersion = -1;
        _seenMembers = default;
    }

    /// <summary>The node found a fault in itself that pings do not show: the detector becomes slower to accuse for a while.</summary>
    public void Doubt() => _health.Note(Symptom.Reported, Now);

    public DetectorFacts Facts() => new(_health.Score, _health.Why,
    [
        .. _peers.Values.Select(peer => new PeerFacts(
            peer.Node, peer.Phase, peer.History.Phi(Now), Now - peer.History.LastHeartbeat, peer.RoundTrip)),
    ]);

    private void Schedule()
    {
        TimeSpan delay = Spread(_settings.Tick, TickSpread);
        _tickDue = Now + delay;
        _timer = _node.Loop.After(delay, OnTick);
    }

    private void OnTick()
    {
        TimeSpan now = Now;
        ExamineSelf(now);
        if (_membership.State.Version != _seenVersion) SeeMembers(now);
        foreach (WatchedPeer peer in _peers.Values)
        {
            if (now >= peer.NextPing) SendPing(peer, now);
            Act(peer, peer.Advance(MomentOf(peer, now)), now);
        }

        _metrics.Show(_peers.Count, _health.Score);
        Schedule();
    }

    private void ExamineSelf(TimeSpan now)
    {
        TimeSpan late = now - _tickDue;
        _health.Recover(now);
        if (late >= _settings.Paused)
        {
            _node.Loop.Reached("detector: a node that stood still doubted itself");
            _health.Note(Symptom.Paused, now);
            _metrics.Paused();
            Log(LogLevel.Warning, $"this process stood still for {late.TotalSeconds:f1} s; nobody is accused of that silence");
            foreach (WatchedPeer peer in _peers.Values) peer.Forgive(now);
        }
        else if (late >= _settings.LateTimer)
        {
            _health.Note(Symptom.LateTimer, now);
        }
        else if (_node.Loop.Lateness >= _settings.LateLoop)
        {
            _health.Note(Symptom.LateLoop, now);
        }
    }

    private void SeeMembers(TimeSpan now)
    {
        ClusterState state = _membership.State;
        _seenVersion = state.Version;
        foreach (ReachabilityRow row in state.Rows)
        {
            if (row.Subject == state.Self && row.Status != ReachabilityStatus.Reachable) OnAccused(row.SubjectIncarnation);
        }

        if (state.Members == _seenMembers && state.Unreachable == _seenUnreachable) return;
        (_seenMembers, _seenUnreachable) = (state.Members, state.Unreachable);
        bool takesPart = state.SelfMember is { } self && Overlay.TakesPart(self);
        ImmutableArray<UniqueAddress> wanted = takesPart ? Overlay.Monitored(state.Self, state.Members, state.Unreachable) : [];
        foreach (WatchedPeer peer in _peers.Values.ToArray())
        {
            // What was said of somebody must be taken back by the one who said it: such a peer is kept after the overlay gave it to others.
            bool owed = peer.AccusedIncarnation is not null && takesPart;
            bool gone = state.Find(peer.Node) is not { } member || !Overlay.TakesPart(member);
            if (gone || (!owed && wanted.BinarySearch(peer.Node) < 0)) _peers.Remove(peer.Node);
        }

        foreach (UniqueAddress node in wanted)
        {
            if (_peers.ContainsKey(node)) continue;
            TimeSpan interval = _settings.HeartbeatOf(state.Find(node)!);
            _peers[node] = new WatchedPeer(_settings, node, interval, now) { NextPing = now + interval * _node.Loop.Random.NextDouble() };
        }
    }

    private PeerMoment MomentOf(WatchedPeer peer, TimeSpan now)
    {
        ClusterState state = _membership.State;
        bool accused = peer.AccusedIncarnation is not null;
        int confirmations = 0;
        if (accused)
        {
            foreach (ReachabilityRow row in state.Rows)
            {
                if (row.Subject == peer.Node && row.Observer != state.Self && row.Status != ReachabilityStatus.Reachable) confirmations++;
            }
        }

        return new PeerMoment(
            now, _health.Score, _node.Messenger.SilentFor(peer.Node), peer.IncarnationIn(state),
            accused && !state.IsReachable(peer.Node), confirmations, state.Members.Length);
    }

    private void Act(WatchedPeer peer, PeerAction action, TimeSpan now)
    {
        switch (action)
        {
            case PeerAction.Probe:
                SendPing(peer, now);
                AskHelpers(peer, now);
                break;
            case PeerAction.ProbeAgain:
                _node.Loop.Reached("detector: helpers were silent and the node doubted itself");
                _health.Note(Symptom.MissingNacks, now);
                SendPing(peer, now);
                AskHelpers(peer, now);
                break;
            case PeerAction.Suspect:
                Say(peer, ReachabilityStatus.Suspect);
                SendPing(peer, now);
                break;
            case PeerAction.Insist:
                Say(peer, ReachabilityStatus.Unreachable);
                break;
            case PeerAction.Restore:
                if (_book.Of(peer.Node) == ReachabilityStatus.Suspect && _membership.State.IsReachable(peer.Node))
                    _node.Loop.Reached("detector: a suspicion was taken back before anybody agreed");
                Say(peer, ReachabilityStatus.Reachable);
                break;
        }
    }

    private void Say(WatchedPeer peer, ReachabilityStatus word)
    {
        _metrics.Said(word);
        Log(LogLevel.Info, word == ReachabilityStatus.Reachable ? $"{peer.Node} is reachable again" : $"{peer.Node} is {word}: {peer.History}");
        _book.Report(peer.Node, word);
    }

    private void SendPing(WatchedPeer peer, TimeSpan now)
    {
        var ping = new Ping { Sequence = ++_sequence };
        if (peer.AccusedIncarnation is { } accused) ping.AccusedIncarnation = accused;
        peer.LastPing = (ping.Sequence, now);
        peer.NextPing = now + Spread(peer.Interval, PingSpread) - _settings.Tick / 2;
        _node.Messenger.Send(peer.Node, ping);
    }

    /// <summary>
    /// Asks helpers that were heard a moment ago, at random, first among those who watch the subject too: they have a connection to it.
    /// </summary>
    private void AskHelpers(WatchedPeer peer, TimeSpan now)
    {
        ClusterState state = _membership.State;
        List<UniqueAddress> near = [.. Overlay.Observers(peer.Node, state.Members, state.Unreachable).Where(IsFresh)];
        List<UniqueAddress> others = [.. _peers.Keys.Where(node => node != peer.Node && !near.Contains(node) && IsFresh(node))];
        int wanted = _node.Loop.Chance("detector: one helper only") ? 1 : _settings.IndirectProbes;
        var request = new ProbeRequest
        {
            Sequence = ++_sequence,
            System = peer.Node.Address.System,
            Host = peer.Node.Address.Host ?? "",
            Port = (uint)(peer.Node.Address.Port ?? 0),
            Uid = peer.Node.Uid,
        };
        int asked = 0;
        while (asked < wanted && (near.Count > 0 || others.Count > 0))
        {
            List<UniqueAddress> from = near.Count > 0 ? near : others;
            int chosen = _node.Loop.Random.Next(from.Count);
            if (_node.Messenger.Send(from[chosen], request)) asked++;
            from.RemoveAt(chosen);
        }

        peer.Asked(request.Sequence, asked);

        bool IsFresh(UniqueAddress node) => node != state.Self
            && (_peers.TryGetValue(node, out WatchedPeer? known) ? known.IsFresh(now) : _node.Messenger.SilentFor(node) < _settings.RecentTraffic);
    }

    private void OnPing(UniqueAddress from, Ping ping)
    {
        if (ping.HasAccusedIncarnation) OnAccused(ping.AccusedIncarnation);
        _node.Messenger.Send(from, new Ack { Sequence = ping.Sequence });
    }

    private void OnAck(UniqueAddress from, Ack ack)
    {
        _helper.TryFinish(ack.Sequence);
        if (_peers.TryGetValue(from, out WatchedPeer? peer)) Act(peer, peer.OnAck(ack.Sequence, Now), Now);
    }

    private void OnProbeAnswer(UniqueAddress from, ProbeAnswer answer)
    {
        WatchedPeer? peer = _peers.Values.FirstOrDefault(each => each.ProbeSequence == answer.Sequence);
        if (peer is not null) Act(peer, peer.OnProbeAnswer(answer.Sequence, answer.Alive, Now), Now);
    }

    /// <summary>Nobody knows a later incarnation than we do ourselves: an accusation of one is not about us, and must not drive ours up.</summary>
    private void OnAccused(ulong incarnation)
    {
        if (_membership.State.SelfMember is not { } self || self.Incarnation != incarnation || incarnation == _refuted) return;
        _refuted = incarnation;
        _node.Loop.Reached("detector: a suspicion was refuted");
        _health.Note(Symptom.Accused, Now);
        _metrics.Refuted();
        _book.Refute(incarnation);
    }

    private void OnDisconnected(UniqueAddress node, SessionEnd end)
    {
        if (_timer is null || end is not (SessionEnd.Refused or SessionEnd.OtherUid)) return;
        if (_peers.TryGetValue(node, out WatchedPeer? peer)) Act(peer, peer.OnRefused(Now, _health.Score), Now);
    }

    private TimeSpan Spread(TimeSpan time, double share) => time * (1 - share + 2 * share * _node.Loop.Random.NextDouble());

    private void Log(LogLevel level, string message) => _node.Log(new LogEvent(level, Source, message));
}
