using System.Diagnostics;
using Mesh.Bench;

namespace Mesh.ClusterBench.Live;

/// <summary>What live tables promise, measured on processes of the program <c>mesh</c> on this machine.</summary>
internal static class LiveBenchmark
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    /// <summary>The exit code: 1 when something did not hold.</summary>
    public static async Task<int> RunAsync(string measure, LiveOptions options)
    {
        await Layout.PublishAsync();
        ResultPage page = new();
        page.Line($"# Live tables: {measure}");
        page.Line();
        string now = $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC";
        page.Line($"{now}, {Environment.ProcessorCount} cores; load {ResultPage.Load} at the start.");
        page.Line();
        await (measure switch
        {
            "routes" => RoutesAsync(page, options),
            "services" => ServicesBenchmark.RunAsync(page, options),
            "journal" => JournalBenchmark.RunAsync(page, options),
            "restarts" => RestartsAsync(page, options),
            _ => WipeBenchmark.RunAsync(page, options),
        });
        page.Line();
        page.Line($"Load {ResultPage.Load} at the end.");
        await page.SaveAsync(options.Out, measure);
        return page.IsBad ? 1 : 0;
    }

    /// <summary>Each node is asked without pause but for a millisecond; a node obeys when its first answer comes from the new place.</summary>
    private static async Task RoutesAsync(ResultPage page, LiveOptions options)
    {
        using TextOrigin left = new("left"), right = new("right");
        using MeshFleet fleet = MeshFleet.Shipped(3, options.Nodes - 3);
        await fleet.StartAsync();
        await fleet.PutAsync("web", To(left));
        await fleet.AnswersAsync("left");
        List<double> acknowledged = [], first = [], last = [];
        int count = options.Count > 0 ? options.Count : 200;
        for (int i = 0; i < count; i++)
        {
            (TextOrigin next, string text) = i % 2 == 0 ? (right, "right") : (left, "left");
            using CancellationTokenSource late = new(s_patience);
            long asked = Stopwatch.GetTimestamp();
            Task<double>[] obeyed = [.. fleet.Running.Select(node => Task.Run(() => ObeysAsync(node.Port, text, asked, late.Token)))];
            (int status, string said) = await fleet[i % fleet.Count].PutAsync("web", To(next));
            if (status != 204) throw new InvalidOperationException($"change {i}: {status} {said}");
            acknowledged.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
            double[] all = await Task.WhenAll(obeyed);
            first.Add(all.Min());
            last.Add(all.Max());
        }

        page.Head();
        page.Sample("a change is acknowledged, ms", acknowledged);
        page.Sample("the first node obeys, ms", first);
        page.Sample($"the last of {fleet.Count} nodes obeys, ms", last);
        page.Line();
        double p99 = last.Order().ElementAt((int)Math.Ceiling(0.99 * last.Count) - 1);
        page.Must(p99 <= 500, "p99 of the last node is at most 500 ms, from the request for the change on");
    }

    private static async Task<double> ObeysAsync(int port, string text, long asked, CancellationToken late)
    {
        byte[] request = HttpLine.Get("web");
        using HttpLine line = await HttpLine.ConnectAsync(port) ?? throw new InvalidOperationException($"nobody listens on {port}");
        while (await line.AskAsync(request) is not { Status: 200 } answer || answer.Body != text) await Task.Delay(1, late);
        return Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
    }

    private static async Task RestartsAsync(ResultPage page, LiveOptions options)
    {
        using TextOrigin origin = new("here");
        using MeshFleet fleet = MeshFleet.Shipped(3);
        await fleet.StartAsync();
        await fleet.VotersAsync(3);
        await fleet.PutAsync("web", To(origin));
        await fleet.AnswersAsync("here");
        int rate = options.Rate > 0 ? options.Rate : 2000, count = options.Count > 0 ? options.Count : 20;
        List<double> ending = [], starting = [];
        Stopwatch all = Stopwatch.StartNew();
        await using SteadyLoad load = new(fleet.Ports, rate);
        for (int i = 0; i < count; i++)
        {
            int at = i % fleet.Count;
            long from = Stopwatch.GetTimestamp();
            fleet[at].AskToEnd();
            await fleet[at].EndedAsync(s_patience);
            ending.Add(Stopwatch.GetElapsedTime(from).TotalSeconds);
            from = Stopwatch.GetTimestamp();
            fleet.Launch(at);
            await fleet.JoinedAsync(at, fleet.Count);
            starting.Add(Stopwatch.GetElapsedTime(from).TotalSeconds);
        }

        await load.StopAsync();
        page.Head();
        page.Sample("a node ends, s", ending);
        page.Sample("it is ready again, all three up, s", starting);
        page.Sample("a request, ms", load.TakeLatencies());
        page.Line();
        double seconds = all.Elapsed.TotalSeconds;
        page.Line($"{count} restarts, one node after the other, in {seconds:0} s; {load.Good / seconds:0} requests a second; "
            + $"{load.Moves} times a connection closed and the next node was asked.");
        page.Line();
        page.Must(load.Failed == 0, $"{load.Good} requests were answered with 200, {load.Failed} failed: {string.Join("; ", load.Failures)}");
    }

    public static string To(TextOrigin origin) => $"/svc/web => /$/inet/127.0.0.1/{origin.Port}";
}
