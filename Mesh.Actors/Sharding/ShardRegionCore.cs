using System.Collections.Immutable;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Sharding;

/// <summary>
/// A node's part in an entity type: finds who coordinates, reports to it, hosts what it is given (<see cref="ShardHost"/>) and brings mail to
/// where entities live (<see cref="MailRouter"/>).
/// </summary>
internal sealed class ShardRegionCore
{
    private readonly List<ShardEffect> _effects = [];
    private readonly ShardingSettings _settings;
    private readonly ShardHost _host;
    private readonly MailRouter _router;
    private readonly bool _hosts;
    private ClusterState _view;
    private ImmutableArray<UniqueAddress> _candidates = [];
    private TimeSpan _nextReport;
    private TimeSpan _heardAt;
    private TimeSpan? _askedAt;
    private TimeSpan _trustedUntil;
    private TimeSpan _now;
    private int _attempt;
    private bool _drained;

    public ShardRegionCore(
        UniqueAddress self, int numberOfShards, bool hosts, ShardingTypeOptions options, ShardingSettings settings, ClusterState view, TimeSpan now)
    {
        (_hosts, _settings, _view, _heardAt, _now) = (hosts, settings, view, now, now);
        NumberOfShards = numberOfShards;
        MailRouter? router = null;
        _host = new ShardHost(numberOfShards, hosts, options, settings, _effects)
        {
            Tell = TellCoordinator,
            Budget = shard => router![shard].Budget,
            Released = (shard, epoch, left) => router!.Released(shard, epoch, left),
        };
        _router = router = new MailRouter(numberOfShards, settings, _effects)
        {
            Host = _host,
            Self = self,
            IsUsable = node => _view.Find(node) is { Status: not MemberStatus.Down } && _view.IsReachable(node),
            Tell = TellCoordinator,
        };
        Look(view, now);
    }

    public int NumberOfShards { get; }

    /// <summary>The highest term heard of.</summary>
    public long Term { get; private set; }

    public UniqueAddress? Coordinator { get; private set; }

    public ShardHost Host => _host;

    public MailRouter Router => _router;

    /// <summary>Something is due within a tenth of a second.</summary>
    public bool IsBusy => _router.IsBusy || _host.IsBusy;

    /// <summary>
    /// How long no coordinator was heard; for a proxy, which hears of it only when it asks, since its first question without an answer.
    /// </summary>
    public TimeSpan Silence(TimeSpan now) => now - (_hosts ? _heardAt : _askedAt ?? now);

    /// <summary>Why entities here take nothing; null when they do.</summary>
    public string? Trouble(TimeSpan now)
    {
        TimeSpan silence = Silence(now);
        if (_host.Removed) return "this node is out of the cluster";
        if (_hosts && _host.IsGranted(now)) return null;
        if (silence < _settings.Grant + _settings.KillGrace) return null;
        return $"no coordinator answered for {silence.TotalSeconds:0} s: the journal that holds its lease is not available, or this node is cut off";
    }

    public ImmutableArray<ShardEffect> Handle(RegionInput input, TimeSpan now)
    {
        _effects.Clear();
        _now = now;
        switch (input)
        {
            case RegionInput.Route route: _router.Route(route.Mail, Trouble(now) is not null, now); break;
            case RegionInput.Arrived arrived: _router.Arrived(arrived.From, arrived.Epoch, arrived.Mail, now); break;
            case RegionInput.Returned back: _router.Returned(back.From, back.Epoch, back.Over, back.Mail, now); break;
            case RegionInput.Signal signal: OnSignal(signal.From, signal.Word, now); break;
            case RegionInput.Grant grant: OnGrant(grant.From, grant.Answer, now); break;
            case RegionInput.View view: Look(view.State, now); break;
            case RegionInput.PeerGone gone: _router.PeerGone(gone.Node, forGood: false, now); break;
            case RegionInput.Drain: OnDrain(now); break;
            case RegionInput.Removed: _host.Remove(now); break;
            case RegionInput.Tick: break;
            default: OnHosted(input, now); break;
        }

        // What only concerns one entity makes nothing else due: were time to advance with it, every message would look at every entity.
        if (!ConcernsOneEntity(input)) Advance(now);
        return [.. _effects];
    }

    private void OnHosted(RegionInput input, TimeSpan now)
    {
        switch (input)
        {
            case RegionInput.Claimed claim when _host.Find(claim.Shard, claim.Epoch) is { } hosted:
                _host.Claimed(hosted, claim.Granted, claim.Found, now);
                _router.Flush(_router[claim.Shard], now);
                break;
            case RegionInput.Loaded loaded when _host.Find(loaded.Shard, loaded.Epoch) is { } hosted:
                _host.Loaded(hosted, loaded.EntityIds, now);
                _router.Flush(_router[loaded.Shard], now);
                break;
            case RegionInput.Remembered remembered when _host.Find(remembered.Shard, remembered.Epoch) is { } hosted:
                hosted.Entities.Remembered(remembered.Written, now);
                break;
            case RegionInput.Fenced fenced when _host.Find(fenced.Shard, fenced.Epoch) is { } hosted:
                _host.Fenced(hosted, now);
                break;
            case RegionInput.Passivate passivate when _host.Find(passivate.Shard, passivate.Epoch) is { Phase: ShardPhase.Active } hosted:
                hosted.Entities.Passivate(passivate.EntityId, passivate.StopMessage);
                break;
            case RegionInput.EntityGone gone when _host.Find(gone.Shard, gone.Epoch) is { } hosted:
                _host.Gone(hosted, gone.EntityId, now);
                break;
        }
    }

    private void OnSignal(UniqueAddress from, ShardSignal word, TimeSpan now)
    {
        if (word.Shard < 0 || word.Shard >= NumberOfShards) return;
        if (word.Verb == ShardVerb.Barrier) _router.Barrier(from, word.Shard, word.Epoch);
        else if (word.Verb == ShardVerb.BarrierDone) _router.BarrierDone(from, word.Shard, word.Epoch, now);
        else if (word.Verb == ShardVerb.CoordinatorIs) OnNews(word, now);
        else if (IsCoordinators(word.Verb) && Accept(from, word.Term, now)) OnOrder(from, word, now);
    }

    private void OnOrder(UniqueAddress from, ShardSignal word, TimeSpan now)
    {
        switch (word.Verb)
        {
            case ShardVerb.ShardHome when word.Owner is { } owner: _router.Home(word.Shard, word.Epoch, owner, now); break;
            case ShardVerb.HostShard: _host.Host(word.Shard, word.Epoch, now); break;
            case ShardVerb.BeginHandOff: _router.BeginHandOff(word.Shard, word.Epoch, now); break;
            case ShardVerb.HandOff: _host.HandOff(word.Shard, word.Epoch, now); break;
            case ShardVerb.AskRegionState when _hosts: _nextReport = now; break;
            case ShardVerb.AskRegionState: _effects.Add(new ShardEffect.Report(from, _host.Report(Term, now))); break;
        }
    }

    private void OnGrant(UniqueAddress from, RegionGrant grant, TimeSpan now)
    {
        if (!Accept(from, grant.Term, now)) return;
        bool before = _host.IsGranted(now);
        _host.Granted(grant, now);
        if (before || !_host.IsGranted(now)) return;
        foreach (HostedShard hosted in _host.Shards.ToArray()) _router.Flush(_router[hosted.Shard], now);
    }

    /// <summary>Somebody who does not coordinate names who does.</summary>
    private void OnNews(ShardSignal word, TimeSpan now)
    {
        if (word.Owner is not { } coordinator || word.Term < Term || Coordinator == coordinator && now < _trustedUntil) return;
        (Term, Coordinator, _trustedUntil) = (word.Term, coordinator, now + (_settings.Report * 2));
        _nextReport = now;
    }

    /// <summary>Whether a coordinator's word counts; a lower term is told that there is a higher one.</summary>
    private bool Accept(UniqueAddress from, long term, TimeSpan now)
    {
        if (term < Term)
        {
            _effects.Add(new ShardEffect.Reached("a former coordinator was refused"));
            _effects.Add(new ShardEffect.Signal(from, new ShardSignal(ShardVerb.StaleTerm, Term)));
            return false;
        }

        (Term, Coordinator, _heardAt, _askedAt, _trustedUntil) = (term, from, now, null, now + (_settings.Report * 2));
        return true;
    }

    private void Look(ClusterState view, TimeSpan now)
    {
        ClusterState before = _view;
        _view = view;
        _candidates = [.. ShardingView.Candidates(view).Select(member => member.UniqueAddress)];
        foreach (Member member in before.Members)
        {
            bool gone = view.Find(member.UniqueAddress) is not { Status: not MemberStatus.Down };
            if (gone) _router.PeerGone(member.UniqueAddress, forGood: true, now);
            if (gone && Coordinator == member.UniqueAddress) Coordinator = null;
        }

        if (_host.Draining && IsAlone) _host.Drain(now, alone: true);
    }

    /// <summary>No other core node is there that could host: those that leave take nothing, and of those that are not seen nobody knows.</summary>
    private bool IsAlone => _candidates.All(candidate => candidate == _view.Self);

    private void OnDrain(TimeSpan now)
    {
        _host.Drain(now, IsAlone);
        _nextReport = now;
    }

    private void Advance(TimeSpan now)
    {
        _host.Tick(now);
        _router.Tick(now);
        if (_host.Draining && _host.IsEmpty && !_drained)
        {
            _drained = true;
            _nextReport = now;
            _effects.Add(new ShardEffect.Drained());
        }

        if (now < _nextReport || !_hosts || Target() is not { } target) return;
        _nextReport = now + _settings.Report;
        _effects.Add(new ShardEffect.Report(target, _host.Report(Term, now)));
    }

    /// <summary>The coordinator, or whoever may be it or know it when that one has been silent.</summary>
    private UniqueAddress? Target()
    {
        if (Coordinator is { } known && _now < _trustedUntil) return known;
        int places = _candidates.Length + (Coordinator is null ? 0 : 1);
        if (places == 0) return null;
        int turn = _attempt++ % places;
        return turn < _candidates.Length ? _candidates[turn] : Coordinator;
    }

    private void TellCoordinator(ShardSignal word)
    {
        if (word.Verb == ShardVerb.GetShardHome) _askedAt ??= _now;
        if (Target() is { } target) _effects.Add(new ShardEffect.Signal(target, word with { Term = Term }));
    }

    private static bool ConcernsOneEntity(RegionInput input) => input is RegionInput.Route or RegionInput.Arrived or RegionInput.Returned
        or RegionInput.Passivate or RegionInput.EntityGone or RegionInput.Remembered;

    private static bool IsCoordinators(ShardVerb verb) =>
        verb is ShardVerb.ShardHome or ShardVerb.HostShard or ShardVerb.BeginHandOff or ShardVerb.HandOff or ShardVerb.AskRegionState;
}
