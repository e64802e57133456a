using System.Diagnostics;

namespace Mesh.ClusterBench.Live;

/// <summary>The journal is away under load: traffic goes on, changes are refused with the reason, and work again by themselves.</summary>
internal static class JournalBenchmark
{
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    public static async Task RunAsync(ResultPage page, LiveOptions options)
    {
        bool isServer = options.Connection.Length > 0;
        using TextOrigin origin = new("here");
        string journal = isServer ? $"{{kind: postgresql, connectionString: '{options.Connection}'}}" : "{kind: quorum}";
        using MeshFleet fleet = MeshFleet.Shipped(3, 2, journal);
        await fleet.StartAsync();
        if (!isServer) await fleet.VotersAsync(3);
        await fleet.PutAsync("web", LiveBenchmark.To(origin));
        await fleet.AnswersAsync("here");
        int[] lost = isServer ? [] : [0, 1];
        int rate = options.Rate > 0 ? options.Rate : 1000;
        await using SteadyLoad load = new(fleet.Ports, rate), last = new([fleet[2].Port], rate / 4);
        await Task.Delay(s_between);
        if (isServer) await ShellAsync(options.Stop);
        foreach (int i in lost)
        {
            fleet[i].Kill();
            await fleet[i].EndedAsync(s_patience);
        }

        (List<double> refused, List<string> said, int taken) = await RefusalsAsync(fleet, options.Away);
        long failedAway = load.Failed;
        long back = Stopwatch.GetTimestamp();
        if (isServer) await ShellAsync(options.Start);
        foreach (int i in lost) fleet.Launch(i);
        MeshNode node = fleet[3];
        await node.UntilAsync(async () => (await node.PutAsync("web", LiveBenchmark.To(origin) + " ;")).Status == 204, s_patience, "a change again");
        double recovered = Stopwatch.GetElapsedTime(back).TotalSeconds;
        await Task.Delay(s_between * 5);
        await load.StopAsync();
        await last.StopAsync();
        page.Head();
        page.Sample("a change is refused after, ms", refused);
        page.Value("changes work again after its return, s", recovered);
        page.Sample("a request, ms", load.TakeLatencies());
        page.Line();
        string what = isServer ? "PostgreSQL stopped" : "Two of three core nodes killed";
        page.Line($"{what} for {options.Away.TotalSeconds:0} s. What a refused change says:");
        page.Line();
        foreach (string text in said) page.Line($"    {text}");
        page.Line();
        page.Must(load.Failed == 0, $"{load.Good} requests were answered with 200, {load.Failed} failed ({failedAway} while it was away): "
            + string.Join("; ", load.Failures));
        page.Must(last.Failed == 0 && fleet[2].IsRunning,
            $"{last.Good} more, of the core node that is left alone, {last.Failed} failed; memberships it began anew: "
            + $"{await fleet[2].MetricAsync("mesh_cluster_rejoins_total"):0}: " + string.Join("; ", last.Failures));
        page.Must(refused.Count > 0 && taken == 0 && said.All(static text => text.StartsWith("503 ", StringComparison.Ordinal)),
            $"every change was refused with 503 meanwhile ({refused.Count}; {taken} were taken)");
    }

    private static async Task<(List<double> After, List<string> Said, int Taken)> RefusalsAsync(MeshFleet fleet, TimeSpan away)
    {
        List<double> after = [];
        SortedSet<string> said = new(StringComparer.Ordinal);
        int taken = 0;
        Stopwatch gone = Stopwatch.StartNew();
        for (int i = 0; gone.Elapsed < away; i++)
        {
            MeshNode node = fleet[3 + (i % 2)];
            long asked = Stopwatch.GetTimestamp();
            (int status, string text) = await node.PutAsync("other", $"/svc/x => /$/inet/127.0.0.1/{i + 1}");
            if (status == 204) taken++;
            else
            {
                after.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                said.Add($"{status} {text.Trim()}");
            }

            await Task.Delay(s_between);
        }

        return (after, [.. said], taken);
    }

    private static async Task ShellAsync(string command)
    {
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command + " >/dev/null 2>&1 </dev/null"]))!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"`{command}` ended with {process.ExitCode}");
    }
}
