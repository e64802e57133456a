namespace Mesh.Bench;

/// <summary>HTTP/1.1 keep-alive, bodies of 100 bytes: each proxy on core 0, wrk and the backend on core 1, rounds interleaved.</summary>
/// <remarks>
/// The machine drifts, so single figures say little: each round runs every proxy once, one after the other, and the ratio is taken within the round.
/// </remarks>
internal static class Http1Benchmark
{
    private const string Reference = "haproxy";
    private const int WarmUpSeconds = 5;

    public static async Task<int> RunAsync(Options options)
    {
        string[] names = options.Names("proxies", "mesh,haproxy,nginx");
        int rounds = options.Number("rounds", 11);
        int seconds = options.Number("seconds", 4);
        int[] connections = options.Numbers("connections", "64,256");
        if (names.Contains("mesh"))
        {
            await Layout.PublishAsync();
        }

        using Proxy backend = await Proxy.StartBackendAsync("1");
        List<Proxy> proxies = [];
        try
        {
            foreach (string name in names)
            {
                proxies.Add(await Proxy.StartAsync(name, backend.Port, "0"));
            }

            List<Sample> samples = await MeasureAsync(proxies, connections, rounds, seconds);
            await WriteAsync(options, proxies, backend, samples, rounds, seconds);
            return 0;
        }
        finally
        {
            proxies.ForEach(proxy => proxy.Dispose());
        }
    }

    private static async Task<List<Sample>> MeasureAsync(List<Proxy> proxies, int[] connections, int rounds, int seconds)
    {
        foreach (Proxy proxy in proxies)
        {
            Console.WriteLine($"warming {proxy.Name}");
            await Wrk.RunAsync("1", proxy.Port, connections.Max(), WarmUpSeconds);
        }

        List<Sample> samples = [];
        foreach (int count in connections)
        {
            for (int round = 1; round <= rounds; round++)
            {
                foreach (Proxy proxy in proxies)
                {
                    Sample sample = await MeasureOnceAsync(proxy, count, round, seconds);
                    samples.Add(sample);
                    string figures = $"{sample.CpuMicroseconds:0.00} us, {sample.Wrk.PerSecond:0}/s {sample.Wrk.Errors}";
                    Console.WriteLine($"{count} connections, round {round}: {proxy.Name} {figures}");
                }
            }
        }

        return samples;
    }

    private static async Task<Sample> MeasureOnceAsync(Proxy proxy, int connections, int round, int seconds)
    {
        double before = ProcStat.CpuSeconds(proxy.Process.Id);
        Wrk wrk = await Wrk.RunAsync("1", proxy.Port, connections, seconds);
        double used = ProcStat.CpuSeconds(proxy.Process.Id) - before;
        return new Sample(proxy.Name, connections, round, used * 1e6 / wrk.Requests, ProcStat.RssKiB(proxy.Process.Id) / 1024.0, wrk);
    }

    private static async Task WriteAsync(Options options, List<Proxy> proxies, Proxy backend, List<Sample> samples, int rounds, int seconds)
    {
        Report report = new("http1");
        await report.BeginAsync("HTTP/1.1 side by side");
        report.Line($"{rounds} interleaved rounds of {seconds} s after a warm-up of {WarmUpSeconds} s.");
        report.Line("Every proxy is pinned to core 0, wrk and the backend to core 1.");
        report.Line("Median [interquartile range]. CPU is utime + stime of the whole process, divided by requests. The ratio is the median of the");
        report.Line($"ratios to {Reference} in the same round. Memory is VmRSS after a run.");
        report.Line();
        report.Head("connections", "proxy", "CPU us/request", $"ratio to {Reference}", "requests/s", "p50 us", "p99 us", "RSS MB", "errors");
        foreach (IGrouping<(int Connections, string Name), Sample> group in samples.GroupBy(sample => (sample.Connections, sample.Name)))
        {
            double[] Values(Func<Sample, double> value) => [.. group.Select(value)];
            report.Row(
                $"{group.Key.Connections}",
                group.Key.Name,
                Statistics.Show(Values(sample => sample.CpuMicroseconds), "0.00"),
                Statistics.Show(Ratios(samples, group), "0.000"),
                Statistics.Show(Values(sample => sample.Wrk.PerSecond), "0"),
                Statistics.Show(Values(sample => sample.Wrk.P50), "0"),
                Statistics.Show(Values(sample => sample.Wrk.P99), "0"),
                Statistics.Show(Values(sample => sample.RssMB)),
                $"{group.Count(sample => sample.Wrk.Errors.Length > 0)} runs");
        }

        report.Commands(
        [
            backend.Process.Command,
            .. proxies.Select(proxy => proxy.Process.Command),
            Child.Show(["taskset", "-c", "1", .. Wrk.Command(proxies[0].Port, samples[0].Connections, seconds)]),
        ]);
        report.Save(options);
    }

    private static double[] Ratios(List<Sample> samples, IEnumerable<Sample> measured) =>
    [
        .. from sample in measured
           join other in samples on (sample.Connections, sample.Round, Reference) equals (other.Connections, other.Round, other.Name)
           select sample.CpuMicroseconds / other.CpuMicroseconds,
    ];

    private sealed record Sample(string Name, int Connections, int Round, double CpuMicroseconds, double RssMB, Wrk Wrk);
}
