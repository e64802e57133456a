using Mesh.Actors.Cells;
using Mesh.Actors.Control;
using Mesh.Actors.Events;
using Mesh.Actors.Journals;
using Mesh.Actors.Supervision;

namespace Mesh.Actors.Sharding;

/// <summary>
/// The entities of a type as actors, <c>/system/sharding/type/shard/entity</c>: does what the region's core wants done, and tells it who ended.
/// </summary>
/// <remarks>On the control loop, but for the obituaries, which are posted to it. The actors run on their own dispatcher.</remarks>
internal sealed class EntityActors
{
    private static readonly TimeSpan s_nameIsFreeSoon = TimeSpan.FromMilliseconds(1);

    private readonly Dictionary<int, Running> _shards = [];
    private readonly ActorSystem _system;
    private readonly ControlLoop _loop;
    private readonly string _type;
    private readonly Func<EntityContext, Props> _props;
    private readonly LocalActorRef _parent;
    private readonly OneForOneStrategy _strategy;
    private readonly Action<RegionInput> _tell;

    public EntityActors(
        ActorSystem system,
        ControlLoop loop,
        string type,
        Func<EntityContext, Props> props,
        LocalActorRef parent,
        ShardingSettings settings,
        Action<RegionInput> tell)
    {
        (_system, _loop, _type, _props, _parent, _tell) = (system, loop, type, props, parent, tell);
        _strategy = new OneForOneStrategy(SupervisorStrategy.DefaultDecider)
        {
            Backoff = new RestartBackoff(settings.EntityBackoffMin, settings.EntityBackoffMax),
        };
    }

    public void StartShard(int shard, long epoch)
    {
        Props props = Props.Create(() => new ShardActor(
            (name, stop) => _loop.Post(() => _tell(new RegionInput.Passivate(shard, epoch, Uri.UnescapeDataString(name), stop))),
            () => _loop.Post(() => _tell(new RegionInput.Fenced(shard, epoch))))).WithSupervisorStrategy(_strategy);
        string name = ShardHash.Key(_type, shard).Shard;
        try
        {
            // The former run's actor may not be gone yet, or never will be when an entity hangs.
            if (_parent.Cell.Children.Find(name) is not null) name = $"{name}.{epoch}";
            _shards[shard] = new Running(epoch, _parent.Cell.Children.Start(props, name));
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidActorNameException)
        {
            Say(LogLevel.Warning, $"shard {shard} cannot start: {e.Message}");
        }
    }

    public void EndShard(int shard, long epoch)
    {
        if (Find(shard, epoch) is not { } running) return;
        _shards.Remove(shard);
        _system.Stop(running.Ref);
    }

    public void KillShard(int shard, long epoch)
    {
        if (Find(shard, epoch) is not { } running) return;
        foreach (LocalActorRef entity in running.Entities.Values) _system.Stop(entity);
    }

    public void StartEntity(int shard, long epoch, string id)
    {
        if (Find(shard, epoch) is not { } running)
        {
            Gone(shard, epoch, id);
            return;
        }

        try
        {
            Props props = _props(new EntityContext(id, new Fence(ShardHash.Key(_type, shard), epoch), running.Ref));
            LocalActorRef entity = running.Ref.Cell.Children.Start(props, Uri.EscapeDataString(id));
            running.Entities[id] = entity;
            entity.SendSystem(new WatchMessage(entity, new SignalRef(_system, entity.Path, signal =>
            {
                if (signal is DiedMessage) _loop.Post(() => OnDied(shard, epoch, id, entity));
            })));
        }
        catch (Exception e)
        {
            // The recipe is the user's code.
            Say(LogLevel.Error, $"entity {id} cannot start: {e.Message}", e);
            Gone(shard, epoch, id);
        }
    }

    public void StopEntity(int shard, long epoch, string id, object message) =>
        Find(shard, epoch)?.Entities.GetValueOrDefault(id)?.Tell(message, null);

    /// <summary>False when the entity has just ended.</summary>
    public bool Deliver(int shard, long epoch, string id, object message, IActorRef? sender)
    {
        if (Find(shard, epoch)?.Entities.GetValueOrDefault(id) is not { } entity) return false;
        entity.Tell(message, sender);
        return true;
    }

    private void OnDied(int shard, long epoch, string id, LocalActorRef entity)
    {
        if (Find(shard, epoch) is not { } running || !ReferenceEquals(running.Entities.GetValueOrDefault(id), entity)) return;

        // The parent hears of the death too, and frees the name in a turn of its own; until then a namesake could not start.
        if (running.Ref.Cell.Children.Find(entity) is not null)
        {
            _loop.After(s_nameIsFreeSoon, () => OnDied(shard, epoch, id, entity));
            return;
        }

        running.Entities.Remove(id);
        _tell(new RegionInput.EntityGone(shard, epoch, id));
    }

    private void Gone(int shard, long epoch, string id) => _loop.Post(() => _tell(new RegionInput.EntityGone(shard, epoch, id)));

    private Running? Find(int shard, long epoch) => _shards.TryGetValue(shard, out Running? running) && running.Epoch == epoch ? running : null;

    private void Say(LogLevel level, string text, Exception? cause = null) => _system.Log(new LogEvent(level, _parent.Path.ToString(), text, cause));

    private sealed record Running(long Epoch, LocalActorRef Ref)
    {
        public Dictionary<string, LocalActorRef> Entities { get; } = new(StringComparer.Ordinal);
    }
}
