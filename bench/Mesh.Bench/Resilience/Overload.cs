using System.Globalization;

namespace Mesh.Bench.Resilience;

/// <summary>Up to three times of what a pod can do: how much of it is still answered in time, and how soon all is well again.</summary>
internal static class Overload
{
    private const string Scenario = "overload";
    private const double GoalShare = 0.9;
    private const double GoalRecoverySeconds = 2;

    private const int DeadlineMs = 250;

    private static readonly PodMode Pod = new(DelayMs: 20, Workers: 20);

    /// <summary>Requests per second.</summary>
    private static readonly int Capacity = Pod.Workers * 1000 / Pod.DelayMs;

    private static readonly string Deadline = $"{{totalTimeoutMs: {DeadlineMs}}}";

    private static readonly Variant Adaptive = Variant.Mesh("mesh adaptive", Scenario, "{concurrency: {kind: adaptive}}", Deadline);

    private static readonly Variant[] Variants =
    [
        Adaptive,
        Variant.Mesh("mesh fixed", Scenario, $"{{concurrency: {{kind: fixed, maxRequests: {Pod.Workers}}}}}", Deadline),
        Variant.Mesh("mesh off", Scenario, "{}", Deadline),
        new("haproxy maxconn", false, ports =>
            ResilienceConfigs.HaProxy(ports, ["retries 0", "timeout queue 100ms"], $"maxconn {Pod.Workers}", DeadlineMs)),
    ];

    public static async Task RunAsync(Stage stage)
    {
        Ramp ramp = Ramp.For(Capacity, DeadlineMs, stage.IsQuick);
        stage.Begin(Scenario, $"up to 3 times the capacity of one pod ({Capacity} requests/s)");
        stage.Report.Line($"""
            One pod of {Pod.Workers} workers, {Pod.DelayMs} ms a request, an unbounded queue before them; what its client gave up is
            worked on all the same. Each request has {DeadlineMs} ms (totalTimeoutMs); the client waits twice as long. Schedule,
            rate:seconds: {Phase.Show(ramp.Phases)}. Goodput: successes within {DeadlineMs} ms; the peak is the best level of the same
            run. Admitted: what was not refused before its time was up; p99 of it counts what failed by time. Recovery: from the fall to
            half the capacity until the last tenth of a second with less than 95 % in time has passed. Classifier: the default
            (nonRetryable5XX). HAProxy and fixed are told the pod's number of workers, adaptive must find it.
            """);
        stage.Report.Line();
        var results = await stage.MeasureAsync(Variants, variant => MeasureAsync(stage, ramp, variant));
        ShowLevels(stage.Report, ramp, results);
        stage.Report.Line();
        stage.Report.Head(
            "proxy", "peak /s", "at 3 x: goodput /s", "share of the peak", "admitted /s", "p99 of admitted ms", "p99 of refused ms", "recovery s",
            "failures in all");
        foreach ((Variant variant, List<Ramp.Sample> samples) in results)
        {
            Show(stage.Report, variant, samples);
        }

        AddGoals(stage, results[Adaptive]);
        stage.End(Variants.Select(variant => (variant.Name, variant.Config([0]))));
    }

    /// <summary>A pod of its own each time: the queue of the run before would still be there.</summary>
    private static async Task<Ramp.Sample> MeasureAsync(Stage stage, Ramp ramp, Variant variant)
    {
        using Pods pods = await Pods.StartAsync(Pod);
        using Proxy proxy = await variant.StartAsync(Scenario, pods.Ports);
        return ramp.Read(stage.Noted(await Load.RunAsync(proxy, ramp.Phases, 2 * DeadlineMs)));
    }

    private static void ShowLevels(Report report, Ramp ramp, IReadOnlyDictionary<Variant, List<Ramp.Sample>> results)
    {
        report.Head(["goodput /s, offered:", .. ramp.Levels.Select(level => $"{level.Factor} x")]);
        foreach ((Variant variant, List<Ramp.Sample> samples) in results)
        {
            string At(int level) => Statistics.Show([.. samples.Select(sample => sample.Goodput[level])], "0");
            report.Row([variant.Name, .. Enumerable.Range(0, ramp.Levels.Count).Select(At)]);
        }
    }

    private static void Show(Report report, Variant variant, List<Ramp.Sample> samples)
    {
        string Column(Func<Ramp.Sample, double> value, string format) =>
            Statistics.Show([.. samples.Select(value).Where(double.IsFinite)], format);
        report.Row(
            variant.Name,
            Column(sample => sample.Peak, "0"),
            Column(sample => sample.AtHighest, "0"),
            Column(sample => sample.Share, "0.000"),
            Column(sample => sample.AdmittedPerSecond, "0"),
            Column(sample => sample.AdmittedP99Ms, "0.0"),
            Column(sample => sample.RefusedP99Ms, "0.0"),
            Column(sample => sample.RecoverySeconds, "0.0"),
            samples.Count == 0 ? "cannot be measured" : Calls.Join(samples.Select(sample => sample.All)).Failures());
    }

    private static void AddGoals(Stage stage, List<Ramp.Sample> samples)
    {
        void Goal(string wanted, Func<Ramp.Sample, double> value, string format, Func<double, bool> isMet)
        {
            double found = Statistics.Median(samples.Select(value));
            stage.Goal(wanted, double.IsNaN(found) ? "not measured" : found.ToString(format, CultureInfo.InvariantCulture), isMet(found));
        }

        string least = $"{GoalShare * 100:0} %";
        Goal($"goodput at 3 x at least {least} of the peak", sample => sample.Share * 100, "0.0 '%'", found => found >= GoalShare * 100);
        Goal($"p99 of what is admitted at most {DeadlineMs} ms", sample => sample.AdmittedP99Ms, "0.0 ms", found => found <= DeadlineMs);
        Goal($"recovery within {GoalRecoverySeconds} s", sample => sample.RecoverySeconds, "0.0 s", found => found <= GoalRecoverySeconds);
    }
}
