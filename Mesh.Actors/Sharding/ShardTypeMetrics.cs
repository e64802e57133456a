using Mesh.Wire.Metrics;

namespace Mesh.Actors.Sharding;

/// <summary>The series of an entity type on a node. Written on the control loop, read from any thread.</summary>
internal sealed class ShardTypeMetrics
{
    private readonly MetricScope? _scope;
    private readonly Dictionary<MailDrop, Counter> _dropped = [];
    private readonly Counter? _sent;
    private volatile int _shards;
    private volatile int _entities;
    private volatile int _waiting;
    private volatile int _granted;
    private volatile int _coordinator;

    public ShardTypeMetrics(MetricScope? scope, string type)
    {
        _scope = scope;
        if (scope is null) return;
        LabelSet labels = LabelSet.Empty.With(("type", type));
        scope.Gauge(ShardingMetricNames.Shards, "Shards that this node runs.", labels, () => _shards);
        scope.Gauge(ShardingMetricNames.Entities, "Entities that this node runs.", labels, () => _entities);
        scope.Gauge(ShardingMetricNames.Waiting, "Messages that wait for an entity's home.", labels, () => _waiting);
        scope.Gauge(ShardingMetricNames.Granted, "1 while this node may run entities.", labels, () => _granted);
        scope.Gauge(ShardingMetricNames.Coordinator, "1 while this node coordinates the type.", labels, () => _coordinator);
        _sent = scope.Counter(ShardingMetricNames.Sent, "Messages sent to entities of other nodes.", labels);
        foreach (MailDrop why in Enum.GetValues<MailDrop>())
        {
            LabelSet reason = labels.With(("reason", why.ToString()));
            _dropped[why] = scope.Counter(ShardingMetricNames.Dropped, "Messages to entities that were given up.", reason);
        }
    }

    public void Update(ShardRegionCore region, bool coordinates, TimeSpan now)
    {
        if (_scope is null) return;
        _shards = region.Host.Shards.Count();
        _entities = region.Host.Shards.Sum(shard => shard.Entities.Count);
        _waiting = region.Router.Waiting;
        _granted = region.Host.IsGranted(now) ? 1 : 0;
        _coordinator = coordinates ? 1 : 0;
    }

    public void Sent() => _sent?.Add(0);

    public void Drop(MailDrop why)
    {
        if (_dropped.TryGetValue(why, out Counter? counter)) counter.Add(0);
    }
}
