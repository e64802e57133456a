using System.Collections.Immutable;

namespace Mesh.Actors.Membership.Detection;

/// <summary>How far the doubt about a peer has gone.</summary>
public enum PeerPhase
{
    Trusted,

    /// <summary>Silent for too long: it, and helpers on its behalf, were asked once more.</summary>
    Probing,

    /// <summary>Accused; it may refute, others may agree.</summary>
    Suspected,

    Unreachable,
}

/// <summary>What the detector must do about a peer.</summary>
internal enum PeerAction
{
    None,

    /// <summary>Ping it, and ask helpers to.</summary>
    Probe,

    /// <summary>Ask again, of other helpers: those asked did not say a word, which speaks against this node.</summary>
    ProbeAgain,

    /// <summary>Write the accusation and tell it.</summary>
    Suspect,

    /// <summary>Write that it is unreachable.</summary>
    Insist,

    /// <summary>Take the accusation back.</summary>
    Restore,
}

/// <summary>What the detector knows when it looks at a peer.</summary>
/// <param name="Now">The loop's time.</param>
/// <param name="Health">Its own doubt, 0 to 7.</param>
/// <param name="SilentFor">Since the last frame of any kind; null without a session.</param>
/// <param name="Incarnation">The peer's, as known now.</param>
/// <param name="Agreed">The cluster's rule calls it unreachable.</param>
/// <param name="Confirmations">Others that accuse it.</param>
/// <param name="Members">Of the whole cluster.</param>
internal readonly record struct PeerMoment(
    TimeSpan Now, int Health, TimeSpan? SilentFor, ulong Incarnation, bool Agreed, int Confirmations, int Members);

/// <summary>One peer under watch: trusted, probed, suspected, unreachable, and back. Pure: time and evidence come in, actions go out.</summary>
internal sealed class WatchedPeer
{
    /// <summary>Rounds of probes that may be repeated because helpers kept silent; then the peer is suspected all the same.</summary>
    internal const int MaxRepeats = 2;

    /// <summary>
    /// Other traffic excuses missing answers for so many time-outs, no longer: one that speaks and hears nothing is of no use to anybody.
    /// </summary>
    private const int TrafficExcuse = 3;

    /// <summary>Helpers are asked about one that is unreachable so many times less often than about a suspect.</summary>
    private const int UnreachableProbes = 5;

    private readonly DetectorSettings _settings;
    private TimeSpan _probeUntil;
    private TimeSpan _suspectedAt;
    private TimeSpan _nextProbe;
    private int _helpers;
    private int _nacks;
    private int _repeats;

    private ImmutableArray<Member> _listedIn;
    private Member? _listed;

    public WatchedPeer(DetectorSettings settings, UniqueAddress node, TimeSpan interval, TimeSpan now)
    {
        _settings = settings;
        Node = node;
        Interval = interval;
        History = new PhiAccrual(settings, interval, now);
    }

    public UniqueAddress Node { get; }

    public TimeSpan Interval { get; }

    public PhiAccrual History { get; }

    public PeerPhase Phase { get; private set; }

    /// <summary>What it is accused in; null while trusted.</summary>
    public ulong? AccusedIncarnation { get; private set; }

    public TimeSpan NextPing { get; set; }

    /// <summary>The newest ping's number and time: what a round trip is measured by.</summary>
    public (ulong Sequence, TimeSpan At) LastPing { get; set; }

    /// <summary>The newest round trip; null before the first.</summary>
    public TimeSpan? RoundTrip { get; private set; }

    /// <summary>The number of its probes under way: answers with another are of an older round.</summary>
    public ulong ProbeSequence { get; private set; }

    /// <summary>It was heard a moment ago: good enough to be asked for help.</summary>
    public bool IsFresh(TimeSpan now) => Phase == PeerPhase.Trusted && now - History.LastHeartbeat <= Interval * 2;

    /// <summary>The peer's incarnation as a view has it, 0 when it is not there. Looked up once for each member list, not on every tick.</summary>
    public ulong IncarnationIn(ClusterState state)
    {
        if (_listedIn != state.Members) (_listedIn, _listed) = (state.Members, state.Find(Node));
        return _listed?.Incarnation ?? 0;
    }

    public PeerAction Advance(in PeerMoment moment)
    {
        switch (Phase)
        {
            case PeerPhase.Trusted:
                TimeSpan silence = moment.Now - History.LastHeartbeat;
                TimeSpan timeout = History.Timeout * (1 + moment.Health);
                if (silence < timeout) return PeerAction.None;
                if (silence < timeout * TrafficExcuse && moment.SilentFor < _settings.RecentTraffic) return PeerAction.None;
                return BeginProbe(moment.Now, moment.Health);

            case PeerPhase.Probing:
                if (moment.Now < _probeUntil) return PeerAction.None;
                if (_nacks < _helpers && _repeats < MaxRepeats)
                {
                    _repeats++;
                    // The doubt that these missing answers cost is counted by the one who acts; the next round already has its time.
                    _probeUntil = moment.Now + _settings.ProbeTimeout * (2 + moment.Health);
                    return PeerAction.ProbeAgain;
                }

                Phase = PeerPhase.Suspected;
                AccusedIncarnation = moment.Incarnation;
                _suspectedAt = moment.Now;
                _nextProbe = moment.Now + _settings.SuspicionBase;
                return PeerAction.Suspect;

            default:
                return AdvanceAccused(moment);
        }
    }

    /// <summary>An answer of its own.</summary>
    public PeerAction OnAck(ulong sequence, TimeSpan now)
    {
        if (sequence == LastPing.Sequence) RoundTrip = now - LastPing.At;
        if (Phase is PeerPhase.Suspected or PeerPhase.Unreachable) History.Restart(now);
        else History.Heartbeat(now);
        return Trust();
    }

    /// <summary>A helper's answer. A yes proves that it lives, though not that our own way to it works.</summary>
    public PeerAction OnProbeAnswer(ulong sequence, bool alive, TimeSpan now)
    {
        if (sequence != ProbeSequence || Phase == PeerPhase.Trusted) return PeerAction.None;
        if (!alive)
        {
            _nacks++;
            return PeerAction.None;
        }

        History.Restart(now);
        return Trust();
    }

    /// <summary>Its address refuses connections: look at once instead of waiting for phi. Never final by itself.</summary>
    public PeerAction OnRefused(TimeSpan now, int health) => Phase == PeerPhase.Trusted ? BeginProbe(now, health) : PeerAction.None;

    /// <summary>Which probes are under way, and of how many helpers a word is owed.</summary>
    public void Asked(ulong sequence, int helpers)
    {
        ProbeSequence = sequence;
        _helpers = helpers;
        _nacks = 0;
    }

    /// <summary>This node stood still: the silence was its own. What was doubted is doubted from now on.</summary>
    public void Forgive(TimeSpan now)
    {
        History.Restart(now);
        if (Phase == PeerPhase.Probing) Phase = PeerPhase.Trusted;
        _suspectedAt = now;
        _nextProbe = now;
    }

    private PeerAction BeginProbe(TimeSpan now, int health)
    {
        Phase = PeerPhase.Probing;
        _repeats = 0;
        _probeUntil = now + _settings.ProbeTimeout * (1 + health);
        return PeerAction.Probe;
    }

    private PeerAction AdvanceAccused(in PeerMoment moment)
    {
        if (moment.Incarnation > AccusedIncarnation)
        {
            History.Restart(moment.Now);
            return Trust();
        }

        if (Phase == PeerPhase.Suspected
            && (moment.Agreed
                || moment.Now - _suspectedAt >= SuspicionTime.Of(_settings, moment.Members, moment.Confirmations, moment.Health)))
        {
            Phase = PeerPhase.Unreachable;
            return PeerAction.Insist;
        }

        if (moment.Now < _nextProbe) return PeerAction.None;
        _nextProbe = moment.Now + _settings.SuspicionBase * (Phase == PeerPhase.Suspected ? 1 : UnreachableProbes);
        return PeerAction.Probe;
    }

    private PeerAction Trust()
    {
        bool accused = Phase is PeerPhase.Suspected or PeerPhase.Unreachable;
        Phase = PeerPhase.Trusted;
        AccusedIncarnation = null;
        return accused ? PeerAction.Restore : PeerAction.None;
    }
}
