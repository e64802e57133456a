using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Mesh.ClusterBench;

/// <summary>What a cluster costs and how fast it recovers, by real processes on this machine. Says a table.</summary>
internal sealed class ClusterBenchmark(BenchmarkOptions options, Fleet fleet)
{
    private const int FastWriters = 64;

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>What a node has for becoming idle: in its first minute the runtime compiles what turned out hot, and that costs most.</summary>
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);
    private static readonly string[] s_entities = [.. Enumerable.Range(0, 24).Select(static i => $"e{i}")];

    private readonly StringBuilder _page = new();

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        using Fleet fleet = new(options.Nodes, new NodeOptions { Journal = options.Journal, Connection = options.Connection });
        return await new ClusterBenchmark(options, fleet).RunAsync();
    }

    private bool IsQuorum => options.Journal == Actors.Journals.JournalKind.Quorum;

    private async Task<int> RunAsync()
    {
        Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Nodes} nodes, journal {options.Journal.ToString().ToLowerInvariant()}, {Environment.ProcessorCount} cores, "
                + $"load {Load()} at the start."));
        Line();
        Row("what", "n", "p50", "p99", "most");
        Row("---", "---", "---", "---", "---");
        Stopwatch founding = Stopwatch.StartNew();
        await fleet.StartAsync();
        Row("founded, s", "1", Text(founding.Elapsed.TotalSeconds), "", "");
        await WholeAsync();
        await IdleAsync();
        await WriteAsync();
        IReadOnlyList<string> faults = await KillAndPauseAsync();
        Line();
        Line($"Load {Load()} at the end. Wrong with what was acknowledged: {(faults.Count == 0 ? "nothing" : string.Join("; ", faults))}.");
        if (options.Out.Length > 0)
            await File.WriteAllTextAsync(Path.Combine(options.Out, $"cluster-{TimeProvider.System.GetUtcNow():yyyy-MM-dd}.md"), _page.ToString());
        return faults.Count == 0 ? 0 : 1;
    }

    private async Task WholeAsync()
    {
        await fleet.AllUpAsync(s_patience);
        if (IsQuorum) await fleet.VotersAsync(fleet.Count, s_patience);
    }

    private async Task IdleAsync()
    {
        await Task.Delay(s_settle);
        NodeProcess[] nodes = [.. fleet.Running];
        double[] before = [.. nodes.Select(static node => ProcessCost.CpuSeconds(node.Id))];
        Stopwatch watched = Stopwatch.StartNew();
        await Task.Delay(options.Idle);
        double seconds = watched.Elapsed.TotalSeconds;
        Sample("idle node, % of a core", [.. nodes.Select((node, i) => (ProcessCost.CpuSeconds(node.Id) - before[i]) / seconds * 100)]);
        Sample("idle node, RSS MB", [.. nodes.Select(static node => ProcessCost.RssMegabytes(node.Id))]);
    }

    private async Task WriteAsync()
    {
        await using Writers writers = new(fleet, Enumerable.Range(0, FastWriters).Select(static i => $"w{i}"), TimeSpan.Zero);
        await writers.EachGetsOnAsync(s_patience);
        long from = Stopwatch.GetTimestamp();
        await Task.Delay(options.Writes);
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        Acknowledged[] all = [.. writers.All.Where(one => one.Asked >= from)];
        await writers.StopAsync();
        Row($"writes a second, {FastWriters} counters", all.Length.ToString(CultureInfo.InvariantCulture), Text(all.Length / seconds), "", "");
        Sample("a write, ms", [.. all.Select(static one => Stopwatch.GetElapsedTime(one.Asked, one.At).TotalMilliseconds)]);
    }

    private async Task<IReadOnlyList<string>> KillAndPauseAsync()
    {
        List<double> detection = [], removal = [], failover = [];
        await using Writers writers = new(fleet, s_entities, s_pause);
        for (int kill = 0; kill < options.Kills; kill++)
        {
            await writers.EachGetsOnAsync(s_patience);
            (int victim, string[] entities) = await BusiestAsync();
            string uid = fleet[victim].Uid;
            long killedAt = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            long killed = Stopwatch.GetTimestamp();
            await fleet.KillAsync(victim);
            foreach (NodeProcess node in fleet.Running)
            {
                await node.UntilAsync(() => node.Events.Any(one => one.Uid == uid && one.Kind == "MemberRemoved"), s_patience, () => "the removal");
                detection.Add((node.Events.First(one => one.Uid == uid && one.Kind == "UnreachableMember").At - killedAt) / 1000.0);
                removal.Add((node.Events.First(one => one.Uid == uid && one.Kind == "MemberRemoved").At - killedAt) / 1000.0);
            }

            await writers.EachGetsOnAsync(s_patience);
            failover.AddRange(entities.Select(entity => Stopwatch.GetElapsedTime(
                killed, writers.All.First(one => one.Entity == entity && one.At > killed).At).TotalSeconds));
            await fleet.StartAsync(victim);
            await WholeAsync();
        }

        Sample("unreachable after kill -9, s", detection);
        Sample("removed after kill -9, s", removal);
        Sample("a killed owner's counter written again, s", failover);
        if (options.Pause > TimeSpan.Zero) await PauseAsync(writers);
        await writers.StopAsync();
        return await writers.FaultsAsync(s_patience);
    }

    private async Task PauseAsync(Writers writers)
    {
        (int victim, string[] entities) = await BusiestAsync();
        long frozen = Stopwatch.GetTimestamp();
        fleet[victim].Freeze();
        await Task.Delay(options.Pause);
        fleet[victim].Thaw();
        long thawed = Stopwatch.GetTimestamp();
        int exit = await fleet[victim].EndedAsync(s_patience);
        double ended = Stopwatch.GetElapsedTime(thawed).TotalSeconds;
        await writers.EachGetsOnAsync(s_patience);
        Sample($"an owner stopped for {options.Pause.TotalSeconds:0} s: its counter written again, s",
            [.. entities.Select(entity => Stopwatch.GetElapsedTime(
            frozen, writers.All.First(one => one.Entity == entity && one.At > frozen).At).TotalSeconds)]);
        Row($"it woke and ended with code {exit} after, s", "1", Text(ended), "", "");
    }

    /// <summary>The node that owns the most counters, and those.</summary>
    private async Task<(int Node, string[] Entities)> BusiestAsync()
    {
        List<(int Owner, string Entity)> homes = [];
        foreach (string entity in s_entities)
        {
            string home = (await fleet.AskAnyAsync($"locate {entity}", "home ", s_patience)).Split(' ')[3];
            homes.Add((fleet.IndexOf(int.Parse(home, CultureInfo.InvariantCulture)), entity));
        }

        IGrouping<int, (int Owner, string Entity)> most = homes.Where(static home => home.Owner >= 0)
            .GroupBy(static home => home.Owner).MaxBy(static home => home.Count())!;
        return (most.Key, [.. most.Select(static home => home.Entity)]);
    }

    private void Sample(string what, List<double> values)
    {
        if (values.Count == 0) return;
        double[] sorted = [.. values.Order()];
        Row(what, Text(sorted.Length), Text(Quantile(sorted, 0.5)), Text(Quantile(sorted, 0.99)), Text(sorted[^1]));
    }

    private static double Quantile(double[] sorted, double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];

    private static string Text(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private void Row(params string[] cells) => Line($"| {string.Join(" | ", cells)} |");

    private void Line(string text = "")
    {
        Console.WriteLine(text);
        _page.Append(text).Append('\n');
    }
}
