namespace Mesh.Bench.Resilience;

/// <summary>One of five pods fails from the start, by answering 503 or by refusing connections: how many failures the client sees.</summary>
internal static class FailingPod
{
    private const string Scenario = "failingpod";
    private const int Rate = 1000;

    /// <summary>Time to learn, which does not count; seconds.</summary>
    private const double Grace = 1;

    private const double GoalSuccess = 0.9999;

    private const string ReadsAgain = "{responseClassifier: {kind: io.l5d.http.retryableRead5XX}}";

    private const string NoRepair = "{failureAccrual: {kind: none}, requeueBudget: {minRetriesPerSec: 0, percentCanRetry: 0}}";

    private static readonly PodMode Healthy = new(DelayMs: 2);

    private static readonly Variant Mesh = Variant.Mesh("mesh", Scenario, "{}", ReadsAgain);

    private static readonly Variant[] Variants =
    [
        Mesh,
        Variant.Mesh("mesh without accrual", Scenario, "{failureAccrual: {kind: none}}", ReadsAgain),
        Variant.Mesh("mesh off", Scenario, NoRepair),
        Variant.HaProxy(
            "haproxy retries", "balance roundrobin", "retries 3", "option redispatch 1", "retry-on conn-failure empty-response response-timeout 503"),
        Variant.HaProxy("haproxy off", "balance roundrobin", "retries 0", "retry-on none"),
    ];

    public static async Task RunAsync(Stage stage)
    {
        double seconds = stage.IsQuick ? 2 : 4;
        stage.Begin(Scenario, "1 of 5 pods fails, from the start");
        stage.Report.Line($"""
            {Rate} GETs/s for {Grace + seconds} s, pods of 2 ms, a cold proxy; what is due in the first second does not count.
            Classifier: io.l5d.http.retryableRead5XX with its default budget; off: the default classifier (nonRetryable5XX), no requeues,
            no accrual. Rounds are added up for success and failures.
            """);
        stage.Report.Line();
        stage.Report.Head("the pod", "proxy", "success", "failures after the first second", "in the first second", "p50 ms", "p99 ms", "p99.9 ms");
        using Pods failing = await Pods.StartAsync([new PodMode(Status: 503), .. Enumerable.Repeat(Healthy, 4)]);
        double success = await MeasureAsync(stage, "answers 503", failing.Ports, seconds);
        using RefusedPort refused = new();
        double refusing = await MeasureAsync(stage, "refuses connections", [refused.Port, .. failing.Ports[1..]], seconds);
        stage.Goal("success of GETs at least 99.99 % while a pod answers 503", Show(success), success >= GoalSuccess);
        stage.Goal("success of GETs 100 % while a pod refuses connections", Show(refusing), refusing >= 1);
        stage.End(Variants.Select(variant => (variant.Name, variant.Config(failing.Ports))));
    }

    /// <summary>Measures all variants and returns what share of requests the first one served.</summary>
    private static async Task<double> MeasureAsync(Stage stage, string pod, int[] ports, double seconds)
    {
        var results = await stage.MeasureAsync(Variants, async variant =>
        {
            using Proxy proxy = await variant.StartAsync(Scenario, ports);
            return stage.Noted(await Load.RunAsync(proxy, [new Phase(Rate, Grace + seconds)], 5000));
        });
        foreach ((Variant variant, List<Calls> runs) in results)
        {
            Calls all = Calls.Join(runs.Select(run => run.Between(Grace, double.MaxValue)));
            string first = Calls.Join(runs.Select(run => run.Between(0, Grace))).Failures();
            string Column(double q) => Statistics.Show([.. runs.Select(run => run.Between(Grace, double.MaxValue).Ms(q))]);
            stage.Report.Row(
                pod, variant.Name, Show(Success(all)), runs.Count == 0 ? "cannot be measured" : all.Failures(), first,
                Column(0.5), Column(0.99), Column(0.999));
        }

        return Success(Calls.Join(results[Mesh].Select(run => run.Between(Grace, double.MaxValue))));
    }

    /// <summary>0 to 1; NaN when nothing was measured.</summary>
    private static double Success(Calls calls) => calls.Successes / (double)calls.Count;

    private static string Show(double share) => double.IsNaN(share) ? "not measured" : $"{share * 100:0.0000} %";
}
