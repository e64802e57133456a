using System.Diagnostics;

namespace Mesh.Bench.Resilience;

/// <summary>Whether a destination stays good when its backends do not: five scenarios, each with a goal; exit code 1 when one is missed.</summary>
internal static class ResilienceBenchmark
{
    private static readonly IReadOnlyDictionary<string, Func<Stage, Task>> Scenarios = new Dictionary<string, Func<Stage, Task>>
    {
        ["slowpod"] = SlowPod.RunAsync,
        ["failingpod"] = FailingPod.RunAsync,
        ["retrystorm"] = RetryStorm.RunAsync,
        ["overload"] = Overload.RunAsync,
        ["kill"] = KilledPod.RunAsync,
    };

    public static async Task<int> RunAsync(Options options)
    {
        string[] only = options.Names("only", string.Join(',', Scenarios.Keys));
        if (Array.Find(only, name => !Scenarios.ContainsKey(name)) is { } unknown)
        {
            throw new BenchException($"no scenario {unknown}: {string.Join(", ", Scenarios.Keys)}");
        }

        bool isQuick = options.Has("quick");
        Stage stage = new(new Report("resilience"), options.Number("rounds", isQuick ? 1 : 3), isQuick);
        await Layout.PublishAsync();
        long start = Stopwatch.GetTimestamp();
        await BeginAsync(stage);
        foreach (string name in only)
        {
            await Scenarios[name](stage);
        }

        End(stage, Stopwatch.GetElapsedTime(start), only);
        stage.Report.Save(options);
        return stage.Goals.All(goal => goal.IsMet) ? 0 : 1;
    }

    private static async Task BeginAsync(Stage stage)
    {
        await stage.Report.BeginAsync("Resilience");
        stage.Report.Line($"""
            {stage.Rounds} interleaved rounds{(stage.IsQuick ? " of a quick run" : "")}; medians [interquartile range] over rounds.
            Proxies on core 0; client and pods (model backends of 100 bytes, one thread) on core 1. The client is an open loop at even
            distances: GETs leave when they are due, on as many keep-alive connections as it takes; latency counts from the due time. It
            never tries again by itself. A success is a whole response below 400. Every run has freshly started proxies.
            """);
    }

    private static void End(Stage stage, TimeSpan took, string[] only)
    {
        stage.Report.Line();
        stage.Report.Line("## Goals");
        stage.Report.Line();
        stage.Report.Head("scenario", "wanted", "found", "met");
        foreach (Goal goal in stage.Goals)
        {
            stage.Report.Row(goal.Scenario, goal.Wanted, goal.Found, goal.IsMet ? "yes" : "**NO**");
        }

        stage.Report.Line();
        stage.Report.Line($"It took {took.TotalMinutes:0.0} minutes.");
        string quick = stage.IsQuick ? " --quick" : "";
        string what = $"--only {string.Join(',', only)} --rounds {stage.Rounds}{quick}";
        stage.Report.Commands([$"dotnet run -c Release --project bench/Mesh.Bench -- resilience {what}"]);
    }
}
