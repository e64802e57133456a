using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Mesh.Bench.Resilience;

/// <summary>The open-loop client in a process of its own.</summary>
internal static partial class Load
{
    /// <summary>Runs a schedule against a proxy, which must live to its end.</summary>
    /// <param name="proxy">Where requests go.</param>
    /// <param name="phases">The schedule.</param>
    /// <param name="timeoutMs">After which the client gives a request up.</param>
    /// <param name="meanwhile">What else happens; it is given when the schedule begins, as <see cref="Stopwatch.GetTimestamp"/>.</param>
    public static async Task<Calls> RunAsync(Proxy proxy, Phase[] phases, int timeoutMs, Func<long, Task>? meanwhile = null)
    {
        string file = $"{Layout.Work}/{ResilienceConfigs.Folder}/calls.bin";
        using Child client = Child.StartSelf(
            Cores.Ends, "calls", "--port", $"{proxy.Port}", "--phases", Phase.Show(phases), "--timeoutMs", $"{timeoutMs}", "--to", file);
        Match begin = await client.LineAsync(BeginLine());
        if (meanwhile is not null)
        {
            await meanwhile(long.Parse(begin.Groups[1].Value, CultureInfo.InvariantCulture));
        }

        await client.ExitAsync();
        foreach (string why in client.Output.Split('\n').Where(line => line.StartsWith("why ", StringComparison.Ordinal)))
        {
            Console.WriteLine($"    {WebUtility.UrlDecode(why)}");
        }

        if (!proxy.Process.Running)
        {
            throw new BenchException($"{proxy.Process.Command}\nended under load:\n{proxy.Process.Output}");
        }

        Match end = await client.LineAsync(EndLine());
        double late = double.Parse(end.Groups[1].Value, CultureInfo.InvariantCulture) / 1e3;
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(Layout.Root, file));
        return new Calls(MemoryMarshal.Cast<byte, Call>(bytes).ToArray(), late);
    }

    /// <summary>Waits until so many seconds of the schedule have passed.</summary>
    public static async Task PassAsync(long begin, double seconds)
    {
        TimeSpan left = TimeSpan.FromSeconds(seconds) - Stopwatch.GetElapsedTime(begin);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left);
        }
    }

    [GeneratedRegex(@"^calling from (\d+)")]
    private static partial Regex BeginLine();

    [GeneratedRegex(@"^called \d+ late p99 (\d+)")]
    private static partial Regex EndLine();
}
