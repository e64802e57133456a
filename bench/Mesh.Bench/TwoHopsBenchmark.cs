using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Bench;

/// <summary>
/// What two proxies in a row add to a request's time on a machine that has nothing else to do: HTTP/1.1 to the first, HTTP/2 in TLS between
/// them with the second's certificate checked, HTTP/1.1 to the backend. An open loop of small load; latency counts from when a request was due.
/// </summary>
internal static partial class TwoHopsBenchmark
{
    private const int BodyBytes = 1024;
    private static readonly Lazy<Certificates.Files> Files = new(Certificates.Write);

    public static async Task<int> RunAsync(Options options)
    {
        int rounds = options.Number("rounds", 11);
        int rate = options.Number("rate", 1000);
        int seconds = options.Number("seconds", 5);
        await Layout.PublishAsync();
        using Proxy backend = await Proxy.StartBackendAsync("1", length: BodyBytes);
        using Proxy meshIn = await Proxy.StartMeshAsync("mesh-second.yaml", MeshSecond(backend.Port), "0");
        using Proxy meshOut = await Proxy.StartMeshAsync("mesh-first.yaml", MeshFirst(meshIn.Port), "0");
        using Proxy haIn = await Proxy.StartHaProxyAsync("haproxy-second.cfg", port => HaProxySecond(port, backend.Port), "0");
        using Proxy haOut = await Proxy.StartHaProxyAsync("haproxy-first.cfg", port => HaProxyFirst(port, haIn.Port), "0");
        (string Name, int Port)[] ways = [("direct", backend.Port), ("haproxy", haOut.Port), ("mesh", meshOut.Port)];
        foreach ((_, int port) in ways) await SendAsync(port, rate, seconds);

        Dictionary<string, List<Times>> taken = ways.ToDictionary(static way => way.Name, static _ => new List<Times>());
        for (int round = 1; round <= rounds; round++)
        {
            foreach ((string name, int port) in ways)
            {
                Times times = await SendAsync(port, rate, seconds);
                taken[name].Add(times);
                Console.WriteLine($"round {round}: {name} p50 {times.P50} us, p99 {times.P99} us");
            }
        }

        Report report = new("twohops");
        await report.BeginAsync("Two hops: what a pair of proxies adds");
        report.Line($"{rate} requests a second in an open loop over 50 connections, bodies of {BodyBytes} bytes.");
        report.Line($"{rounds} interleaved rounds of {seconds} s.");
        report.Line("Both proxies of a pair are pinned to core 0, the load and the backend to core 1. Between the two: HTTP/2 in TLS 1.3.");
        report.Line("Median [interquartile range], microseconds. Added is a pair's figure less that of the direct way in the same round.");
        report.Line();
        report.Head("way", "p50", "p99", "added p50", "added p99");
        foreach ((string name, _) in ways)
        {
            string Show(Func<Times, double> of) => Statistics.Show([.. taken[name].Select(of)], "0");
            string Added(Func<Times, double> of) => Statistics.Show([.. taken[name].Zip(taken["direct"], (a, b) => of(a) - of(b))], "0");
            report.Row(
                name, Show(static each => each.P50), Show(static each => each.P99), Added(static each => each.P50), Added(static each => each.P99));
        }

        report.Commands(new[] { backend, meshIn, meshOut, haIn, haOut }.Select(static proxy => proxy.Process.Command));
        report.Save(options);
        return 0;
    }

    private static async Task<Times> SendAsync(int port, int rate, int seconds)
    {
        using Child sender = Child.StartSelf("1", "send", "--port", $"{port}", "--rate", $"{rate}", "--seconds", $"{seconds}");
        Match sent = await sender.LineAsync(Sent());
        double Figure(int group) => double.Parse(sent.Groups[group].Value, CultureInfo.InvariantCulture);
        return new Times(Figure(1), Figure(2));
    }

    private static string MeshFirst(int next) => ConfigWriter.MeshOf(
        next, client: $"{{protocol: h2, tls: {{commonName: {Certificates.Name}, trustCerts: [{Files.Value.Authority}]}}}}");

    private static string MeshSecond(int backend) =>
        ConfigWriter.MeshOf(backend, server: $", tls: {{certPath: {Files.Value.Certificate}, keyPath: {Files.Value.Key}}}");

    private static string HaProxyFirst(int port, int next) => ConfigWriter.HaProxyOf(
        $"bind 127.0.0.1:{port} backlog 4096",
        $"server s 127.0.0.1:{next} ssl verify required ca-file {Files.Value.Authority} sni str({Certificates.Name}) alpn h2");

    private static string HaProxySecond(int port, int backend) => ConfigWriter.HaProxyOf(
        $"bind 127.0.0.1:{port} ssl crt {Files.Value.Both} alpn h2,http/1.1 backlog 4096", $"server s 127.0.0.1:{backend}");

    private sealed record Times(double P50, double P99);

    [GeneratedRegex(@"^sent \d+ p50 (\d+) p99 (\d+)")]
    private static partial Regex Sent();
}
