using Mesh.Actors.Tables;
using Xunit;

namespace Mesh.Tests.Actors.Tables;

/// <summary>What watchers are told, beside what readers see.</summary>
public sealed class WatcherTests
{
    /// <summary>A watcher that applies what it is told has what the snapshot has, whenever it came, however often a row changed.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void EveryChange_IsToldOnce_WithWhatWasThereBefore(int seed)
    {
        Random random = new(seed);
        TableWorld world = new((ulong)seed);
        TestNode[] nodes = [world.AddNode(), world.AddNode()];
        OwnerTable<string>[] tables = [.. nodes.Select(static node => node.OpenOwned())];
        world.AllUp();
        List<Follower> followers = [new(tables[0])];
        int told = 0;
        for (int step = 0; step < 1_500; step++)
        {
            string key = $"k{random.Next(300)}";
            switch (random.Next(20))
            {
                case 0 when followers.Count < 5: followers.Add(new Follower(tables[0])); break;
                case 1 when followers.Count > 0:
                    told += followers[0].Batches;
                    followers[0].Dispose();
                    followers.RemoveAt(0);
                    break;
                case < 5: world.Run(TimeSpan.FromMilliseconds(random.Next(60))); break;
                case < 9: tables[random.Next(2)].Remove(key); break;
                // Many at once, as from a peer: the next snapshot may wait until watchers are called.
                case 9: for (int i = 0; i < 200; i++) tables[1].Put($"k{i}", $"{step}"); break;
                default: tables[random.Next(2)].Put(key, $"{random.Next(3)}"); break;
            }
        }

        world.Run(5);
        Assert.All(followers, static follower => Assert.Equal(follower.Table.Snapshot.Rows, follower.Rows.Values));
        Assert.True(told > 20);
        followers.ForEach(static follower => follower.Dispose());
        Assert.DoesNotContain(nodes[0].Logged, static line => line.Message.Contains("watcher", StringComparison.Ordinal));
    }

    /// <summary>Throws at what it cannot believe, which the table logs.</summary>
    private sealed class Follower : IDisposable
    {
        private readonly IDisposable _watch;

        public Follower(OwnerTable<string> table)
        {
            Table = table;
            _watch = table.Watch(Take);
        }

        public OwnerTable<string> Table { get; }

        public int Batches { get; private set; }

        public SortedDictionary<(string Key, ulong Owner), RowView<string>> Rows { get; } = new(Comparer<(string Key, ulong Owner)>.Create(
            static (left, right) => string.CompareOrdinal(left.Key, right.Key) is not 0 and var order ? order : left.Owner.CompareTo(right.Owner)));

        public void Dispose() => _watch.Dispose();

        private void Take(TableChange<string> change)
        {
            Batches++;
            foreach (RowChange<string> row in change.Changes)
            {
                RowView<string> view = (row.After ?? row.Before)!;
                Assert.Equal(Rows.GetValueOrDefault((view.Key, view.Owner)), row.Before);
                Assert.NotEqual(row.Before, row.After);
                if (row.After is null) Rows.Remove((view.Key, view.Owner));
                else Rows[(view.Key, view.Owner)] = row.After;
            }

            Assert.Equal(change.Snapshot.Rows, Rows.Values);
        }
    }
}
