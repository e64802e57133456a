using System.Diagnostics;
using System.Globalization;

namespace Mesh.ClusterBench.Live;

/// <summary>A fleet of many instances as one node bears it.</summary>
internal static class ServicesBenchmark
{
    private const int NewNames = 900;
    private const string Instances = "mesh_services_instances";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_watched = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(ResultPage page, LiveOptions options)
    {
        int services = options.Count > 0 ? options.Count : 10_000, total = services * options.Each;
        using TextOrigin origin = new("here");
        using MeshFleet fleet = MeshFleet.Shipped(1, 1);
        MeshNode node = fleet.Launch(0);
        await fleet.JoinedAsync(0, 1);
        await fleet.PutAsync("web", $"/svc => /#/io.mesh.services ; {LiveBenchmark.To(origin)}");
        await fleet.AnswersAsync("here");
        double[] before = await TrafficAsync(node, options, s_watched);
        double rssBefore = ProcessCost.RssMegabytes(node.Id);

        using Process hosts = Host(fleet.ClusterPortOf(0), origin.Port, services, options.Each);
        try
        {
            Task<double[]> learning = TrafficAsync(node, options, s_watched);
            await node.UntilAsync(async () => await node.MetricAsync(Instances) == total, s_patience, $"{total} instances");
            double[] meanwhile = await learning;
            await Task.Delay(s_watched);
            double rss = ProcessCost.RssMegabytes(node.Id);
            double[] with = await TrafficAsync(node, options, s_watched);
            (double[] first, double[] again) = await NamesAsync(node, services);
            double rssBound = ProcessCost.RssMegabytes(node.Id);
            Task<double[]> other = TrafficAsync(node, options, s_watched);
            (double joined, double compared) = await CatchUpAsync(fleet, total);
            double[] helping = await other;

            page.Head();
            page.Sample("a request of a known name, no instances, ms", before);
            page.Sample($"the same while {total} instances come, ms", meanwhile);
            page.Sample($"the same with {total} instances, ms", with);
            page.Sample("the same while a new node fetches all of them, ms", helping);
            page.Sample("the first request of a new name, ms", first);
            page.Sample("the second of it, ms", again);
            page.Value("RSS with no instances, MB", rssBefore);
            page.Value($"RSS with {total}, MB", rss);
            page.Value($"and {NewNames} names bound, MB", rssBound);
            page.Value("a new node: from its start to all instances, s", joined);
            page.Value("of that, from the first rows to all, s", compared);
            page.Line();
            page.Must(rss < 300, "less than 300 MB of RSS");
            page.Must(P99(first) < 5, "a new name is bound, and its first request answered, within 5 ms (p99)");
            page.Must(compared < 2, "all rows are compared and fetched in less than 2 s");
        }
        finally
        {
            hosts.Kill();
        }
    }

    private static double P99(double[] values) => values.Order().ElementAt((int)Math.Ceiling(0.99 * values.Length) - 1);

    private static Process Host(int seed, int app, int services, int each)
    {
        ProcessStartInfo start = new("dotnet", string.Create(
            CultureInfo.InvariantCulture,
            $"exec {typeof(ServicesBenchmark).Assembly.Location} hosts --ports {seed},{app} --count {services} --each {each}"))
        {
            RedirectStandardInput = true,
        };
        return Process.Start(start)!;
    }

    private static async Task<double[]> TrafficAsync(MeshNode node, LiveOptions options, TimeSpan time)
    {
        await using SteadyLoad load = new([node.Port], options.Rate > 0 ? options.Rate : 500);
        await Task.Delay(time);
        await load.StopAsync();
        return load.Failed == 0 ? load.TakeLatencies() : throw new InvalidOperationException(string.Join("; ", load.Failures));
    }

    private static async Task<(double[] First, double[] Again)> NamesAsync(MeshNode node, int services)
    {
        using HttpLine line = await HttpLine.ConnectAsync(node.Port) ?? throw new InvalidOperationException("nobody listens");
        List<double> first = [], again = [];
        for (int i = 0; i < Math.Min(NewNames, services); i++)
        {
            byte[] request = HttpLine.Get(InstanceHosts.Service(i));
            foreach (List<double> times in (List<double>[])[first, again])
            {
                long asked = Stopwatch.GetTimestamp();
                if (await line.AskAsync(request) is not { Status: 200 }) throw new InvalidOperationException($"service {i} did not answer");
                times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            }
        }

        return ([.. first], [.. again]);
    }

    private static async Task<(double All, double Compared)> CatchUpAsync(MeshFleet fleet, int total)
    {
        Stopwatch started = Stopwatch.StartNew();
        MeshNode fresh = fleet.Launch(1);
        double? first = null;
        await fresh.UntilAsync(
            async () =>
            {
                double known = await fresh.MetricAsync(Instances);
                if (known > 0) first ??= started.Elapsed.TotalSeconds;
                if (known < total) await Task.Delay(s_look);
                return known == total;
            },
            s_patience, $"{total} instances");
        return (started.Elapsed.TotalSeconds, started.Elapsed.TotalSeconds - first!.Value);
    }
}
