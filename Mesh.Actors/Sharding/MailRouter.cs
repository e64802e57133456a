using Mesh.Actors.Remoting;

namespace Mesh.Actors.Sharding;

/// <summary>
/// The sending side of a region: brings each message to its shard's owner, in order, and keeps it while the owner is not known.
/// </summary>
/// <remarks>
/// Order over a change of owner: mail that a former owner does not hand to entities comes back to the region that sent it. Before the region
/// sends anything to the next owner it sends a barrier behind what it had sent, and waits until the former owner has answered it: then all that
/// was to come back is back, and goes first.
/// </remarks>
internal sealed class MailRouter
{
    private readonly ShardRoute[] _routes;
    private readonly ShardingSettings _settings;
    private readonly List<ShardEffect> _effects;
    private readonly MailBudget _region;

    public MailRouter(int numberOfShards, ShardingSettings settings, List<ShardEffect> effects)
    {
        (_settings, _effects) = (settings, effects);
        _region = new MailBudget(int.MaxValue, settings.RegionBufferBytes, null);
        _routes = [.. Enumerable.Range(0, numberOfShards).Select(shard =>
            new ShardRoute(shard, new MailBudget(settings.ShardBufferCapacity, settings.ShardBufferBytes, _region)))];
    }

    public required ShardHost Host { get; init; }

    public required UniqueAddress Self { get; init; }

    /// <summary>Whether mail may be sent to a node now.</summary>
    public required Func<UniqueAddress, bool> IsUsable { get; init; }

    /// <summary>Says a word to the coordinator, if one is known.</summary>
    public required Action<ShardSignal> Tell { get; init; }

    /// <summary>Messages that wait in the region.</summary>
    public int Waiting => _region.Count;

    public bool IsBusy => _region.Count > 0 || Array.Exists(_routes, route => route.Draining is not null);

    public ShardRoute this[int shard] => _routes[shard];

    /// <summary>A message of this node's own.</summary>
    public void Route(ShardMail mail, bool unavailable, TimeSpan now)
    {
        ShardRoute route = _routes[mail.Shard];
        mail.At = now;
        mail.Sequence = ++route.NextSequence;
        bool first = route.Waiting.Count == 0 && route.Draining is null;
        if (first && Host.Find(mail.Shard) is { Phase: ShardPhase.Active, HandingOff: false } hosted && Host.IsGranted(now))
        {
            hosted.Entities.Deliver(mail, now);
        }
        else if (first && route.Owner is { } owner && owner != Self && IsUsable(owner))
        {
            Send(route, owner, mail);
        }
        else if (unavailable && mail.IsAsk)
        {
            _effects.Add(new ShardEffect.Drop(mail, MailDrop.NoGrant));
            Ask(route, now);
        }
        else
        {
            Keep(route, mail);
            Ask(route, now);
        }
    }

    /// <summary>A message of another region, for a shard that it believes to be here.</summary>
    public void Arrived(UniqueAddress from, long epoch, ShardMail mail, TimeSpan now)
    {
        mail.At = now;
        if (Host.Find(mail.Shard, epoch) is not { Phase: ShardPhase.Active or ShardPhase.Starting } hosted)
        {
            GiveBack(from, mail, epoch, over: true);
        }
        else if (hosted.Phase == ShardPhase.Active && Host.IsGranted(now))
        {
            hosted.Entities.Deliver(mail, now);
        }
        else
        {
            Keep(_routes[mail.Shard], mail);
        }
    }

    /// <summary>A message of this node's own came back.</summary>
    public void Returned(UniqueAddress from, long epoch, bool over, ShardMail mail, TimeSpan now)
    {
        ShardRoute route = _routes[mail.Shard];
        mail.At = now;
        if (route.Owner == from && route.Epoch == epoch) Forget(route, now);
        if (over) route.Over = Math.Max(route.Over, epoch);
        if (over && ++mail.Hops > ShardingLimits.MaxHops) _effects.Add(new ShardEffect.Drop(mail, MailDrop.TooManyHops));
        else Keep(route, mail);
        Flush(route, now);
    }

    /// <summary>The coordinator says where a shard is.</summary>
    public void Home(int shard, long epoch, UniqueAddress owner, TimeSpan now)
    {
        ShardRoute route = _routes[shard];
        if (epoch < route.Epoch || epoch <= route.Over) return;
        if (route.Owner is not null && route.Epoch < epoch) Forget(route, now);

        // A handoff that its coordinator did not live to see through.
        if (owner == Self && Host.Find(shard, epoch) is { HandingOff: true } stays) stays.HandingOff = false;
        (route.Owner, route.Epoch) = (owner, epoch);
        Flush(route, now);
    }

    /// <summary>A shard leaves its home: acknowledged when nothing is under way to it.</summary>
    public void BeginHandOff(int shard, long epoch, TimeSpan now)
    {
        ShardRoute route = _routes[shard];
        if (Host.Find(shard, epoch) is { } hosted) hosted.HandingOff = true;
        if (route.Owner is not null && route.Epoch <= epoch) Forget(route, now);
        route.Epoch = Math.Max(route.Epoch, epoch);
        if (route.Draining is null) Tell(new ShardSignal(ShardVerb.BeginHandOffAck, 0, shard, epoch));
        else route.AckEpoch = epoch;
    }

    /// <summary>Another region wants back what entities here did not get.</summary>
    public void Barrier(UniqueAddress from, int shard, long epoch)
    {
        List<ShardMail> back = Host.Find(shard) is { } hosted ? hosted.Entities.TakeMail(from) : [];
        back.AddRange(_routes[shard].Take(mail => mail.Origin == from));
        foreach (ShardMail mail in back.OrderBy(mail => mail.Sequence)) GiveBack(from, mail, epoch, over: false);
        _effects.Add(new ShardEffect.Signal(from, new ShardSignal(ShardVerb.BarrierDone, 0, shard, epoch), Lane.User));
    }

    public void BarrierDone(UniqueAddress from, int shard, long epoch, TimeSpan now)
    {
        ShardRoute route = _routes[shard];
        if (route.Draining == from && route.DrainingEpoch == epoch) Drained(route, now);
    }

    /// <summary>A shard that ran here ended, or stops: its mail goes back or waits for the new home.</summary>
    public void Released(int shard, long epoch, List<ShardMail> left)
    {
        ShardRoute route = _routes[shard];
        if (route.Owner == Self && route.Epoch <= epoch) route.Owner = null;
        left.AddRange(route.Take(mail => mail.Origin is not null));
        foreach (ShardMail mail in left.Where(mail => mail.Origin is not null)) GiveBack(mail.Origin!, mail, epoch, over: true);
        foreach (ShardMail mail in left.Where(mail => mail.Origin is null)) Keep(route, mail);
    }

    /// <summary>A node's session ended, or it is no member: what was under way is lost or back.</summary>
    public void PeerGone(UniqueAddress node, bool forGood, TimeSpan now)
    {
        foreach (ShardRoute route in _routes)
        {
            if (route.Draining == node) Drained(route, now);
            if (forGood && route.Owner == node) (route.Owner, route.Sent) = (null, false);
        }
    }

    public void Tick(TimeSpan now)
    {
        foreach (ShardRoute route in _routes)
        {
            if (route.Draining is not null && now >= route.DrainingUntil)
            {
                _effects.Add(new ShardEffect.Reached("a barrier was not answered in time"));
                Drained(route, now);
            }

            if (route.Waiting.Count == 0) continue;
            foreach (ShardMail mail in route.Take(mail => now - mail.At >= _settings.BufferTimeToLive))
            {
                _effects.Add(new ShardEffect.Drop(mail, MailDrop.Expired));
            }

            Flush(route, now);
        }
    }

    /// <summary>Sends on what can go, in order.</summary>
    public void Flush(ShardRoute route, TimeSpan now)
    {
        if (route.Waiting.Count == 0) return;
        if (Host.Find(route.Shard) is { Phase: ShardPhase.Active } hosted)
        {
            if (!Host.IsGranted(now)) return;
            bool own = !hosted.HandingOff && route.Draining is null;
            foreach (ShardMail mail in route.Take(mail => own || mail.Origin is not null)) hosted.Entities.Deliver(mail, now);

            // The one that moves the shard may not live to do so: whoever comes after it is asked where the shard is.
            if (route.Waiting.Count > 0) Ask(route, now);
        }
        else if (route.Draining is null && route.Owner is { } owner && owner != Self && IsUsable(owner))
        {
            foreach (ShardMail mail in route.Take(static mail => mail.Origin is null)) Send(route, owner, mail);
        }
        else
        {
            Ask(route, now);
        }
    }

    private void Ask(ShardRoute route, TimeSpan now)
    {
        if (now < route.NextAsk || (route.Owner is { } owner && owner != Self && IsUsable(owner))) return;
        route.NextAsk = now + _settings.HomeRetry;
        Tell(new ShardSignal(ShardVerb.GetShardHome, 0, route.Shard, route.Epoch));
    }

    private void Send(ShardRoute route, UniqueAddress owner, ShardMail mail)
    {
        route.Sent = true;
        _effects.Add(new ShardEffect.Send(owner, route.Epoch, mail));
    }

    /// <summary>The home is not believed any more; mail that went there may come back.</summary>
    private void Forget(ShardRoute route, TimeSpan now)
    {
        if (route.Sent && route.Owner is { } owner && owner != Self)
        {
            (route.Draining, route.DrainingEpoch, route.DrainingUntil) = (owner, route.Epoch, now + _settings.BeginHandOffTimeout);
            _effects.Add(new ShardEffect.Signal(owner, new ShardSignal(ShardVerb.Barrier, 0, route.Shard, route.Epoch), Lane.User));
        }

        (route.Owner, route.Sent, route.NextAsk) = (null, false, now);
    }

    private void Drained(ShardRoute route, TimeSpan now)
    {
        route.Draining = null;
        if (route.AckEpoch != 0) Tell(new ShardSignal(ShardVerb.BeginHandOffAck, 0, route.Shard, route.AckEpoch));
        route.AckEpoch = 0;
        Flush(route, now);
    }

    private void Keep(ShardRoute route, ShardMail mail)
    {
        if (route.Keep(mail) is { } lost) _effects.Add(new ShardEffect.Drop(lost, MailDrop.BufferFull));
    }

    private void GiveBack(UniqueAddress to, ShardMail mail, long epoch, bool over) =>
        _effects.Add(new ShardEffect.NotOwner(to, epoch, _routes[mail.Shard].Epoch, over, mail));
}
