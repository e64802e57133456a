namespace Mesh.Bench.Resilience;

/// <summary>Everything at the end of a chain of three proxies fails, and each proxy retries: how much more load the end sees.</summary>
internal static class RetryStorm
{
    private const string Scenario = "retrystorm";
    private const int Rate = 1000;
    private const double GoalLoad = 1.3;

    /// <summary>HAProxy's chain multiplies by 64, so it is offered less.</summary>
    private const int HaProxyRate = 50;
    private const double HaProxySeconds = 5;

    /// <summary>The breaker would hide what retries do: it is off.</summary>
    private const string Client = "{failureAccrual: {kind: none}}";

    private const string Service =
        "{responseClassifier: {kind: io.l5d.http.retryableRead5XX}, retries: {budget: {minRetriesPerSec: 10, percentCanRetry: 0.2, ttlSecs: 10}}}";

    private static readonly string[] HaProxyRetries = ["balance roundrobin", "retries 3", "option redispatch 1", "retry-on all-retryable-errors"];

    public static async Task RunAsync(Stage stage)
    {
        double seconds = stage.IsQuick ? 10 : 32;
        stage.Begin(Scenario, "the last pods of a chain of 3 proxies answer 503 to everything");
        stage.Report.Line($"""
            {Rate} GETs/s for {seconds} s through 3 proxies in a row to 3 pods; once, it is a matter of counting. Classifier:
            retryableRead5XX in each Mesh, budgets of 20 % and 10/s, no accrual. Without the mark: the same with a HAProxy between the
            nodes that takes all l5d-* headers out of responses; by the budgets alone it would be 1.2 x 1.2 x 1.2 = 1.73. HAProxy is
            offered {HaProxyRate}/s for {HaProxySeconds} s: with 3 retries in each of 3 layers it may come to 4 x 4 x 4 = 64.
            """);
        stage.Report.Line();
        stage.Report.Head("chain", "offered", "the pods saw", "ratio", "p50 ms", "p99 ms", "client saw");
        using Pods pods = await Pods.StartAsync([.. Enumerable.Repeat(new PodMode(Status: 503), 3)]);
        string[] off = ["balance roundrobin", "retries 0", "retry-on none"];
        Phase load = new(Rate, seconds);
        double? ratio = await MeasureAsync(stage, pods, "3 x mesh", load, chain => MeshAsync(chain, pods, Service, isMarked: true));
        await MeasureAsync(stage, pods, "3 x mesh without the mark", load, chain => MeshAsync(chain, pods, Service, isMarked: false));
        await MeasureAsync(stage, pods, "3 x mesh, retries off", new Phase(Rate, 2), chain => MeshAsync(chain, pods, "{}", isMarked: true));
        await MeasureAsync(stage, pods, "3 x haproxy", new Phase(HaProxyRate, HaProxySeconds), chain => HaProxiesAsync(chain, pods, HaProxyRetries));
        await MeasureAsync(stage, pods, "3 x haproxy, retries off", new Phase(Rate, 2), chain => HaProxiesAsync(chain, pods, off));
        stage.Goal($"load on the last at most {GoalLoad} x offered", ratio is { } found ? $"{found:0.000}" : "not measured", ratio <= GoalLoad);
        stage.End(
        [
            ("the last mesh (those before lead to `/$/inet/127.0.0.1/PORT`)", ResilienceConfigs.Mesh(Scenario, Client, Service)),
            ("each haproxy", ResilienceConfigs.HaProxy(pods.Ports, HaProxyRetries)),
            ("the haproxy between, without the mark", ResilienceConfigs.HaProxyWithoutMarks(0)),
        ]);
    }

    /// <summary>Requests at the end over requests offered; null when it could not be measured.</summary>
    private static async Task<double?> MeasureAsync(Stage stage, Pods pods, string name, Phase phase, Func<List<Proxy>, Task> start)
    {
        List<Proxy> chain = [];
        try
        {
            await start(chain);
            long before = (await pods.CountAsync()).Sum();
            Calls calls = stage.Noted(await Load.RunAsync(chain[^1], [phase], 5000));
            long seen = (await pods.CountAsync()).Sum() - before;
            double ratio = seen / (double)calls.Count;
            stage.Report.Row(name, $"{calls.Count}", $"{seen}", $"{ratio:0.000}", $"{calls.Ms(0.5):0.0}", $"{calls.Ms(0.99):0.0}", calls.Failures());
            return ratio;
        }
        catch (BenchException why)
        {
            Console.WriteLine($"{Scenario}: {name} cannot be measured: {why.Message}");
            stage.Report.Row(name, "-", "-", "-", "-", "-", "cannot be measured");
            return null;
        }
        finally
        {
            chain.ForEach(proxy => proxy.Dispose());
        }
    }

    private static async Task MeshAsync(List<Proxy> chain, Pods pods, string service, bool isMarked)
    {
        ResilienceConfigs.WriteAddresses(Scenario, pods.Ports);
        chain.Add(await Proxy.StartMeshAsync(Name("mesh-3.yaml"), ResilienceConfigs.Mesh(Scenario, Client, service), Cores.Proxy));
        for (int layer = 2; layer >= 1; layer--)
        {
            if (!isMarked)
            {
                string cleaner = ResilienceConfigs.HaProxyWithoutMarks(chain[^1].Port);
                chain.Add(await HaProxyAsync($"cleaner-{layer}.cfg", cleaner));
            }

            string config = ResilienceConfigs.MeshHop(chain[^1].Port, Client, service);
            chain.Add(await Proxy.StartMeshAsync(Name($"mesh-{layer}.yaml"), config, Cores.Proxy));
        }
    }

    private static async Task HaProxiesAsync(List<Proxy> chain, Pods pods, string[] backend)
    {
        int[] next = pods.Ports;
        for (int layer = 3; layer >= 1; layer--)
        {
            chain.Add(await HaProxyAsync($"haproxy-{layer}.cfg", ResilienceConfigs.HaProxy(next, backend)));
            next = [chain[^1].Port];
        }
    }

    private static Task<Proxy> HaProxyAsync(string file, string config) => Proxy.StartHaProxyAsync(
        Name(file), port => config.Replace(ResilienceConfigs.ListenPort, $"{port}", StringComparison.Ordinal), Cores.Proxy);

    private static string Name(string file) => $"{ResilienceConfigs.Folder}/{Scenario}-{file}";
}
