using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Bench;

/// <summary>HTTP/2 to HTTP/2 without TLS, bodies of 100 bytes, ten streams on each connection.</summary>
internal static partial class Http2Benchmark
{
    private const int Streams = 10;

    public static Task<int> RunAsync(Options options) => new SideBySide(new SideBySide.Subject(
        "http2",
        "HTTP/2 side by side",
        "mesh,haproxy,nghttpx,caddy",
        static cores => Proxy.StartHttp2BackendAsync(cores),
        static (name, backend, cores) => Proxy.StartHttp2Async(name, backend, cores),
        static (port, connections, seconds) =>
            [
                "h2load", "-t1", $"-c{connections}", $"-m{Streams}", $"-D{seconds}", "-H", $":authority: {ConfigWriter.Authority}",
                $"http://127.0.0.1:{port}/",
            ],
        Parse)).RunAsync(options);

    /// <summary>Reads h2load's report.</summary>
    private static LoadReport Parse(string text)
    {
        Match total = Total().Match(text);
        if (!total.Success || total.Groups[1].Value == "0") throw new BenchException($"h2load saw no request through:\n{text}");
        Match mean = Mean().Match(text);
        return new LoadReport(
            long.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture),
            double.Parse(Rate().Match(text).Groups[1].Value, CultureInfo.InvariantCulture),
            double.NaN,
            double.NaN,
            double.Parse(mean.Groups[1].Value, CultureInfo.InvariantCulture) * (mean.Groups[2].Value switch { "us" => 1, "ms" => 1e3, _ => 1e6 }),
            total.Groups[2].Value == "0" ? "" : $"{total.Groups[2].Value} failed");
    }

    [GeneratedRegex(@"requests: .* (\d+) done, .* (\d+) failed")]
    private static partial Regex Total();

    [GeneratedRegex(@"finished in .*, ([\d.]+) req/s")]
    private static partial Regex Rate();

    [GeneratedRegex(@"time for request:\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Mean();
}
