using System.Collections.Immutable;

namespace Mesh.Actors.Sharding;

/// <summary>What an entity is at.</summary>
internal enum EntityState : byte
{
    /// <summary>The journal is asked to remember it; its mail waits.</summary>
    Remembering,

    Running,

    /// <summary>It was told to stop, by itself or for being idle; mail that comes starts it again.</summary>
    Passivating,

    /// <summary>It ended without being asked to; it starts again after a pause.</summary>
    BackingOff,

    /// <summary>The shard moves.</summary>
    Moving,
}

/// <summary>An entity as its shard keeps it.</summary>
internal sealed class ShardEntity(string id)
{
    public string Id { get; } = id;

    public EntityState State { get; set; }

    public Queue<ShardMail> Mail { get; } = [];

    public TimeSpan LastMail { get; set; }

    public TimeSpan StartedAt { get; set; }

    public TimeSpan Due { get; set; }

    public int Failures { get; set; }
}

/// <summary>
/// The entities of one run of a shard: started by mail or by memory, stopped by themselves, by idleness, or because the shard moves. An entity
/// that moved stays remembered, one that passivated is forgotten, one that failed comes back after a pause: stopping is a state, never a guess.
/// </summary>
internal sealed class ShardCore(
    int shard, long epoch, ShardingTypeOptions options, ShardingSettings settings, MailBudget budget, List<ShardEffect> effects)
{
    private readonly SortedDictionary<string, ShardEntity> _entities = new(StringComparer.Ordinal);
    private readonly EntityMemory _memory = new(shard, epoch, effects);
    private readonly Queue<string> _toRestart = [];
    private TimeSpan _nextRestart;
    private bool _moving;

    public int Count => _entities.Count;

    public bool IsEmpty => _entities.Count == 0;

    public IEnumerable<ShardEntity> Entities => _entities.Values;

    /// <summary>Something is due soon.</summary>
    public bool IsBusy => _toRestart.Count > 0 || _memory.IsBusy;

    public void Deliver(ShardMail mail, TimeSpan now)
    {
        if (!_entities.TryGetValue(mail.EntityId, out ShardEntity? entity))
        {
            if (_entities.Count >= ShardingLimits.MaxEntitiesPerShard)
            {
                effects.Add(new ShardEffect.Drop(mail, MailDrop.TooManyEntities));
                return;
            }

            entity = new ShardEntity(mail.EntityId);
            _entities.Add(mail.EntityId, entity);
            if (!options.RememberEntities || _memory.Holds(mail.EntityId)) Start(entity, now);
            else Remember(entity);
        }

        entity.LastMail = now;
        if (entity.State == EntityState.Running) effects.Add(new ShardEffect.Deliver(shard, epoch, mail));
        else if (budget.TryTake(mail)) entity.Mail.Enqueue(mail);
        else effects.Add(new ShardEffect.Drop(mail, MailDrop.BufferFull));
    }

    /// <summary>An entity asks to be stopped. One that is not running has nothing to stop.</summary>
    public void Passivate(string id, object stopMessage)
    {
        if (!_entities.TryGetValue(id, out ShardEntity? entity) || entity.State != EntityState.Running) return;
        entity.State = EntityState.Passivating;
        effects.Add(new ShardEffect.StopEntity(shard, epoch, id, stopMessage));
    }

    /// <summary>An entity's actor has ended and its name is free.</summary>
    public void Gone(string id, TimeSpan now)
    {
        if (!_entities.TryGetValue(id, out ShardEntity? entity)) return;
        switch (entity.State)
        {
            case EntityState.Running:
                entity.Failures = now - entity.StartedAt >= settings.EntityBackoffMax ? 1 : Math.Min(entity.Failures + 1, 16);
                entity.State = EntityState.BackingOff;
                double pause = settings.EntityBackoffMin.Ticks * Math.Pow(2, entity.Failures - 1);
                entity.Due = now + TimeSpan.FromTicks((long)Math.Min(pause, settings.EntityBackoffMax.Ticks));
                effects.Add(new ShardEffect.Reached("an entity ended unasked and starts again later"));
                break;
            case EntityState.Passivating when entity.Mail.Count > 0:
                effects.Add(new ShardEffect.Reached("mail for a passivating entity started it again"));
                Start(entity, now);
                break;
            case EntityState.Passivating:
                _entities.Remove(id);
                if (options.RememberEntities) _memory.Forget(id);
                break;
            case EntityState.Moving:
                _entities.Remove(id);
                break;
        }
    }

    /// <summary>What the journal remembers of the shard.</summary>
    public void Restore(ImmutableArray<string> ids, TimeSpan now)
    {
        foreach (string id in ids)
        {
            _memory.Know(id);
            if (!_entities.ContainsKey(id)) _toRestart.Enqueue(id);
        }

        _nextRestart = now;
    }

    /// <summary>The write that was asked for is done; false: the journal could not, it is tried again.</summary>
    public void Remembered(bool written, TimeSpan now)
    {
        foreach (string id in _memory.Done(written, now + settings.HomeRetry))
        {
            if (_entities.TryGetValue(id, out ShardEntity? entity) && entity.State == EntityState.Remembering) Start(entity, now);
        }
    }

    public void Tick(TimeSpan now)
    {
        if (_moving) return;
        RestartSome(now);
        foreach (ShardEntity entity in _entities.Values.ToArray())
        {
            Expire(entity, now);
            if (entity.State == EntityState.BackingOff && now >= entity.Due)
            {
                if (entity.Mail.Count > 0 || options.RememberEntities) Start(entity, now);
                else _entities.Remove(entity.Id);
            }
            else if (entity.State == EntityState.Running && IsIdle(entity, now))
            {
                entity.State = EntityState.Passivating;
                effects.Add(new ShardEffect.StopEntity(shard, epoch, entity.Id, options.StopMessage));
            }
        }

        _memory.Tick(now);
    }

    /// <summary>The shard ends here: those that run are told to stop, the others never start. Returns the mail that nobody got.</summary>
    public List<ShardMail> Stop()
    {
        _moving = true;
        _toRestart.Clear();
        List<ShardMail> left = [];
        foreach (ShardEntity entity in _entities.Values.ToArray())
        {
            left.AddRange(Take(entity, static _ => true));
            if (entity.State is EntityState.Remembering or EntityState.BackingOff) _entities.Remove(entity.Id);
            else if (entity.State == EntityState.Running) effects.Add(new ShardEffect.StopEntity(shard, epoch, entity.Id, options.StopMessage));
            entity.State = EntityState.Moving;
        }

        return left;
    }

    /// <summary>Takes the waiting mail of one origin out.</summary>
    public List<ShardMail> TakeMail(UniqueAddress origin)
    {
        List<ShardMail> taken = [];
        foreach (ShardEntity entity in _entities.Values) taken.AddRange(Take(entity, mail => mail.Origin == origin));
        return taken;
    }

    private bool IsIdle(ShardEntity entity, TimeSpan now) =>
        !options.RememberEntities && options.PassivateIdle is { } idle && now - entity.LastMail >= idle;

    private void Remember(ShardEntity entity)
    {
        entity.State = EntityState.Remembering;
        _memory.Add(entity.Id);
    }

    private void Start(ShardEntity entity, TimeSpan now)
    {
        entity.State = EntityState.Running;
        (entity.StartedAt, entity.LastMail) = (now, now);
        effects.Add(new ShardEffect.StartEntity(shard, epoch, entity.Id));
        while (entity.Mail.TryDequeue(out ShardMail? mail))
        {
            budget.Free(mail);
            effects.Add(new ShardEffect.Deliver(shard, epoch, mail));
        }
    }

    private void RestartSome(TimeSpan now)
    {
        if (_toRestart.Count == 0 || now < _nextRestart) return;
        _nextRestart = now + ShardingLimits.RestartStep;
        for (int i = 0; i < ShardingLimits.RestartsPerStep && _toRestart.TryDequeue(out string? id); i++)
        {
            if (!_memory.Holds(id) || _entities.ContainsKey(id)) continue;
            var entity = new ShardEntity(id);
            _entities.Add(id, entity);
            Start(entity, now);
        }
    }

    private void Expire(ShardEntity entity, TimeSpan now)
    {
        while (entity.Mail.TryPeek(out ShardMail? mail) && now - mail.At >= settings.BufferTimeToLive)
        {
            entity.Mail.Dequeue();
            budget.Free(mail);
            effects.Add(new ShardEffect.Drop(mail, MailDrop.Expired));
        }
    }

    private List<ShardMail> Take(ShardEntity entity, Func<ShardMail, bool> wanted)
    {
        List<ShardMail> taken = [];
        for (int i = entity.Mail.Count; i > 0; i--)
        {
            ShardMail mail = entity.Mail.Dequeue();
            if (wanted(mail))
            {
                budget.Free(mail);
                taken.Add(mail);
            }
            else
            {
                entity.Mail.Enqueue(mail);
            }
        }

        return taken;
    }
}
