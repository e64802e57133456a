namespace Mesh.Bench;

/// <summary>A hostile client: every request asks for a Host that nobody has seen. Neither memory nor metrics may grow.</summary>
/// <remarks>Bound: a prefix of the dtab catches every name. Unbound: they lead nowhere. A first while fills the caches, then it counts.</remarks>
internal static class RandomHostsBenchmark
{
    private const double Flat = 1.1;
    private const int WarmUpSeconds = 30;

    private const string Script = """
        init = function(args) math.randomseed(20260106 + (tonumber(args[1]) or 0)) end
        request = function()
          return wrk.format("GET", "/", {Host = string.format("%06x%06x.test", math.random(0, 16777215), math.random(0, 16777215))})
        end

        """;

    public static async Task<int> RunAsync(Options options)
    {
        int seconds = options.Number("seconds", 60 * options.Number("minutes", 1));
        int connections = options.Number("connections", 64);
        await Layout.PublishAsync();
        string script = Layout.Write("random.lua", Script);
        Report report = new("randomhosts");
        await report.BeginAsync("Random Hosts");
        report.Line($"A new Host with each request, {connections} connections, {seconds} s after {WarmUpSeconds} s that fill the caches.");
        report.Line($"Flat: memory (VmRSS) and series at the end are at most {Flat} times what they were before.");
        report.Line();
        report.Head(
            "names", "requests", "requests/s", "CPU us/request", "RSS before MB", "peak MB", "RSS after MB", "series before", "series after", "flat");
        using Proxy backend = await Proxy.StartBackendAsync("1");
        bool flat = true;
        foreach (string kind in options.Names("kinds", "bound,unbound"))
        {
            string prefix = kind == "bound" ? "/svc" : $"/svc/{ConfigWriter.Authority}";
            using Proxy mesh = await Proxy.StartMeshAsync($"mesh-random-{kind}.yaml", Config(prefix, backend.Port), "0");
            flat &= await MeasureAsync(report, kind, mesh, connections, seconds, script);
        }

        report.Save(options);
        return flat ? 0 : 1;
    }

    private static async Task<bool> MeasureAsync(Report report, string kind, Proxy mesh, int connections, int seconds, string script)
    {
        int process = mesh.Process.Id;
        using HttpClient admin = Metrics.Of(mesh);
        await Child.RunAsync("1", [.. Wrk.ScriptCommand(mesh.Port, connections, WarmUpSeconds, script), "--", "1"]);
        double before = ProcStat.RssKiB(process) / 1024.0;
        double seriesBefore = await Metrics.ReadAsync(admin, "mesh_metrics_series");
        ProcStat.ResetPeak(process);
        double cpu = ProcStat.CpuSeconds(process);

        Wrk wrk = await Wrk.RunScriptAsync("1", mesh.Port, connections, seconds, script);

        cpu = ProcStat.CpuSeconds(process) - cpu;
        double peak = ProcStat.PeakRssKiB(process) / 1024.0;
        double after = ProcStat.RssKiB(process) / 1024.0;
        double seriesAfter = await Metrics.ReadAsync(admin, "mesh_metrics_series");
        bool flat = after <= before * Flat && seriesAfter <= seriesBefore * Flat;
        report.Row(
            kind,
            $"{wrk.Requests}",
            $"{wrk.PerSecond:0}",
            $"{cpu * 1e6 / wrk.Requests:0.00}",
            $"{before:0.0}",
            $"{peak:0.0}",
            $"{after:0.0}",
            $"{seriesBefore:0}",
            $"{seriesAfter:0}",
            flat ? "yes" : "NO");
        return flat;
    }

    private static string Config(string prefix, int port) => $$"""
        admin: {port: 0}
        loops: 1
        routers:
        - protocol: http
          dtab: "{{prefix}} => /$/inet/127.0.0.1/{{port}}"
          servers:
          - port: 0

        """;
}
