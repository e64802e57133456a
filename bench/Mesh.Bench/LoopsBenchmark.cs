using System.Globalization;

namespace Mesh.Bench;

/// <summary>Throughput of one loop and of two, and what the CPU per request says where the load generator is the limit.</summary>
internal static class LoopsBenchmark
{
    private const double BusyEnough = 0.9;

    public static async Task<int> RunAsync(Options options)
    {
        int rounds = options.Number("rounds", 5);
        int seconds = options.Number("seconds", 4);
        int connections = options.Number("connections", 64);
        string[] names = options.Names("proxies", "mesh");
        if (names.Contains("mesh"))
        {
            await Layout.PublishAsync();
        }

        // With four cores the load has two of its own; with two it shares them, and then it is the limit.
        string loadCores = Environment.ProcessorCount >= 4 ? "2,3" : "0,1";
        Report report = new("loops");
        await report.BeginAsync("One loop and two");
        using Proxy backend = await Proxy.StartBackendAsync(loadCores);
        report.Head("proxy", "loops", "requests/s", "CPU us/request", "busy share of its cores", "limit");
        foreach (string name in names)
        {
            using Proxy one = await Proxy.StartAsync(name, backend.Port, "0", loops: 1);
            using Proxy two = await Proxy.StartAsync(name, backend.Port, "0,1", loops: 2);
            List<Run> ones = [];
            List<Run> twos = [];
            await MeasureAsync(one, 1);
            await MeasureAsync(two, 2);
            for (int round = 0; round < rounds; round++)
            {
                ones.Add(await MeasureAsync(one, 1));
                twos.Add(await MeasureAsync(two, 2));
            }

            Show(report, name, 1, ones);
            Show(report, name, 2, twos);
            double measured = Statistics.Median(ones.Zip(twos, (a, b) => b.PerSecond / a.PerSecond));
            double implied = Statistics.Median(ones.Zip(twos, (a, b) => 2 * a.Cpu / b.Cpu));
            report.Line();
            report.Line(string.Create(CultureInfo.InvariantCulture, $"{name}: throughput of two loops over one, measured: {measured:0.00};"));
            report.Line(string.Create(CultureInfo.InvariantCulture, $"implied by CPU per request (2 x one / two): {implied:0.00}."));
            report.Line();
        }

        report.Save(options);
        return 0;

        async Task<Run> MeasureAsync(Proxy proxy, int loops)
        {
            double before = ProcStat.CpuSeconds(proxy.Process.Id);
            Wrk wrk = await Wrk.RunAsync(loadCores, proxy.Port, connections, seconds, threads: 2);
            double used = ProcStat.CpuSeconds(proxy.Process.Id) - before;
            return new Run(wrk.PerSecond, used * 1e6 / wrk.Requests, used / seconds / loops);
        }
    }

    private static void Show(Report report, string name, int loops, List<Run> runs)
    {
        bool saturated = Statistics.Median(runs.Select(run => run.Busy)) >= BusyEnough;
        report.Row(
            name,
            $"{loops}",
            Statistics.Show([.. runs.Select(run => run.PerSecond)], "0"),
            Statistics.Show([.. runs.Select(run => run.Cpu)], "0.00"),
            Statistics.Show([.. runs.Select(run => run.Busy)], "0.00"),
            saturated ? "the proxy" : "the load generator");
    }

    private sealed record Run(double PerSecond, double Cpu, double Busy);
}
