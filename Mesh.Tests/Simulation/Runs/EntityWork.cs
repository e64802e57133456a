using Mesh.Actors.Sharding;
using Mesh.Tests.Simulation.Checks;
using Mesh.Tests.Simulation.Nodes;
using Mesh.Tests.Simulation.World;
using Mesh.Wire;

namespace Mesh.Tests.Simulation.Runs;

/// <summary>Clients of the entities: each command goes through some node's region, and again through another until it is answered.</summary>
internal sealed class EntityWork
{
    private const int Entities = 10;

    private readonly SimCluster _cluster;
    private readonly SortedDictionary<long, Op> _open = [];
    private readonly SortedSet<string> _used = new(StringComparer.Ordinal);
    private SplitMix64 _random;
    private long _commands;
    private bool _working;

    public EntityWork(SimCluster cluster, CommandCheck commands)
    {
        (_cluster, _random) = (cluster, new SplitMix64(Hashes.Of(cluster.World.Seed, 0xE7)));
        commands.FirstAnswer += (_, command) => _open.Remove(command);
    }

    /// <summary>When a command was sent last.</summary>
    public TimeSpan LastSent { get; private set; }

    public void Start()
    {
        _working = true;
        Next();
    }

    /// <summary>No more new ones, but for a last one to each entity; what is open is asked again until it is answered.</summary>
    public void Stop()
    {
        _working = false;
        foreach (string entity in _used.ToArray()) Begin(entity);
    }

    public string? Unsettled() => _open.Count == 0
        ? null
        : $"{_open.Count} commands are not answered, {_open.Values.First()} among them";

    /// <summary>Numbers of shards that had commands.</summary>
    public IEnumerable<int> Shards => _used.Select(entity => ShardHash.ShardOf(entity, EntityHost.Shards)).Distinct().Order();

    private void Next()
    {
        if (!_working) return;
        Begin($"e{_random.Next(Entities)}");
        _cluster.World.After(TimeSpan.FromSeconds(0.05 + (1.2 * _random.NextDouble())), "next command", Next);
    }

    private void Begin(string entity)
    {
        _used.Add(entity);
        var op = new Op(entity, ++_commands);
        _open.Add(op.Command, op);
        Try(op);
    }

    private void Try(Op op)
    {
        if (!_open.ContainsKey(op.Command)) return;
        SimProcess[] living = [.. _cluster.Living];
        if (living.Length > 0)
        {
            SimProcess process = living[_random.Next(living.Length)];
            op.Tries++;
            LastSent = _cluster.World.Now;
            process.Loop.Post(() =>
            {
                EntityHost host = ((ClusterProgram)process.Program!).Entities!;
                host.Region.Tell(new ShardingEnvelope(op.Entity, new Add(op.Command)), host.Client);
            });
        }

        // Some are sent again while the first may still be under way.
        _cluster.World.After(TimeSpan.FromSeconds(1 + (12 * _random.NextDouble())), "a client loses patience", () => Try(op));
    }

    private sealed class Op(string entity, long command)
    {
        public string Entity => entity;

        public long Command => command;

        public int Tries { get; set; }

        public override string ToString() => $"{command} to {entity} after {Tries} tries";
    }
}
