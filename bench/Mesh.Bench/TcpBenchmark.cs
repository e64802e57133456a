using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Bench;

/// <summary>Bytes that nobody reads: CPU of a proxy for each GB that passes it, rounds interleaved.</summary>
/// <remarks>Proxy on core 0, both ends on core 1; the ratio is taken within the round, as the machine drifts.</remarks>
internal static partial class TcpBenchmark
{
    private const string Reference = "haproxy";

    public static async Task<int> RunAsync(Options options)
    {
        string[] names = options.Names("proxies", "mesh,splice,haproxy,haproxy-splice");
        int rounds = options.Number("rounds", 11);
        int megabytes = options.Number("megabytes", 4096);
        int[] connections = options.Numbers("connections", "1,8");
        if (names.Contains("mesh") && !options.Has("published")) await Layout.PublishAsync();
        using Child sink = Child.StartSelf("1", "sink");
        int port = int.Parse((await sink.LineAsync(SinkLine())).Groups[1].Value, CultureInfo.InvariantCulture);
        List<Proxy> proxies = [];
        try
        {
            foreach (string name in names) proxies.Add(await Proxy.StartTcpAsync(name, port, "0"));
            List<Sample> samples = [];
            foreach (int count in connections)
            {
                foreach (Proxy proxy in proxies) await MeasureAsync(proxy, count, 0, megabytes / 4);
                for (int round = 1; round <= rounds; round++)
                {
                    foreach (Proxy proxy in proxies) samples.Add(await MeasureAsync(proxy, count, round, megabytes));
                }
            }

            await WriteAsync(options, proxies, samples, rounds, megabytes);
            return 0;
        }
        finally
        {
            proxies.ForEach(proxy => proxy.Dispose());
        }
    }

    private static async Task<Sample> MeasureAsync(Proxy proxy, int connections, int round, int megabytes)
    {
        double before = ProcStat.CpuSeconds(proxy.Process.Id);
        using Child pour = Child.StartSelf("1", "pour", "--port", $"{proxy.Port}", "--megabytes", $"{megabytes}", "--connections", $"{connections}");
        double seconds = double.Parse((await pour.LineAsync(PouredLine())).Groups[1].Value, CultureInfo.InvariantCulture);
        double gigabytes = megabytes / 1024.0;
        Sample sample = new(
            proxy.Name, connections, round, (ProcStat.CpuSeconds(proxy.Process.Id) - before) / gigabytes, gigabytes / seconds,
            ProcStat.RssKiB(proxy.Process.Id) / 1024.0);
        Console.WriteLine($"{connections} connections, round {round}: {proxy.Name} {sample.CpuSeconds:0.000} s/GB, {sample.Rate:0.00} GB/s");
        return sample;
    }

    private static async Task WriteAsync(Options options, List<Proxy> proxies, List<Sample> samples, int rounds, int megabytes)
    {
        Report report = new("tcp");
        await report.BeginAsync("TCP side by side");
        report.Line($"{rounds} interleaved rounds of {megabytes} MB from client to server. Every proxy is pinned to core 0, both ends to core 1.");
        report.Line("Median [interquartile range]. CPU is utime + stime of the whole process, divided by GiB. The ratio is the median of the");
        report.Line($"ratios to {Reference} in the same round. `splice` is Mesh's splice without its router;");
        report.Line("`haproxy-splice` has `option splice-auto`.");
        report.Line();
        report.Head("connections", "proxy", "CPU s/GB", $"ratio to {Reference}", "GB/s", "RSS MB");
        foreach (IGrouping<(int Connections, string Name), Sample> group in samples.GroupBy(sample => (sample.Connections, sample.Name)))
        {
            double[] Values(Func<Sample, double> value) => [.. group.Select(value)];
            double[] ratios =
            [
                .. from sample in @group
                   join other in samples on (sample.Connections, sample.Round, Reference) equals (other.Connections, other.Round, other.Name)
                   select sample.CpuSeconds / other.CpuSeconds,
            ];
            report.Row(
                $"{group.Key.Connections}",
                group.Key.Name,
                Statistics.Show(Values(sample => sample.CpuSeconds), "0.000"),
                Statistics.Show(ratios, "0.000"),
                Statistics.Show(Values(sample => sample.Rate), "0.00"),
                Statistics.Show(Values(sample => sample.RssMB)));
        }

        report.Commands(proxies.Select(proxy => proxy.Process.Command));
        report.Save(options);
    }

    [GeneratedRegex(@"^sink on (\d+)")]
    private static partial Regex SinkLine();

    [GeneratedRegex(@"^poured \d+ MB in ([\d.]+) s")]
    private static partial Regex PouredLine();

    private sealed record Sample(string Name, int Connections, int Round, double CpuSeconds, double Rate, double RssMB);
}
