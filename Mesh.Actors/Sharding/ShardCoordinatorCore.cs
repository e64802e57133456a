using System.Collections.Immutable;
using Mesh.Actors.Membership;

namespace Mesh.Actors.Sharding;

/// <summary>
/// The one that places shards, for one term of the lease. It stores nothing: what runs where it learns from the regions, and which shard goes to
/// which epoch it decides; the journal's claims hold it to that.
/// </summary>
/// <remarks>
/// Think of a cloakroom whose attendant changes: the new one asks every guest for their ticket before he hands out a hook that seems free. Who
/// does not answer keeps all hooks that nobody else names, until he has surely gone home: his grant is over and the membership (or a long
/// silence) says so.
/// </remarks>
internal sealed class ShardCoordinatorCore
{
    private readonly List<ShardEffect> _effects = [];
    private readonly ShardingSettings _settings;
    private readonly CoordinatorShard[] _shards;
    private readonly CoordinatorRegions _regions;
    private readonly ShardPlacement _placement;
    private readonly SortedSet<UniqueAddress> _misfits = [];
    private TimeSpan _deadline;
    private long _counter;
    private bool _over;

    /// <param name="term">Of the lease.</param>
    /// <param name="counter">How many epochs of the term were given out before: not 0 when this node lost and regained it.</param>
    /// <param name="deadline">Of the lease.</param>
    /// <param name="numberOfShards">Of the type.</param>
    /// <param name="settings">Times.</param>
    /// <param name="view">The cluster.</param>
    /// <param name="lost">Nodes that were removed a short while ago and not in order: grants of theirs may run.</param>
    /// <param name="now">When the store gave the lease: every grant of an earlier term is over.</param>
    public ShardCoordinatorCore(
        long term, long counter, TimeSpan deadline, int numberOfShards, ShardingSettings settings, ClusterState view,
        IEnumerable<UniqueAddress> lost, TimeSpan now)
    {
        (Term, _counter, _deadline, _settings) = (term, counter, deadline, settings);
        _shards = [.. Enumerable.Range(0, numberOfShards).Select(number => new CoordinatorShard(number))];
        _regions = new CoordinatorRegions(settings, view, lost, now);
        _placement = new ShardPlacement(settings, _shards, _regions, now);
    }

    public long Term { get; }

    /// <summary>Epochs given out in this term.</summary>
    public long Counter => _counter;

    public IReadOnlyList<CoordinatorShard> Shards => _shards;

    /// <summary>All regions that may have shards have spoken, or are surely gone.</summary>
    public bool IsSettled => _regions.Unheard == 0;

    public ImmutableArray<ShardEffect> Handle(CoordinatorInput input, TimeSpan now)
    {
        _effects.Clear();
        if (input is CoordinatorInput.Lease lease) _deadline = lease.Deadline;
        if (!_over && now >= _deadline) Depose(0);
        if (_over) return [.. _effects];
        switch (input)
        {
            case CoordinatorInput.View view: _regions.Update(view.State, now); break;
            case CoordinatorInput.Report report: OnReport(report.From, report.State, now); break;
            case CoordinatorInput.Signal signal: OnSignal(signal.From, signal.Word, now); break;
            case CoordinatorInput.Rebalance rebalance: _placement.Order(rebalance.Mode); break;
            case CoordinatorInput.Lease: _effects.AddRange(_regions.Regrant(Term, _deadline)); break;
            case CoordinatorInput.Tick: break;
        }

        if (!_over) Advance(now);
        return [.. _effects];
    }

    /// <summary>Nobody but this node may run anything by a grant of ours: the lease can be given back early.</summary>
    public bool MayRelease(UniqueAddress self, TimeSpan now) => _regions.NoGrantRuns(self, now);

    public ShardingInfo Describe(string typeName, UniqueAddress self, TimeSpan now) => new(
        typeName, self, Term, _placement.IsOn, _regions.Describe(_shards, now), CoordinatorShard.Describe(_shards));

    private void OnReport(UniqueAddress from, RegionReport report, TimeSpan now)
    {
        if (report.Term > Term) Depose(report.Term);
        if (_over) return;
        if (report.Hosts && report.NumberOfShards != _shards.Length)
        {
            if (_misfits.Add(from))
                _effects.Add(new ShardEffect.Say(true, $"{from} has {report.NumberOfShards} shards, the cluster {_shards.Length}: it gets none"));
            return;
        }

        TimeSpan duration = _settings.Grant < _deadline - now ? _settings.Grant : _deadline - now;
        if (_regions.Accept(from, report, now + duration, now) is null) return;
        List<ShardRow> stop = [];
        foreach (ShardRow row in report.Shards)
        {
            if (row.Shard >= 0 && row.Shard < _shards.Length && !Learn(_shards[row.Shard], from, row, now)) stop.Add(row);
        }

        MissUnnamed(from, report, now);
        _effects.Add(new ShardEffect.Grant(from, new RegionGrant(Term, report.Number, duration, [.. stop])));
    }

    /// <summary>Compares what a region says of a shard with what is known; false when the region must stop it.</summary>
    private bool Learn(CoordinatorShard shard, UniqueAddress from, ShardRow row, TimeSpan now)
    {
        bool known = shard.Owner == from && shard.Epoch == row.Epoch;
        if (row.Phase == ShardPhase.Ended)
        {
            if (known) End(shard, now);
            else if (row.Epoch > shard.Ended && row.Epoch > shard.Epoch) shard.Ended = row.Epoch;
            return true;
        }

        if (row.Epoch <= shard.Ended) return row.Phase == ShardPhase.Stopping;
        if (known)
        {
            (shard.Missing, shard.Entities) = (0, row.Entities);
            if (row.Phase == ShardPhase.Active && shard.Stage == ShardStage.Allocating) Started(shard, now);
            if (row.Phase == ShardPhase.Stopping && shard.Stage is ShardStage.Active or ShardStage.Allocating) Set(shard, ShardStage.HandOff, now);
            return true;
        }

        if (row.Epoch < shard.Epoch) return row.Phase == ShardPhase.Stopping;

        // Of an earlier term: the higher epoch is the true one, and whoever was believed to have the shard lost it long ago.
        if (shard.Owner is { } former) Send(former, ShardVerb.HandOff, shard, shard.Epoch);
        shard.Ended = Math.Max(shard.Ended, shard.Epoch);
        (shard.Owner, shard.Epoch, shard.Wanted, shard.Settled, shard.Entities) = (from, row.Epoch, true, true, row.Entities);
        Set(shard, row.Phase switch
        {
            ShardPhase.Starting => ShardStage.Allocating,
            ShardPhase.Stopping => ShardStage.HandOff,
            _ => ShardStage.Active,
        }, now);
        if (shard.Stage == ShardStage.Active) TellWaiting(shard);
        return true;
    }

    /// <summary>A shard that its owner twice does not name: told to host it again, the owner starts it, or says that it is over.</summary>
    private void MissUnnamed(UniqueAddress from, RegionReport report, TimeSpan now)
    {
        foreach (CoordinatorShard shard in _shards)
        {
            if (shard.Owner != from || shard.Stage != ShardStage.Active) continue;
            if (report.Shards.Items.Any(row => row.Shard == shard.Number && row.Epoch == shard.Epoch) || ++shard.Missing < 2) continue;
            _effects.Add(new ShardEffect.Reached("a region forgot a shard of its own"));
            Set(shard, ShardStage.Allocating, now);
        }
    }

    private void OnSignal(UniqueAddress from, ShardSignal word, TimeSpan now)
    {
        if (word.Verb == ShardVerb.StaleTerm)
        {
            if (word.Term > Term) Depose(word.Term);
            return;
        }

        if (word.Shard < 0 || word.Shard >= _shards.Length) return;
        CoordinatorShard shard = _shards[word.Shard];
        bool current = shard.Owner == from && shard.Epoch == word.Epoch;
        switch (word.Verb)
        {
            case ShardVerb.GetShardHome:
                shard.Wanted = true;
                if (shard.Stage == ShardStage.Active) SendHome(from, shard);
                else if (shard.Waiting.Count < ShardingLimits.MaxHomeWaiters) shard.Waiting.Add(from);
                break;
            case ShardVerb.ShardStarted when current && shard.Stage == ShardStage.Allocating:
                Started(shard, now);
                break;
            case ShardVerb.ShardStopped when current:
                End(shard, now);
                break;
            case ShardVerb.ShardRefused:
                if (ShardEpoch.TermOf(word.Found) == Term) _counter = Math.Max(_counter, ShardEpoch.CounterOf(word.Found));
                if (ShardEpoch.TermOf(word.Found) > Term) Depose(ShardEpoch.TermOf(word.Found));
                else if (current) End(shard, now, settings => settings.HomeRetry);
                break;
            case ShardVerb.BeginHandOffAck when shard.Stage == ShardStage.BeginHandOff && shard.Epoch == word.Epoch:
                shard.AwaitedAcks.Remove(from);
                break;
        }
    }

    /// <summary>Everything that time, or the input before, has made due.</summary>
    private void Advance(TimeSpan now)
    {
        foreach (CoordinatorRegion gone in _regions.Lost(now)) LoseRegion(gone.Node, now);
        foreach (UniqueAddress to in _regions.ToAsk(now)) _effects.Add(new ShardEffect.Signal(to, new ShardSignal(ShardVerb.AskRegionState, Term)));
        foreach (int number in _placement.ToMove(now)) BeginHandOff(_shards[number], now);
        foreach (CoordinatorShard shard in _shards) Advance(shard, now);
    }

    private void Advance(CoordinatorShard shard, TimeSpan now)
    {
        switch (shard.Stage)
        {
            case ShardStage.Free when shard.Wanted && now >= shard.NextSend && (shard.Settled || IsSettled):
                Allocate(shard, now);
                break;
            case ShardStage.Allocating when now - shard.Since >= _settings.HostTimeout:
                _effects.Add(new ShardEffect.Reached("a region did not start a shard in time"));
                Set(shard, ShardStage.HandOff, now);
                Advance(shard, now);
                break;
            case ShardStage.Allocating when now >= shard.NextSend:
                Resend(shard, ShardVerb.HostShard, _settings.HomeRetry, now);
                break;
            case ShardStage.BeginHandOff:
                shard.AwaitedAcks.RemoveWhere(node => !_regions.IsReachable(node));
                if (shard.AwaitedAcks.Count == 0 || now - shard.Since >= _settings.BeginHandOffTimeout)
                {
                    if (shard.AwaitedAcks.Count > 0) _effects.Add(new ShardEffect.Reached("a handoff went on without a region's ack"));
                    Set(shard, ShardStage.HandOff, now);
                    Advance(shard, now);
                }
                else if (now >= shard.NextSend)
                {
                    shard.NextSend = now + _settings.HomeRetry;
                    foreach (UniqueAddress node in shard.AwaitedAcks) Send(node, ShardVerb.BeginHandOff, shard, shard.Epoch);
                }

                break;
            case ShardStage.HandOff when now >= shard.NextSend:
                Resend(shard, ShardVerb.HandOff, _settings.Report, now);
                break;
        }
    }

    private void Allocate(CoordinatorShard shard, TimeSpan now)
    {
        if (_placement.Choose(now) is not { } place) return;
        shard.Epoch = ShardEpoch.Of(Term, ++_counter);
        (shard.Owner, shard.Settled, shard.Entities) = (place, true, 0);
        Set(shard, ShardStage.Allocating, now);
        Resend(shard, ShardVerb.HostShard, _settings.HomeRetry, now);
    }

    private void BeginHandOff(CoordinatorShard shard, TimeSpan now)
    {
        if (shard.Stage == ShardStage.Allocating) Set(shard, ShardStage.HandOff, now);
        if (shard.Stage != ShardStage.Active) return;
        Set(shard, ShardStage.BeginHandOff, now);
        shard.AwaitedAcks.Clear();
        shard.AwaitedAcks.UnionWith(_regions.All.Where(region => region.Known && _regions.IsReachable(region.Node)).Select(region => region.Node));
    }

    private void Started(CoordinatorShard shard, TimeSpan now)
    {
        Set(shard, ShardStage.Active, now);
        TellWaiting(shard);
    }

    private void End(CoordinatorShard shard, TimeSpan now, Func<ShardingSettings, TimeSpan>? pause = null)
    {
        shard.Ended = Math.Max(shard.Ended, shard.Epoch);
        (shard.Owner, shard.Settled, shard.Entities, shard.Wanted) = (null, true, 0, true);
        shard.AwaitedAcks.Clear();
        Set(shard, ShardStage.Free, now);
        if (pause is not null) shard.NextSend = now + pause(_settings);
    }

    private void LoseRegion(UniqueAddress node, TimeSpan now)
    {
        CoordinatorShard[] had = Array.FindAll(_shards, shard => shard.Owner == node);
        _regions.Remove(node);
        if (had.Length > 0) _effects.Add(new ShardEffect.Say(true, $"{node} is gone and its grant is over: {had.Length} shards go elsewhere"));
        foreach (CoordinatorShard shard in _shards) shard.Waiting.Remove(node);
        foreach (CoordinatorShard shard in had) End(shard, now);
    }

    private void Depose(long higherTerm)
    {
        _over = true;
        _effects.Add(new ShardEffect.Deposed(higherTerm));
    }

    private static void Set(CoordinatorShard shard, ShardStage stage, TimeSpan now) =>
        (shard.Stage, shard.Since, shard.NextSend, shard.Missing) = (stage, now, now, 0);

    private void TellWaiting(CoordinatorShard shard)
    {
        foreach (UniqueAddress node in shard.Waiting) SendHome(node, shard);
        shard.Waiting.Clear();
    }

    private void SendHome(UniqueAddress to, CoordinatorShard shard) =>
        _effects.Add(new ShardEffect.Signal(to, new ShardSignal(ShardVerb.ShardHome, Term, shard.Number, shard.Epoch, shard.Owner)));

    private void Resend(CoordinatorShard shard, ShardVerb verb, TimeSpan interval, TimeSpan now)
    {
        shard.NextSend = now + interval;
        Send(shard.Owner!, verb, shard, shard.Epoch);
    }

    private void Send(UniqueAddress to, ShardVerb verb, CoordinatorShard shard, long epoch) =>
        _effects.Add(new ShardEffect.Signal(to, new ShardSignal(verb, Term, shard.Number, epoch)));
}
