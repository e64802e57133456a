using Mesh.Actors.Remoting;
using Mesh.Actors.Tables;
using Mesh.Actors.Tables.Protocol;
using Mesh.Tests.Kit;
using Mesh.Tests.Simulation.Runs;
using Xunit;
using Xunit.Abstractions;

namespace Mesh.Tests.Actors.Tables;

/// <summary>How fast and at what cost tables spread, in virtual time: 5 ms a hop, a tenth of the messages 25 ms.</summary>
public sealed class SpreadTests(ITestOutputHelper output)
{
    [Fact]
    public void Change_IsSeenByAHundredNodesWithinASecond() => Measure(100, 40, 0.01, TimeSpan.FromSeconds(1));

    [CiFact]
    public void Change_IsSeenByTwoThousandNodesWithinOneAndAHalf() => Measure(2000, 20, 0.01, TimeSpan.FromSeconds(1.5));

    [Fact]
    public void CostOfChanges_IsTheirSizeTimesFanOutTimesNodes()
    {
        (TableWorld world, TestNode[] nodes, OwnerTable<string>[] tables) = Start(50, 21);
        world.Settings = world.Settings with { SyncInterval = TimeSpan.FromHours(1) };
        long deltas = 0, rows = 0;
        world.Sent = (message, _) =>
        {
            if (message is not TableDelta delta) return;
            deltas += delta.CalculateSize();
            rows += delta.Rows.Count;
        };

        const int changes = 40, size = 200;
        for (int i = 0; i < changes; i++)
        {
            tables[i].Put("key", new string('v', size));
            world.Run(0.5);
        }

        double fanOut = nodes.Average(node => node.Membership.State.Neighbours.Length);
        double perChange = (double)rows / changes;
        output.WriteLine($"{perChange:F0} rows and {deltas / changes} bytes a change, {nodes.Length} nodes x fan-out {fanOut:F1}");
        Assert.InRange(perChange, nodes.Length * (fanOut - 1) * 0.9, nodes.Length * fanOut);
        Assert.InRange(deltas / changes, perChange * size, perChange * (size + 60));
    }

    /// <summary>It took a minute and more: each round compared a part of what differed, anywhere.</summary>
    [Fact]
    public void RowsThatWereLost_AreBackWithinThreeRounds_HoweverLargeTheTable()
    {
        const int rows = 60_000, lost = 100;
        TableWorld world = new(31) { Settings = new TableSettings { MaxRowsPerOrigin = rows } };
        TestNode[] nodes = [world.AddNode(), world.AddNode()];
        OwnerTable<string>[] tables = [.. nodes.Select(static node => node.OpenOwned())];
        world.AllUp();
        for (int i = 0; i < rows; i++) tables[0].Put($"k{i}", "old");
        Assert.True(world.RunUntil(() => tables[1].Snapshot.Rows.Count == rows && tables[1].Snapshot.IsConfirmed, seconds: 60));
        world.Run(5);
        world.IsCut = static (_, _) => true;
        for (int i = 0; i < lost; i++) tables[0].Put($"k{i * (rows / lost)}", "new");
        world.Run(10);
        Assert.DoesNotContain(tables[1].Snapshot.Rows, static row => row.Value == "new");

        world.IsCut = static (_, _) => false;
        world.Run(3 * world.Settings.SyncInterval * 1.1);

        Assert.Equal(lost, tables[1].Snapshot.Rows.Count(static row => row.Value == "new"));
    }

    [Fact]
    public void IdleTrafficOfANode_IsFlatInFleetSize()
    {
        double small = IdleBytes(40, 22), big = IdleBytes(160, 23);

        output.WriteLine($"idle: {small:F0} B/s of 40 nodes, {big:F0} B/s of 160");
        Assert.InRange(big, small * 0.95, small * 1.05);
        Assert.InRange(big, 0, 2500);
    }

    [Fact]
    public void Joiner_CatchesUpInBoundedMessages_OnTheBulkLane()
    {
        (TableWorld world, TestNode[] nodes, OwnerTable<string>[] tables) = Start(3, 24);
        for (int i = 0; i < 9000; i++) tables[i % 3].Put($"k{i}", new string('v', 300));
        world.Run(60);
        TestNode joiner = world.AddNode();
        OwnerTable<string> table = joiner.OpenOwned();
        HashSet<Lane> lanes = [];
        world.Sent = (message, lane) =>
        {
            if (message is SyncRows) lanes.Add(lane);
        };
        TimeSpan start = world.Now;

        world.AllUp();
        bool whole = world.RunUntil(() => table.Snapshot.Rows.Count == 9000, 10);

        output.WriteLine($"9000 rows of 340 bytes in {(world.Now - start).TotalMilliseconds:F0} ms; largest message {world.LargestMessage}");
        Assert.True(whole);
        Assert.Equal([Lane.Bulk], lanes);
        Assert.InRange(world.LargestMessage, 1, 64 * 1024);
        Assert.All(nodes, node => Assert.Equal(0, node.Tables.GetStatus()[0].Refused));
    }

    [Fact]
    public void AgesOfOrigins_StayWithinTheirBound()
    {
        (TableWorld world, TestNode[] nodes, OwnerTable<string>[] tables) = Start(200, 25);
        world.Run(60);
        TableSettings settings = world.Settings;
        double bound = settings.SyncInterval.TotalSeconds * (Math.Log2(200) + (2.0 * 200 / settings.ClaimsPerMessage));
        TimeSpan?[] ages = [.. nodes.SelectMany(node => node.Tables.GetOrigins()).Select(origin => origin.Age).Order()];

        output.WriteLine($"200 nodes: ages p50 {ages[ages.Length / 2]}, p99 {ages[ages.Length * 99 / 100]}, bound {bound:F0} s");
        Assert.True(ages[ages.Length * 99 / 100] < TimeSpan.FromSeconds(bound));
        Assert.True(tables[0].SinceAgreed < TimeSpan.FromSeconds(30));
    }

    private void Measure(int count, int changes, double loss, TimeSpan limit)
    {
        (TableWorld world, TestNode[] nodes, OwnerTable<string>[] tables) = Start(count, 20);
        world.Loss = loss;
        List<double> all = [];
        for (int i = 0; i < changes; i++)
        {
            string key = $"k{i}";
            world.Run(world.Next(1000) / 1000.0);
            TimeSpan start = world.Now;
            tables[world.Next(count)].Put(key, "v");
            Dictionary<int, double> seen = [];
            world.RunUntil(
                () =>
                {
                    for (int n = 0; n < count; n++)
                        if (!seen.ContainsKey(n) && tables[n].Snapshot.Find(key) is not null) seen[n] = (world.Now - start).TotalMilliseconds;
                    return seen.Count == count;
                },
                30);
            Assert.Equal(count, seen.Count);
            all.AddRange(seen.Values);
        }

        all.Sort();
        output.WriteLine($"{nodes.Length} nodes, loss {loss:P0}: p50 {all[all.Count / 2]} ms, p99 {all[all.Count * 99 / 100]} ms, max {all[^1]} ms");
        Assert.True(all[all.Count * 99 / 100] < limit.TotalMilliseconds);
    }

    private static double IdleBytes(int count, ulong seed)
    {
        (TableWorld world, TestNode[] nodes, OwnerTable<string>[] tables) = Start(count, seed);
        foreach (OwnerTable<string> table in tables) table.Put("key", "value");
        world.Run(25);
        foreach (TestNode node in nodes) node.BytesSent = 0;
        world.Run(20);
        return nodes.Average(node => node.BytesSent) / 20;
    }

    private static (TableWorld World, TestNode[] Nodes, OwnerTable<string>[] Tables) Start(int count, ulong seed)
    {
        var world = new TableWorld(seed) { Delay = TimeSpan.FromMilliseconds(5) };
        TestNode[] nodes = [.. Enumerable.Range(0, count).Select(_ => world.AddNode())];
        OwnerTable<string>[] tables = [.. nodes.Select(node => node.OpenOwned())];
        world.AllUp();
        world.Run(3);
        return (world, nodes, tables);
    }
}

/// <summary>Runs with the many seeds: ten seconds for two thousand nodes.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CiFactAttribute() : FactIfAttribute(Choice.IsCi ? null : "takes ten seconds: MESH_SIM=ci");
