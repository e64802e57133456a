namespace Mesh.Bench;

/// <summary>Bytes that the node allocates per request with many in flight: one connection would pass falsely, because caches of one hide.</summary>
internal static class AllocationBenchmark
{
    private const string Counter = "mesh_runtime_gc_allocated_bytes_total";

    public static async Task<int> RunAsync(Options options)
    {
        int rounds = options.Number("rounds", 5);
        int seconds = options.Number("seconds", 4);
        int connections = options.Number("connections", 64);
        await Layout.PublishAsync();
        Report report = new("allocation");
        await report.BeginAsync("Allocation per request");
        using Proxy backend = await Proxy.StartBackendAsync("1");
        using Proxy mesh = await Proxy.StartAsync("mesh", backend.Port, "0");
        using HttpClient admin = Metrics.Of(mesh);
        await Wrk.RunAsync("1", mesh.Port, connections, seconds);
        double scrape = await ScrapeCostAsync(admin);

        List<double> perRequest = [];
        for (int round = 0; round < rounds; round++)
        {
            double before = await ReadAsync(admin);
            Wrk wrk = await Wrk.RunAsync("1", mesh.Port, connections, seconds);
            double after = await ReadAsync(admin);
            perRequest.Add((after - before - scrape) / wrk.Requests);
        }

        report.Line($"{connections} connections, {rounds} runs of {seconds} s; the cost of reading the counter ({scrape:0} bytes) is taken off.");
        report.Line($"What a run allocates also holds {connections} new connections and the node's own timers.");
        report.Line();
        report.Line($"Allocated bytes per request: {Statistics.Show(perRequest, "0.000")}");
        report.Save(options);
        return 0;
    }

    /// <summary>What one reading itself allocates: the least of several differences without traffic.</summary>
    private static async Task<double> ScrapeCostAsync(HttpClient admin)
    {
        double last = await ReadAsync(admin);
        double least = double.MaxValue;
        for (int turn = 0; turn < 10; turn++)
        {
            double now = await ReadAsync(admin);
            least = Math.Min(least, now - last);
            last = now;
        }

        return least;
    }

    private static Task<double> ReadAsync(HttpClient admin) => Metrics.ReadAsync(admin, Counter);
}
