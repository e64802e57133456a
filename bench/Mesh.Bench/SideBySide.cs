namespace Mesh.Bench;

/// <summary>Small requests of one protocol: each proxy on core 0, the load and the backend on core 1, rounds interleaved.</summary>
/// <remarks>
/// The machine drifts, so single figures say little: each round runs every proxy once, one after the other, and the ratio is taken within the round.
/// </remarks>
/// <param name="subject">What is spoken, and by whom.</param>
internal sealed class SideBySide(SideBySide.Subject subject)
{
    private const string Reference = "haproxy";
    private const int WarmUpSeconds = 5;

    /// <summary>What is measured.</summary>
    /// <param name="Name">Of the page.</param>
    /// <param name="Title">Of the page, for people.</param>
    /// <param name="Proxies">Those that take part unless told.</param>
    /// <param name="StartBackend">Pinned to the cores.</param>
    /// <param name="StartProxy">By name, in front of a backend's port, pinned to the cores.</param>
    /// <param name="Load">The command of one run: port, connections, seconds.</param>
    /// <param name="Read">Its report.</param>
    public sealed record Subject(
        string Name,
        string Title,
        string Proxies,
        Func<string, Task<Proxy>> StartBackend,
        Func<string, int, string, Task<Proxy>> StartProxy,
        Func<int, int, int, string[]> Load,
        Func<string, LoadReport> Read);

    public async Task<int> RunAsync(Options options)
    {
        string[] names = options.Names("proxies", subject.Proxies);
        int rounds = options.Number("rounds", 11);
        int seconds = options.Number("seconds", 4);
        int[] connections = options.Numbers("connections", "64,256");
        if (names.Contains("mesh"))
        {
            await Layout.PublishAsync();
        }

        using Proxy backend = await subject.StartBackend("1");
        List<Proxy> proxies = [];
        try
        {
            foreach (string name in names)
            {
                proxies.Add(await subject.StartProxy(name, backend.Port, "0"));
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

    private async Task<List<Sample>> MeasureAsync(List<Proxy> proxies, int[] connections, int rounds, int seconds)
    {
        foreach (Proxy proxy in proxies)
        {
            Console.WriteLine($"warming {proxy.Name}");
            await LoadAsync(proxy.Port, connections.Max(), WarmUpSeconds);
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
                    string figures = $"{sample.CpuMicroseconds:0.00} us, {sample.Load.PerSecond:0}/s {sample.Load.Errors}";
                    Console.WriteLine($"{count} connections, round {round}: {proxy.Name} {figures}");
                }
            }
        }

        return samples;
    }

    private async Task<Sample> MeasureOnceAsync(Proxy proxy, int connections, int round, int seconds)
    {
        double before = ProcStat.CpuSeconds(proxy.Process.Id);
        LoadReport load = await LoadAsync(proxy.Port, connections, seconds);
        double used = ProcStat.CpuSeconds(proxy.Process.Id) - before;
        return new Sample(proxy.Name, connections, round, used * 1e6 / load.Requests, ProcStat.RssKiB(proxy.Process.Id) / 1024.0, load);
    }

    private async Task<LoadReport> LoadAsync(int port, int connections, int seconds) =>
        subject.Read(await Child.RunAsync("1", subject.Load(port, connections, seconds)));

    private async Task WriteAsync(Options options, List<Proxy> proxies, Proxy backend, List<Sample> samples, int rounds, int seconds)
    {
        Report report = new(subject.Name);
        await report.BeginAsync(subject.Title);
        report.Line($"{rounds} interleaved rounds of {seconds} s after a warm-up of {WarmUpSeconds} s.");
        report.Line("Every proxy is pinned to core 0, the load and the backend to core 1.");
        report.Line("Median [interquartile range]. CPU is utime + stime of the whole process, divided by requests. The ratio is the median of the");
        report.Line($"ratios to {Reference} in the same round. Memory is VmRSS after a run.");
        report.Line();
        report.Head(
            "connections", "proxy", "CPU us/request", $"ratio to {Reference}", "requests/s", "p50 us", "p99 us", "mean us", "RSS MB", "errors");
        foreach (IGrouping<(int Connections, string Name), Sample> group in samples.GroupBy(sample => (sample.Connections, sample.Name)))
        {
            double[] Values(Func<Sample, double> value) => [.. group.Select(value)];
            report.Row(
                $"{group.Key.Connections}",
                group.Key.Name,
                Statistics.Show(Values(sample => sample.CpuMicroseconds), "0.00"),
                Statistics.Show(Ratios(samples, group), "0.000"),
                Statistics.Show(Values(sample => sample.Load.PerSecond), "0"),
                Told(Values(sample => sample.Load.P50)),
                Told(Values(sample => sample.Load.P99)),
                Told(Values(sample => sample.Load.Mean)),
                Statistics.Show(Values(sample => sample.RssMB)),
                $"{group.Count(sample => sample.Load.Errors.Length > 0)} runs");
        }

        report.Commands(
        [
            backend.Process.Command,
            .. proxies.Select(proxy => proxy.Process.Command),
            Child.Show(["taskset", "-c", "1", .. subject.Load(proxies[0].Port, samples[0].Connections, seconds)]),
        ]);
        report.Save(options);
    }

    /// <summary>A load generator tells percentiles or a mean, not both.</summary>
    private static string Told(double[] microseconds) => microseconds.All(static each => each == 0) ? "" : Statistics.Show(microseconds, "0");

    private static double[] Ratios(List<Sample> samples, IEnumerable<Sample> measured) =>
    [
        .. from sample in measured
           join other in samples on (sample.Connections, sample.Round, Reference) equals (other.Connections, other.Round, other.Name)
           select sample.CpuMicroseconds / other.CpuMicroseconds,
    ];

    private sealed record Sample(string Name, int Connections, int Round, double CpuMicroseconds, double RssMB, LoadReport Load);
}
