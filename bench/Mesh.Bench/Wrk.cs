using System.Globalization;
using System.Text.RegularExpressions;

namespace Mesh.Bench;

/// <summary>What wrk reported of one run; latencies in microseconds.</summary>
internal sealed partial record Wrk(long Requests, double PerSecond, double P50, double P99, string Errors)
{
    /// <summary>The command, as it stands on the result page.</summary>
    public static string[] Command(int port, int connections, int seconds, int threads = 1, string scheme = "http") =>
    [
        "wrk", $"-t{threads}", $"-c{connections}", $"-d{seconds}s", "--latency",
        "-H", $"Host: {ConfigWriter.Authority}", $"{scheme}://127.0.0.1:{port}/",
    ];

    /// <summary>One run.</summary>
    public static async Task<Wrk> RunAsync(string? cores, int port, int connections, int seconds, int threads = 1) =>
        Parse(await Child.RunAsync(cores, Command(port, connections, seconds, threads)));

    /// <summary>One run whose requests a Lua script makes.</summary>
    public static async Task<Wrk> RunScriptAsync(string? cores, int port, int connections, int seconds, string script) =>
        Parse(await Child.RunAsync(cores, ScriptCommand(port, connections, seconds, script)));

    public static string[] ScriptCommand(int port, int connections, int seconds, string script) =>
        ["wrk", "-t1", $"-c{connections}", $"-d{seconds}s", "--latency", "-s", script, $"http://127.0.0.1:{port}/"];

    /// <summary>Reads wrk 4's report.</summary>
    public static Wrk Parse(string text)
    {
        Match total = Total().Match(text);
        if (!total.Success || long.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture) == 0)
        {
            throw new BenchException($"wrk saw no request through:\n{text}");
        }

        return new Wrk(
            long.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture),
            double.Parse(Rate().Match(text).Groups[1].Value, CultureInfo.InvariantCulture),
            Microseconds(P50Line().Match(text)),
            Microseconds(P99Line().Match(text)),
            string.Join("; ", Error().Matches(text).Select(match => match.Value.Trim())));
    }

    /// <summary>The same as benchmarks side by side show it.</summary>
    public static LoadReport ReadLoad(string text)
    {
        Wrk wrk = Parse(text);
        return new LoadReport(wrk.Requests, wrk.PerSecond, wrk.P50, wrk.P99, 0, wrk.Errors);
    }

    private static double Microseconds(Match line) => double.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture)
        * (line.Groups[2].Value switch { "us" => 1, "ms" => 1e3, "s" => 1e6, _ => 60e6 });

    [GeneratedRegex(@"(\d+) requests in ")]
    private static partial Regex Total();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"^\s+50%\s+([\d.]+)(us|ms|s|m)", RegexOptions.Multiline)]
    private static partial Regex P50Line();

    [GeneratedRegex(@"^\s+99%\s+([\d.]+)(us|ms|s|m)", RegexOptions.Multiline)]
    private static partial Regex P99Line();

    [GeneratedRegex(@"^\s*(Socket errors:|Non-2xx).*$", RegexOptions.Multiline)]
    private static partial Regex Error();
}
