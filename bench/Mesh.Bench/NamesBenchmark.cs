using System.Diagnostics;

namespace Mesh.Bench;

/// <summary>Many names in use, each round alone and then while they are bound anew; at the end each must lead to its new place.</summary>
/// <remarks>
/// By dtab every change moves all names; by files it moves one, and each name is a destination of its own. CPU is that of the whole process,
/// the binding included, which is also measured without traffic.
/// </remarks>
internal static class NamesBenchmark
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync(Options options)
    {
        int names = options.Number("names", 10_000);
        int changes = options.Number("changes", 50);
        int rounds = options.Number("rounds", 5);
        int seconds = options.Number("seconds", 4);
        int connections = options.Number("connections", 64);
        await Layout.PublishAsync();
        Report report = new("names");
        await report.BeginAsync("Many names, bound anew");
        report.Line($"{names} names in turn, {connections} connections.");
        report.Line($"{rounds} rounds of {seconds} s without and {seconds} s with {changes} changes a second; ratios are taken within a round.");
        report.Line("By dtab a change moves all names, by files one. Mesh on core 0, wrk and the backends on core 1.");
        report.Line("Binding alone is the share of a core that the changes cost without traffic. Stale: names that lead to the old place after all.");
        report.Line();
        report.Head(
            "by", "CPU us/request", "while bound anew", "ratio", "p99 us", "while bound anew", "ratio", "binding alone", "changes/s",
            "RSS MB start, middle, end", "series start, end", "errors", "stale", "settled after s");
        bool stale = false;
        foreach (string by in options.Names("by", "dtab,files"))
        {
            Result result = await MeasureAsync(by, names, changes, rounds, seconds, connections);
            Show(report, by, result);
            stale |= result.Stale > 0;
        }

        report.Save(options);
        return stale ? 1 : 0;
    }

    private static async Task<Result> MeasureAsync(string by, int names, int perSecond, int rounds, int seconds, int connections)
    {
        using Proxy old = await Proxy.StartBackendAsync("1", 'x');
        using Proxy other = await Proxy.StartBackendAsync("1", 'y');
        NameChanges changes = new(by, names, old.Port, other.Port);
        using Proxy mesh = await Proxy.StartMeshAsync($"mesh-names-{by}.yaml", changes.Config(1), "0");
        using HttpClient admin = Metrics.Of(mesh);
        string script = Layout.Write("names.lua", Script(names));
        await CheckAsync(mesh.Port, names, changes);
        await Wrk.RunScriptAsync("1", mesh.Port, connections, seconds, script);

        List<Run> still = [];
        List<Run> moving = [];
        List<double> rss = [Rss(mesh)];
        double series = await Metrics.ReadAsync(admin, "mesh_metrics_series");
        int before = changes.Count;
        for (int round = 0; round < rounds; round++)
        {
            still.Add(await RunAsync(mesh, connections, seconds, script));
            moving.Add(await BesideAsync(changes, perSecond, () => RunAsync(mesh, connections, seconds, script)));
            rss.Add(Rss(mesh));
            Console.WriteLine($"{by}, round {round + 1}: {still[^1].Cpu:0.00} us, {moving[^1].Cpu:0.00} us while bound anew {moving[^1].Wrk.Errors}");
        }

        double rate = (changes.Count - before) / (double)(rounds * seconds);
        double alone = await BesideAsync(changes, perSecond, () => IdleCpuAsync(mesh, seconds));
        (int stale, TimeSpan settled) = await CheckAsync(mesh.Port, names, changes);
        rss.Add(Rss(mesh));
        double seriesAfter = await Metrics.ReadAsync(admin, "mesh_metrics_series");
        return new Result(still, moving, alone, rate, rss, (series, seriesAfter), stale, settled);
    }

    private static async Task<T> BesideAsync<T>(NameChanges changes, int perSecond, Func<Task<T>> measure)
    {
        using CancellationTokenSource stop = new();
        Task changing = changes.RunAsync(perSecond, stop.Token);
        T result = await measure();
        await stop.CancelAsync();
        await changing;
        return result;
    }

    private static async Task<Run> RunAsync(Proxy mesh, int connections, int seconds, string script)
    {
        double before = ProcStat.CpuSeconds(mesh.Process.Id);
        Wrk wrk = await Wrk.RunScriptAsync("1", mesh.Port, connections, seconds, script);
        return new Run((ProcStat.CpuSeconds(mesh.Process.Id) - before) * 1e6 / wrk.Requests, wrk);
    }

    private static async Task<double> IdleCpuAsync(Proxy mesh, int seconds)
    {
        double before = ProcStat.CpuSeconds(mesh.Process.Id);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        return (ProcStat.CpuSeconds(mesh.Process.Id) - before) / seconds;
    }

    private static double Rss(Proxy mesh) => ProcStat.RssKiB(mesh.Process.Id) / 1024.0;

    /// <summary>Asks for every name, until each leads where it should or patience ends: how many do not, and when the last one did.</summary>
    private static async Task<(int Stale, TimeSpan Settled)> CheckAsync(int port, int names, NameChanges changes)
    {
        long start = Stopwatch.GetTimestamp();
        using RawHttp http = await RawHttp.ConnectAsync(port);
        List<int> wrong = [.. Enumerable.Range(0, names)];
        while (true)
        {
            List<int> again = [];
            foreach (int name in wrong)
            {
                await http.SendAsync($"GET / HTTP/1.1\r\nHost: {NameChanges.NameOf(name)}\r\n\r\n");
                string head = await http.ReadHeadAsync() ?? throw new BenchException("mesh closed the connection of the check");
                string body = await http.ReadTextAsync(RawHttp.LengthOf(head));
                if (!body.StartsWith(changes.PlaceOf(name) == 0 ? "xx" : "yy", StringComparison.Ordinal)) again.Add(name);
            }

            TimeSpan took = Stopwatch.GetElapsedTime(start);
            if (again.Count == 0 || took > Patience) return (again.Count, took);
            wrong = again;
        }
    }

    /// <summary>wrk's requests, made beforehand: each name in turn.</summary>
    private static string Script(int names) => $$"""
        local requests = {}
        local at = 0
        init = function(args)
          for i = 0, {{names - 1}} do
            requests[i] = wrk.format("GET", "/", {Host = string.format("name%05d.test", i)})
          end
        end
        request = function()
          at = (at + 1) % {{names}}
          return requests[at]
        end

        """;

    private static void Show(Report report, string by, Result result)
    {
        string Column(IEnumerable<double> values, string format) => Statistics.Show([.. values], format);
        report.Row(
            by,
            Column(result.Still.Select(run => run.Cpu), "0.00"),
            Column(result.Moving.Select(run => run.Cpu), "0.00"),
            Column(result.Still.Zip(result.Moving, (still, moving) => moving.Cpu / still.Cpu), "0.000"),
            Column(result.Still.Select(run => run.Wrk.P99), "0"),
            Column(result.Moving.Select(run => run.Wrk.P99), "0"),
            Column(result.Still.Zip(result.Moving, (still, moving) => moving.Wrk.P99 / still.Wrk.P99), "0.000"),
            $"{result.Alone:0.00}",
            $"{result.Rate:0.0}",
            $"{result.Rss[0]:0.0}, {result.Rss[result.Rss.Count / 2]:0.0}, {result.Rss[^1]:0.0}",
            $"{result.Series.Before:0}, {result.Series.After:0}",
            $"{result.Still.Concat(result.Moving).Count(run => run.Wrk.Errors.Length > 0)} runs",
            $"{result.Stale}",
            $"{result.Settled.TotalSeconds:0.0}");
    }

    private sealed record Run(double Cpu, Wrk Wrk);

    private sealed record Result(
        List<Run> Still,
        List<Run> Moving,
        double Alone,
        double Rate,
        List<double> Rss,
        (double Before, double After) Series,
        int Stale,
        TimeSpan Settled);
}
