using Mesh.Actors.Membership;
using Mesh.Actors.Tables;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

/// <summary>Random worlds: links lose, reorder and part; nodes write, delete, die and come back. Then it heals.</summary>
public sealed class ChaosTests
{
    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    [InlineData(3UL)]
    [InlineData(4UL)]
    [InlineData(5UL)]
    [InlineData(6UL)]
    [InlineData(7UL)]
    [InlineData(8UL)]
    public void Tables_AreEqualAfterHealing_AndReadersNeverSeeVersionsGoBack(ulong seed)
    {
        var chaos = new Chaos(seed);

        chaos.Rage(TimeSpan.FromMinutes(3));
        chaos.Heal();

        chaos.CheckEqual();
        Assert.True(chaos.Regressions.Count == 0, $"seed {seed}: {string.Join("; ", chaos.Regressions.Take(5))}");
    }

    [Fact]
    public void OneSeed_GivesOneTrace()
    {
        (int Messages, ulong Root) one = Run(), other = Run();

        Assert.Equal(one, other);

        static (int Messages, ulong Root) Run()
        {
            var chaos = new Chaos(42);
            chaos.Rage(TimeSpan.FromSeconds(40));
            return (chaos.World.Messages, chaos.Root);
        }
    }

    private sealed class Chaos
    {
        private readonly Dictionary<TestNode, (OwnerTable<string> Instances, ReplicatedMap<string> Routes)> _tables = [];
        private readonly ulong[] _sequences = new ulong[8];
        private readonly ulong _seed;
        private readonly HashSet<TestNode> _away = [];

        public Chaos(ulong seed)
        {
            _seed = seed;
            World = new TableWorld(seed)
            {
                Loss = 0.05,
                Delay = TimeSpan.FromMilliseconds(20),
                Settings = new TableSettings { OwnerTombstoneLife = TimeSpan.FromSeconds(40), CollectInterval = TimeSpan.FromSeconds(10) },
            };
            World.IsCut = (from, to) => _away.Contains(from) != _away.Contains(to);
            int count = 3 + World.Next(5);
            for (int i = 0; i < count; i++) Add(null);
            World.AllUp();
        }

        public TableWorld World { get; }

        public List<string> Regressions { get; } = [];

        public ulong Root => World.Nodes[^1].Tables.GetStatus().Aggregate(0UL, (sum, status) => sum + status.Root);

        private List<TestNode> Living => World.Nodes.FindAll(node => !node.IsStopped);

        public void Rage(TimeSpan time)
        {
            for (TimeSpan end = World.Now + time; World.Now < end;)
            {
                World.Run(TimeSpan.FromMilliseconds(World.Next(400)));
                TestNode node = Living[World.Next(Living.Count)];
                int key = World.Next(8);
                switch (World.Next(20))
                {
                    case < 8:
                        _tables[node].Instances.Put($"i{key}", $"{World.Now}");
                        break;
                    case < 11:
                        _tables[node].Instances.Remove($"i{key}");
                        break;
                    case < 15:
                        _tables[node].Routes.Put($"r{key}", $"{_sequences[key] + 1}", Version(key));
                        break;
                    case 15:
                        _tables[node].Routes.Remove($"r{key}", Version(key));
                        break;
                    case 16 or 17:
                        Part(node);
                        break;
                    case 18 when Living.Count > 2:
                        Restart(node);
                        break;
                }
            }
        }

        public void Heal()
        {
            _away.Clear();
            World.Loss = 0;
            World.AllUp();
            World.Run(120);
        }

        public void CheckEqual()
        {
            foreach (int table in (int[])[0, 1])
            {
                ulong[] roots = [.. Living.Select(node => node.Tables.GetStatus()[table].Root).Distinct()];
                Assert.True(roots.Length == 1, $"seed {_seed}: table {table} has {roots.Length} contents on {Living.Count} nodes");
            }

            HashSet<ulong> living = [.. Living.Select(node => node.Self.Uid)];
            foreach (TestNode node in Living)
            {
                Assert.All(_tables[node].Instances.Snapshot.Rows, row => Assert.Contains(row.Owner, living));
                Assert.All(_tables[node].Instances.Snapshot.Rows, row => Assert.Equal(OwnerState.Up, row.State));
                Assert.Equal(_tables[Living[0]].Instances.Snapshot.Rows, _tables[node].Instances.Snapshot.Rows);
                Assert.Equal(_tables[Living[0]].Routes.Snapshot.Rows, _tables[node].Routes.Snapshot.Rows);
            }
        }

        private RowVersion Version(int key) => new((ulong)(World.Now.TotalSeconds / 60), ++_sequences[key]);

        private void Part(TestNode node)
        {
            if (!_away.Remove(node)) _away.Add(node);
            foreach (TestNode each in Living)
            {
                IEnumerable<TestNode> unreachable = Living.Where(other => _away.Contains(other) != _away.Contains(each));
                TableWorld.SetView(Living, _ => MemberStatus.Up, []);
                ClusterState view = each.Membership.State;
                each.Membership.Set(view.Members, [.. unreachable.Select(other => other.Self).Order()], view.Neighbours);
            }
        }

        private void Restart(TestNode node)
        {
            node.IsStopped = true;
            _away.Remove(node);
            Add(World.Next(2) == 0 ? node.Disk : null);
            World.AllUp();
        }

        private void Add(FakeDisk? disk)
        {
            TestNode node = World.AddNode(disk);
            OwnerTable<string> instances = node.OpenOwned();
            ReplicatedMap<string> routes = node.OpenMap();
            _tables.Add(node, (instances, routes));
            Watch(node, instances);
            Watch(node, routes);
        }

        private void Watch(TestNode node, ReplicatedTable<string> table)
        {
            Dictionary<(string, ulong), RowVersion> seen = [];
            table.Watch(change =>
            {
                foreach (RowChange<string> row in change.Changes)
                {
                    if (row.After is not { } after) continue;
                    if (seen.TryGetValue((after.Key, after.Owner), out RowVersion before) && after.Version < before)
                        Regressions.Add($"{node} {table.Name} {after.Key}: {before} then {after.Version}");
                    seen[(after.Key, after.Owner)] = after.Version;
                }
            });
        }
    }
}
