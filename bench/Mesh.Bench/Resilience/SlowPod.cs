namespace Mesh.Bench.Resilience;

/// <summary>One of five pods becomes ten times slower: what the client notices of it.</summary>
internal static class SlowPod
{
    private const string Scenario = "slowpod";
    private const int Rate = 500;
    private const double GoalRatio = 1.3;
    private const double WarmSeconds = 2;

    /// <summary>Not measured after the change: the balancer's time to see it.</summary>
    private const double SettleSeconds = 1;

    private static readonly PodMode Healthy = new(DelayMs: 20);
    private static readonly PodMode Slow = new(DelayMs: 220);

    private static readonly Variant Ewma = Balanced("ewma");

    private static readonly Variant[] Variants =
    [
        Ewma, Balanced("p2c"), Balanced("heap"), Balanced("roundRobin"),
        Variant.HaProxy("haproxy leastconn", "balance leastconn"), Variant.HaProxy("haproxy roundrobin", "balance roundrobin"),
    ];

    public static async Task RunAsync(Stage stage)
    {
        double seconds = stage.IsQuick ? 2 : 3;
        stage.Begin(Scenario, "5 pods of 20 ms, then one of them of 220 ms");
        stage.Report.Line($"""
            {Rate} requests/s; after {WarmSeconds} s of warm-up {seconds} s with all healthy, then one pod becomes slow, {SettleSeconds}
            s pass, and {seconds} s are measured again. p99.9 is of all rounds together. The ratio is taken within a round. The feature
            off is roundRobin, which does not look at load. Classifier: the default (nonRetryable5XX); nothing fails.
            """);
        stage.Report.Line();
        using Pods pods = await Pods.StartAsync([.. Enumerable.Repeat(Healthy, 5)]);
        var results = await stage.MeasureAsync(Variants, variant => MeasureAsync(stage, variant, pods, seconds));
        stage.Report.Head(
            "balancer", "healthy p50 ms", "p99", "p99.9", "one slow: p50 ms", "p99", "p99.9", "p99 slow / healthy", "slow pod's share",
            "p99 in the second of the change", "failures");
        foreach ((Variant variant, List<Sample> samples) in results)
        {
            Show(stage.Report, variant, samples);
        }

        double ratio = Statistics.Median(results[Ewma].Select(sample => sample.Ratio));
        string found = double.IsNaN(ratio) ? "not measured" : $"{ratio:0.00}";
        stage.Goal($"p99 with a slow pod at most {GoalRatio} x all-healthy (ewma)", found, ratio <= GoalRatio);
        stage.End(Variants.Select(variant => (variant.Name, variant.Config(pods.Ports))));
    }

    private static Variant Balanced(string kind) => Variant.Mesh($"mesh {kind}", Scenario, $"{{loadBalancer: {{kind: {kind}}}}}");

    private static async Task<Sample> MeasureAsync(Stage stage, Variant variant, Pods pods, double seconds)
    {
        await pods.SetAsync(0, Healthy);
        using Proxy proxy = await variant.StartAsync(Scenario, pods.Ports);
        double change = WarmSeconds + seconds;
        Phase[] phases = [new(4 * Rate, WarmSeconds - 0.5), new(Rate, 0.5 + seconds + SettleSeconds + seconds)];
        long[] before = [];
        Calls calls = await Load.RunAsync(proxy, phases, 5000, async begin =>
        {
            await Load.PassAsync(begin, change);
            await pods.SetAsync(0, Slow);
            await Load.PassAsync(begin, change + SettleSeconds);
            before = await pods.CountAsync();
        });
        long[] seen = [.. (await pods.CountAsync()).Zip(before, (after, earlier) => after - earlier)];
        stage.Noted(calls);
        return new Sample(
            calls.Between(WarmSeconds, change),
            calls.Between(change, change + SettleSeconds),
            calls.Between(change + SettleSeconds, double.MaxValue),
            seen[0] / (double)Math.Max(1, seen.Sum()));
    }

    private static void Show(Report report, Variant variant, List<Sample> samples)
    {
        if (samples.Count == 0)
        {
            report.Row(variant.Name, "-", "-", "-", "-", "-", "-", "-", "-", "-", "cannot be measured");
            return;
        }

        string Column(Func<Sample, double> value, string format = "0.0") => Statistics.Show([.. samples.Select(value)], format);
        Calls healthy = Calls.Join(samples.Select(sample => sample.Healthy));
        Calls slow = Calls.Join(samples.Select(sample => sample.Slow));
        report.Row(
            variant.Name,
            Column(sample => sample.Healthy.Ms(0.5)),
            Column(sample => sample.Healthy.Ms(0.99)),
            $"{healthy.Ms(0.999):0.0}",
            Column(sample => sample.Slow.Ms(0.5)),
            Column(sample => sample.Slow.Ms(0.99)),
            $"{slow.Ms(0.999):0.0}",
            Column(sample => sample.Ratio, "0.00"),
            Column(sample => sample.ShareOfSlow * 100, "0.0") + " %",
            Column(sample => sample.Change.Ms(0.99)),
            Calls.Join([healthy, slow]).Failures());
    }

    private sealed record Sample(Calls Healthy, Calls Change, Calls Slow, double ShareOfSlow)
    {
        public double Ratio => Slow.Ms(0.99) / Healthy.Ms(0.99);
    }
}
