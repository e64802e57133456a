using System.Text.RegularExpressions;

namespace Mesh.Bench;

/// <summary>What an idle keep-alive client connection costs in memory; the client is its own process, for the open-file limit.</summary>
internal static partial class IdleBenchmark
{
    private static readonly string[] s_http2 = ["--http2"];
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(Options options)
    {
        int connections = options.Number("connections", 10_000);
        string[] names = options.Names("proxies", "mesh");
        bool isHttp2 = options.Has("http2");
        if (names.Contains("mesh"))
        {
            await Layout.PublishAsync();
        }

        Report report = new(isHttp2 ? "idle-http2" : "idle");
        await report.BeginAsync(isHttp2 ? "Idle client connections of HTTP/2" : "Idle client connections");
        string files = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        report.Line($"{connections} keep-alive connections, each after one request. Client and proxy are separate processes, each with this limit:");
        report.Line($"{string.Join(' ', files.Split(' ', StringSplitOptions.RemoveEmptyEntries))}.");
        report.Line();
        report.Head("proxy", "connections", "RSS before MB", "RSS with them MB", "KiB each");
        using Proxy backend = await Proxy.StartBackendAsync("1");
        foreach (string name in names)
        {
            using Proxy proxy = await Proxy.StartAsync(name, backend.Port, "0");
            await Wrk.RunAsync("1", proxy.Port, 64, 2);
            await Task.Delay(Settle);
            long before = ProcStat.RssKiB(proxy.Process.Id);
            string[] hold = ["hold", "--port", $"{proxy.Port}", "--connections", $"{connections}", .. isHttp2 ? s_http2 : []];
            using Child client = Child.StartSelf("1", hold);
            await client.LineAsync(Held());
            await Task.Delay(Settle);
            long with = ProcStat.RssKiB(proxy.Process.Id);
            client.CloseInput();
            report.Row(name, $"{connections}", $"{before / 1024.0:0.0}", $"{with / 1024.0:0.0}", $"{(with - before) / (double)connections:0.00}");
        }

        report.Save(options);
        return 0;
    }

    [GeneratedRegex("^held ")]
    private static partial Regex Held();
}
