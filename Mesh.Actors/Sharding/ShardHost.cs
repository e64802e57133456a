using System.Collections.Immutable;

namespace Mesh.Actors.Sharding;

/// <summary>
/// The hosting side of a region: the grant by which entities may run, and the shards from claim to end. An epoch that ended here never begins
/// again here, whoever asks.
/// </summary>
internal sealed class ShardHost(int numberOfShards, bool hosts, ShardingTypeOptions options, ShardingSettings settings, List<ShardEffect> effects)
{
    private readonly SortedDictionary<int, HostedShard> _shards = [];
    private readonly SortedDictionary<int, (long Epoch, long Number)> _endings = [];
    private readonly long[] _ended = new long[numberOfShards];
    private readonly SortedDictionary<long, TimeSpan> _reports = [];
    private TimeSpan _grantedUntil;
    private TimeSpan _drainedBy = TimeSpan.MaxValue;
    private long _number;

    /// <summary>Says a word to the coordinator, if one is known.</summary>
    public required Action<ShardSignal> Tell { get; init; }

    /// <summary>Room for the mail of a shard.</summary>
    public required Func<int, MailBudget> Budget { get; init; }

    /// <summary>Takes mail that this region's entities did not get.</summary>
    public required Action<int, long, List<ShardMail>> Released { get; init; }

    public bool Draining { get; private set; }

    /// <summary>Out of the cluster: nothing runs here any more.</summary>
    public bool Removed { get; private set; }

    public TimeSpan GrantedUntil => _grantedUntil;

    public bool IsEmpty => _shards.Count == 0;

    public IEnumerable<HostedShard> Shards => _shards.Values;

    public bool IsBusy => _shards.Values.Any(shard => shard.Phase != ShardPhase.Active || shard.Entities.IsBusy);

    public bool IsGranted(TimeSpan now) => !Removed && now < _grantedUntil;

    public HostedShard? Find(int shard) => _shards.GetValueOrDefault(shard);

    public HostedShard? Find(int shard, long epoch) => Find(shard) is { } hosted && hosted.Epoch == epoch ? hosted : null;

    /// <summary>What is told to the coordinator now.</summary>
    public RegionReport Report(long term, TimeSpan now)
    {
        _reports[++_number] = now;
        while (_reports.Count > 32) _reports.Remove(_reports.Keys.First());
        List<ShardRow> rows = [.. _shards.Values.Select(shard => new ShardRow(shard.Shard, shard.Epoch, shard.Phase, shard.Entities.Count))];
        foreach (int shard in _endings.Keys.ToArray())
        {
            if (_endings[shard].Number == 0) _endings[shard] = (_endings[shard].Epoch, _number);
            if (!_shards.ContainsKey(shard)) rows.Add(new ShardRow(shard, _endings[shard].Epoch, ShardPhase.Ended, 0));
        }

        return new RegionReport(
            term, _number, hosts, Draining || Removed, settings.Weight, numberOfShards, [.. rows.OrderBy(row => row.Shard)]);
    }

    public void Granted(RegionGrant grant, TimeSpan now)
    {
        if (!_reports.TryGetValue(grant.Number, out TimeSpan sentAt)) return;
        foreach (long old in _reports.Keys.Where(number => number < grant.Number).ToArray()) _reports.Remove(old);
        foreach (int shard in _endings.Where(each => each.Value.Number != 0 && each.Value.Number <= grant.Number).Select(each => each.Key).ToArray())
        {
            _endings.Remove(shard);
        }

        TimeSpan until = sentAt + (grant.Duration < settings.Grant ? grant.Duration : settings.Grant);
        if (until > _grantedUntil) _grantedUntil = until;
        foreach (ShardRow row in grant.Stop)
        {
            if (Find(row.Shard, row.Epoch) is not { } lost) continue;
            effects.Add(new ShardEffect.Reached("a region was told that a shard is not its own any more"));
            Stop(lost, settings.KillGrace, now);
        }
    }

    /// <summary>The coordinator wants a shard here.</summary>
    public void Host(int shard, long epoch, TimeSpan now)
    {
        if (epoch <= _ended[shard])
        {
            Tell(new ShardSignal(ShardVerb.ShardStopped, 0, shard, epoch));
            return;
        }

        if (!hosts || Draining || Removed)
        {
            _ended[shard] = epoch;
            Tell(new ShardSignal(ShardVerb.ShardRefused, 0, shard, epoch));
            return;
        }

        if (Find(shard) is not { } present)
        {
            var entities = new ShardCore(shard, epoch, options, settings, Budget(shard), effects);
            _shards.Add(shard, new HostedShard(shard, epoch, entities));
            effects.Add(new ShardEffect.Claim(shard, epoch));
        }
        else if (present.Epoch == epoch)
        {
            if (present.Phase == ShardPhase.Active) Tell(new ShardSignal(ShardVerb.ShardStarted, 0, shard, epoch));
        }
        else if (present.Epoch < epoch)
        {
            // It has to end first; only then is the new run begun and said to have started.
            if (present.Phase == ShardPhase.Stopping) effects.Add(new ShardEffect.Reached("a shard is to come back while it still stops"));
            present.Next = epoch;
            Stop(present, settings.StopTimeout, now);
        }
        else
        {
            Tell(new ShardSignal(ShardVerb.ShardStopped, 0, shard, epoch));
        }
    }

    /// <summary>The coordinator takes a shard away.</summary>
    public void HandOff(int shard, long epoch, TimeSpan now)
    {
        if (Find(shard) is { } present)
        {
            if (present.Next == epoch) present.Next = 0;
            if (present.Epoch == epoch)
            {
                Stop(present, settings.StopTimeout, now);
                return;
            }
        }

        _ended[shard] = Math.Max(_ended[shard], epoch);
        Tell(new ShardSignal(ShardVerb.ShardStopped, 0, shard, epoch));
    }

    /// <param name="hosted">Which run.</param>
    /// <param name="granted">Null: the journal could not say.</param>
    /// <param name="found">The newest epoch when it was refused.</param>
    /// <param name="now">Monotonic.</param>
    public void Claimed(HostedShard hosted, bool? granted, long found, TimeSpan now)
    {
        if (hosted.Phase != ShardPhase.Starting || hosted.Claimed) return;
        if (granted is null)
        {
            hosted.RetryAt = now + settings.HomeRetry;
        }
        else if (granted is false)
        {
            effects.Add(new ShardEffect.Reached("the journal refused a claim"));
            hosted.Phase = ShardPhase.Stopping;
            End(hosted, new ShardSignal(ShardVerb.ShardRefused, 0, hosted.Shard, hosted.Epoch, null, found), now);
        }
        else
        {
            hosted.Claimed = true;
            hosted.Ready = !options.RememberEntities;
            if (!hosted.Ready) effects.Add(new ShardEffect.LoadRemembered(hosted.Shard, hosted.Epoch));
            TryActivate(hosted, now);
        }
    }

    public void Loaded(HostedShard hosted, ImmutableArray<string>? ids, TimeSpan now)
    {
        if (hosted.Phase != ShardPhase.Starting || hosted.Ready) return;
        if (ids is not { } known)
        {
            hosted.RetryAt = now + settings.HomeRetry;
            return;
        }

        hosted.Ready = true;
        hosted.Entities.Restore(known, now);
        TryActivate(hosted, now);
    }

    public void Gone(HostedShard hosted, string entityId, TimeSpan now)
    {
        hosted.Entities.Gone(entityId, now);
        if (hosted.Phase == ShardPhase.Stopping && hosted.Entities.IsEmpty) End(hosted, null, now);
    }

    /// <summary>Somebody else may own the shard: the entities have the grace to end, no more.</summary>
    public void Fenced(HostedShard hosted, TimeSpan now)
    {
        if (hosted.Phase is ShardPhase.Active) effects.Add(new ShardEffect.Reached("the fence told a region that it lost a shard"));
        Stop(hosted, settings.KillGrace, now);
    }

    /// <param name="now">Monotonic.</param>
    /// <param name="alone">Nobody could take a shard: there is nothing to wait for.</param>
    public void Drain(TimeSpan now, bool alone)
    {
        TimeSpan by = alone ? now : now + settings.DrainTimeout;
        if (Draining && by >= _drainedBy) return;
        if (alone) effects.Add(new ShardEffect.Reached("a draining region found nobody to take its shards"));
        Draining = true;
        _drainedBy = by;
    }

    public void Remove(TimeSpan now)
    {
        Removed = true;
        foreach (HostedShard hosted in _shards.Values.ToArray()) Stop(hosted, TimeSpan.Zero, now);
    }

    public void Tick(TimeSpan now)
    {
        bool granted = IsGranted(now);
        bool dark = !granted && now >= _grantedUntil + settings.GrantHold;
        foreach (HostedShard hosted in _shards.Values.ToArray())
        {
            if (hosted.Phase == ShardPhase.Stopping)
            {
                Press(hosted, granted, now);
                continue;
            }

            if (dark || now >= _drainedBy)
            {
                effects.Add(new ShardEffect.Reached(dark ? "a region without grant stopped" : "a draining region stopped a shard itself"));
                Stop(hosted, settings.StopTimeout, now);
                if (_shards.ContainsKey(hosted.Shard)) Press(hosted, granted, now);
                continue;
            }

            if (hosted.RetryAt is { } due && now >= due) Ask(hosted);
            if (hosted.Phase == ShardPhase.Starting) TryActivate(hosted, now);
            else if (granted) hosted.Entities.Tick(now);
        }
    }

    private void Ask(HostedShard hosted)
    {
        hosted.RetryAt = null;
        if (!hosted.Claimed) effects.Add(new ShardEffect.Claim(hosted.Shard, hosted.Epoch));
        else if (!hosted.Ready) effects.Add(new ShardEffect.LoadRemembered(hosted.Shard, hosted.Epoch));
    }

    private void TryActivate(HostedShard hosted, TimeSpan now)
    {
        if (hosted is not { Claimed: true, Ready: true, Phase: ShardPhase.Starting } || !IsGranted(now)) return;
        hosted.Phase = ShardPhase.Active;
        effects.Add(new ShardEffect.StartShard(hosted.Shard, hosted.Epoch));
        Tell(new ShardSignal(ShardVerb.ShardStarted, 0, hosted.Shard, hosted.Epoch));
    }

    private void Stop(HostedShard hosted, TimeSpan limit, TimeSpan now)
    {
        TimeSpan killAt = now + limit;
        if (hosted.Phase == ShardPhase.Stopping)
        {
            if (killAt < hosted.KillAt) hosted.KillAt = killAt;
            return;
        }

        hosted.Phase = ShardPhase.Stopping;
        hosted.KillAt = killAt;
        List<ShardMail> left = hosted.Entities.Stop();
        Released(hosted.Shard, hosted.Epoch, left);
        if (hosted.Entities.IsEmpty) End(hosted, null, now);
    }

    /// <summary>A shard that stops: kills what is late, and goes without what cannot be killed. Without grant there is no time for either.</summary>
    private void Press(HostedShard hosted, bool granted, TimeSpan now)
    {
        TimeSpan killAt = hosted.KillAt;
        if (!granted && _grantedUntil + settings.KillGrace < killAt) killAt = _grantedUntil + settings.KillGrace;
        if (now < killAt) return;
        if (!hosted.Killed)
        {
            hosted.Killed = true;
            hosted.KillAt = killAt;
            effects.Add(new ShardEffect.KillShard(hosted.Shard, hosted.Epoch));
            effects.Add(new ShardEffect.Reached("entities that did not stop in time were killed"));
            return;
        }

        if (now < killAt + settings.AbandonAfter) return;
        effects.Add(new ShardEffect.Say(true, $"shard {hosted.Shard}: {hosted.Entities.Count} entities do not end; their writes are fenced"));
        End(hosted, null, now);
    }

    private void End(HostedShard hosted, ShardSignal? word, TimeSpan now)
    {
        _shards.Remove(hosted.Shard);
        _ended[hosted.Shard] = Math.Max(_ended[hosted.Shard], hosted.Epoch);
        _endings[hosted.Shard] = (hosted.Epoch, 0);
        effects.Add(new ShardEffect.EndShard(hosted.Shard, hosted.Epoch));
        Released(hosted.Shard, hosted.Epoch, []);
        Tell(word ?? new ShardSignal(ShardVerb.ShardStopped, 0, hosted.Shard, hosted.Epoch));
        if (hosted.Next != 0) Host(hosted.Shard, hosted.Next, now);
    }
}
