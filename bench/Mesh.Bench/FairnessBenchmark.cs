using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Bench;

/// <summary>Latency of small requests at a fixed rate, alone and while one big body passes the same proxy on the same core.</summary>
/// <remarks>
/// Sender and small backend have core 1 at normal priority; the two ends of the big body take what that core has left. As a
/// control, the same small requests also go straight to their backend while the big body passes the proxy: what they suffer is the machine's doing.
/// </remarks>
internal static partial class FairnessBenchmark
{
    public static async Task<int> RunAsync(Options options)
    {
        int rounds = options.Number("rounds", 5);
        int rate = options.Number("rate", 1000);
        int seconds = options.Number("seconds", 5);
        int megabytes = options.Number("megabytes", 10240);
        string[] names = options.Names("proxies", "mesh");
        if (names.Contains("mesh"))
        {
            await Layout.PublishAsync();
        }

        Report report = new("fairness");
        await report.BeginAsync("Small requests beside a big body");
        report.Line($"{rate} requests/s, open loop, latency from the due time; {rounds} rounds.");
        report.Line($"Idle for {seconds} s, then while {megabytes} MB pass.");
        report.Line("Proxy on core 0; sender and backends on core 1, the big body's ends on what is left of it (SCHED_IDLE).");
        report.Line("Control: the same requests straight to their backend while the big body passes the proxy; that is the machine's own doing.");
        report.Line();
        report.Head("proxy", "p50 idle us", "p50 beside us", "p99 idle us", "p99 beside us", "p99 ratio", "control p99 us", "big body s");
        using Proxy small = await Proxy.StartBackendAsync("1");
        using Child bulk = Child.StartSelfIdle("1", "origin");
        int bulkPort = int.Parse((await bulk.LineAsync(OriginLine())).Groups[1].Value, CultureInfo.InvariantCulture);
        foreach (string name in names)
        {
            using Proxy proxy = await Proxy.StartAsync(name, new Backends(small.Port, bulkPort), "0");
            await Wrk.RunAsync("1", proxy.Port, 64, 4);
            List<Round> done = [];
            for (int round = 0; round < rounds; round++)
            {
                Latency idle = await IdleAsync(proxy.Port, rate, seconds);
                (Latency beside, double took) = await BesideAsync(proxy.Port, proxy.Port, rate, megabytes);
                (Latency control, _) = await BesideAsync(proxy.Port, small.Port, rate, megabytes);
                done.Add(new Round(idle, beside, control, took));
            }

            Show(report, name, done);
        }

        report.Save(options);
        return 0;
    }

    private static async Task<Latency> IdleAsync(int port, int rate, int seconds)
    {
        using Child sender = Child.StartSelf("1", "send", "--port", $"{port}", "--rate", $"{rate}", "--seconds", $"{seconds}");
        return Read(await sender.LineAsync(SentLine()));
    }

    private static async Task<(Latency Latency, double Seconds)> BesideAsync(int bulkPort, int smallPort, int rate, int megabytes)
    {
        using Child download = Child.StartSelfIdle("1", "download", "--port", $"{bulkPort}", "--megabytes", $"{megabytes}");
        using Child sender = Child.StartSelf("1", "send", "--port", $"{smallPort}", "--rate", $"{rate}");
        await download.ExitAsync();
        sender.CloseInput();
        Latency latency = Read(await sender.LineAsync(SentLine()));
        double seconds = double.Parse((await download.LineAsync(DownloadLine())).Groups[1].Value, CultureInfo.InvariantCulture);
        return (latency, seconds);
    }

    private static void Show(Report report, string name, List<Round> rounds)
    {
        string Column(Func<Round, double> value, string format = "0") => Statistics.Show([.. rounds.Select(value)], format);
        report.Row(
            name,
            Column(round => round.Idle.P50),
            Column(round => round.Beside.P50),
            Column(round => round.Idle.P99),
            Column(round => round.Beside.P99),
            Column(round => round.Beside.P99 / round.Idle.P99, "0.00"),
            Column(round => round.Control.P99),
            Column(round => round.Seconds, "0.0"));
    }

    private static Latency Read(Match line) => new(
        double.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(line.Groups[2].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^origin on (\d+)")]
    private static partial Regex OriginLine();

    [GeneratedRegex(@"^sent \d+ p50 ([\d.]+) p99 ([\d.]+)")]
    private static partial Regex SentLine();

    [GeneratedRegex(@"^downloaded \d+ MB in ([\d.]+) s")]
    private static partial Regex DownloadLine();

    private sealed record Latency(double P50, double P99);

    private sealed record Round(Latency Idle, Latency Beside, Latency Control, double Seconds);
}
