namespace Mesh.Bench;

/// <summary>A big body up and another down at once: how much memory the proxy takes for it, and whether both ends see the same bytes.</summary>
internal static class BigBodyBenchmark
{
    public static async Task<int> RunAsync(Options options)
    {
        long length = (long)options.Number("megabytes", 1024) << 20;
        string[] names = options.Names("proxies", "mesh");
        if (names.Contains("mesh"))
        {
            await Layout.PublishAsync();
        }

        Report report = new("bigbody");
        await report.BeginAsync("Big bodies");
        report.Line($"{length >> 20} MB up and {length >> 20} MB down at once; memory is VmRSS before and its peak meanwhile.");
        report.Line();
        report.Head("proxy", "RSS before MB", "peak MB", "growth MB", "sha256 up", "sha256 down");
        string expected = RawHttp.HashOf(length);
        bool equal = true;
        using RawOrigin origin = new();
        foreach (string name in names)
        {
            using Proxy proxy = await Proxy.StartAsync(name, origin.Port, null);
            await BulkTransfer.DownAsync(proxy.Port, ConfigWriter.Authority, 100, withHash: false);
            await BulkTransfer.UpAsync(proxy.Port, ConfigWriter.Authority, 100);
            ProcStat.ResetPeak(proxy.Process.Id);
            double before = ProcStat.RssKiB(proxy.Process.Id) / 1024.0;

            string[] hashes = await Task.WhenAll(
                BulkTransfer.UpAsync(proxy.Port, ConfigWriter.Authority, length),
                BulkTransfer.DownAsync(proxy.Port, ConfigWriter.Authority, length, withHash: true));

            double peak = ProcStat.PeakRssKiB(proxy.Process.Id) / 1024.0;
            equal &= hashes.All(hash => hash == expected);
            report.Row(name, $"{before:0.0}", $"{peak:0.0}", $"{peak - before:0.0}", Verdict(hashes[0]), Verdict(hashes[1]));
        }

        report.Save(options);
        return equal ? 0 : 1;

        string Verdict(string hash) => hash == expected ? "equal" : "DIFFERENT";
    }
}
