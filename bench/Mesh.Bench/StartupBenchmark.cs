using System.Diagnostics;

namespace Mesh.Bench;

/// <summary>From starting the program to the first request that it proxied; and the time that checking a configuration takes.</summary>
internal static class StartupBenchmark
{
    public static async Task<int> RunAsync(Options options)
    {
        int rounds = options.Number("rounds", 11);
        string[] names = options.Names("proxies", "mesh");
        if (names.Contains("mesh"))
        {
            await Layout.PublishAsync();
        }

        Report report = new("startup");
        await report.BeginAsync("Start-up");
        report.Head("proxy", "start to first proxied request ms", "check of the configuration ms");
        using Proxy backend = await Proxy.StartBackendAsync(null);
        foreach (string name in names)
        {
            List<double> first = [];
            List<double> check = [];
            for (int round = 0; round < rounds; round++)
            {
                first.Add(await FirstRequestAsync(name, backend.Port));
                check.Add(await CheckAsync(name));
            }

            report.Row(name, Statistics.Show(first), Statistics.Show(check));
        }

        report.Save(options);
        return 0;
    }

    private static async Task<double> FirstRequestAsync(string name, int backend)
    {
        long start = Stopwatch.GetTimestamp();
        using Proxy proxy = await Proxy.StartAsync(name, backend, null);
        await BulkTransfer.DownAsync(proxy.Port, ConfigWriter.Authority, 100, withHash: false);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static async Task<double> CheckAsync(string name)
    {
        string[] command = name switch
        {
            "mesh" => [Layout.Program, "check", $"{Layout.Work}/mesh-1.yaml"],
            "haproxy" => ["haproxy", "-c", "-f", $"{Layout.Work}/haproxy.cfg"],
            _ => ["nginx", "-t", "-q", "-p", Path.Combine(Layout.Root, Layout.Work), "-e", "stderr", "-c", "nginx-proxy.conf"],
        };
        long start = Stopwatch.GetTimestamp();
        await Child.RunAsync(null, command);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
