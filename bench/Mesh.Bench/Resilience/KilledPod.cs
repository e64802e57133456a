namespace Mesh.Bench.Resilience;

/// <summary>kill -9 of one of three pods under load: how many GETs fail that had no response begun.</summary>
internal static class KilledPod
{
    private const string Scenario = "kill";
    private const int Rate = 5000;

    private const string ReadsAgain = "{responseClassifier: {kind: io.l5d.http.retryableRead5XX}}";
    private const string NoRepair = "{failureAccrual: {kind: none}, requeueBudget: {minRetriesPerSec: 0, percentCanRetry: 0}}";

    private static readonly Variant Mesh = Variant.Mesh("mesh", Scenario, "{}", ReadsAgain);

    private static readonly Variant[] Variants =
    [
        Mesh,
        Variant.Mesh("mesh off", Scenario, NoRepair),
        Variant.HaProxy("haproxy retries", "balance roundrobin", "retries 3", "option redispatch 1", "retry-on all-retryable-errors"),
        Variant.HaProxy("haproxy off", "balance roundrobin", "retries 0", "retry-on none"),
    ];

    public static async Task RunAsync(Stage stage)
    {
        double before = stage.IsQuick ? 1 : 1.5;
        double after = stage.IsQuick ? 1 : 2;
        stage.Begin(Scenario, "kill -9 of one of 3 pods");
        stage.Report.Line($"""
            {Rate} GETs/s, pods of 5 ms, each a process; after 1 s of warm-up at {Rate / 5}/s and {before} s at the full rate one pod
            gets SIGKILL, {after} s go on. Classifier: io.l5d.http.retryableRead5XX; off: the default one (nonRetryable5XX), no requeues,
            no accrual. Failed: no success, unless the client had a whole response head. Rounds are added up.
            """);
        stage.Report.Line();
        stage.Report.Head("proxy", "GETs", "failed", "broken after the head", "failures", "before: p99 ms", "after: p99 ms", "p99.9 ms", "max ms");
        Dictionary<Variant, string> configs = [];
        var results = await stage.MeasureAsync(Variants, variant => MeasureAsync(stage, variant, 1 + before, after, configs));
        foreach ((Variant variant, List<Sample> samples) in results)
        {
            Show(stage.Report, variant, samples);
        }

        List<Sample> ours = results[Mesh];
        int failed = ours.Sum(sample => sample.Failed);
        stage.Goal("no failed GET that had no response begun", ours.Count == 0 ? "not measured" : $"{failed} failed", ours.Count > 0 && failed == 0);
        stage.End(configs.Select(pair => (pair.Key.Name, pair.Value)));
    }

    private static async Task<Sample> MeasureAsync(
        Stage stage, Variant variant, double kill, double after, Dictionary<Variant, string> configs)
    {
        Pods[] pods = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Pods.StartAsync(new PodMode(DelayMs: 5))))];
        try
        {
            int[] ports = [.. pods.SelectMany(pod => pod.Ports)];
            configs[variant] = variant.Config(ports);
            using Proxy proxy = await variant.StartAsync(Scenario, ports);
            Phase[] phases = [new(Rate / 5, 1), new(Rate, kill - 1 + after)];
            Calls calls = await Load.RunAsync(proxy, phases, 5000, async begin =>
            {
                await Load.PassAsync(begin, kill);
                pods[0].Kill();
            });
            stage.Noted(calls);
            return new Sample(calls, calls.Between(1, kill), calls.Between(kill, double.MaxValue));
        }
        finally
        {
            Array.ForEach(pods, pod => pod.Dispose());
        }
    }

    private static void Show(Report report, Variant variant, List<Sample> samples)
    {
        if (samples.Count == 0)
        {
            report.Row(variant.Name, "-", "-", "-", "cannot be measured", "-", "-", "-", "-");
            return;
        }

        string Column(Func<Sample, double> value) => Statistics.Show([.. samples.Select(value)]);
        Calls all = Calls.Join(samples.Select(sample => sample.All));
        report.Row(
            variant.Name,
            $"{all.Count}",
            $"{samples.Sum(sample => sample.Failed)}",
            $"{all.All.Count(call => call.Outcome == Outcome.BrokenAfterHead)}",
            all.Failures(),
            Column(sample => sample.Before.Ms(0.99)),
            Column(sample => sample.After.Ms(0.99)),
            Column(sample => sample.After.Ms(0.999)),
            Column(sample => sample.After.Ms(1)));
    }

    private sealed record Sample(Calls All, Calls Before, Calls After)
    {
        public int Failed => All.All.Count(call => !call.IsSuccess && call.Outcome != Outcome.BrokenAfterHead);
    }
}
