using System.Globalization;
using Mesh.Node.Config;
using Mesh.Node.Proxy.Grpc;
using Mesh.Routing.Retries;
using Mesh.Wire.Http1;
using Path = Mesh.Discovery.Names.Path;

namespace Mesh.Node.AdminConsole.Explaining;

/// <summary>How a service name, and a destination, are treated by the config. Pure.</summary>
internal static class PolicySteps
{
    /// <summary>How long an endpoint may be silent where no time is written, milliseconds.</summary>
    private static readonly double s_silenceMs = new ClientConnectionOptions().ResponseIdleTimeoutNs / 1e6;

    /// <summary>Of the service name.</summary>
    /// <param name="policy">Of the router.</param>
    /// <param name="name">Of the service.</param>
    /// <param name="over">What a rule of policies puts in place of it; null: nothing.</param>
    public static Step OfService(PolicyConfig<ServiceConfig> policy, Path name, ResilienceConfig? over)
    {
        ServiceConfig config = policy.For(name);
        if (over is not null) config = over.Over(config);
        RetriesConfig retries = config.Retries;
        List<Step> steps =
        [
            Say("timeout", $"totalTimeoutMs: {Or(config.TotalTimeoutMs, "none")}"),
            Say("classifier", config.Grpc is { } grpc ? $"gRPC calls: {Grpc(grpc)}" : $"responses: {Classifier(config.Classifier)}"),
            Say("retries", $"retries: at most {retries.MaxRetries} of a request whose body is at most {retries.MaxBufferBytes} bytes, "
                + $"{Budget(retries.Budget)}{(retries.Backoff is null ? "" : ", with pauses")}"),
        ];
        if (retries.HedgeDelayMs is { } hedge) steps.Add(Say("hedge", $"hedging: a second endpoint is asked after {hedge} ms"));
        foreach (ServiceRateLimitConfig limit in config.RateLimits)
        {
            string rate = $"{Number(limit.Rate.RequestsPerSecond)} a second, bursts of {limit.Rate.Burst}";
            steps.Add(Say("rate_limit", $"rate limit: {rate}, {Caller(limit.Caller)}"));
        }

        foreach (FaultInjectionConfig drill in config.FaultInjection) steps.Add(Say("drill", Drill(drill)));
        return Step.Fact("service_policy", $"service {name}{Rules(policy, name)}", [.. steps]);
    }

    /// <summary>Of the destination.</summary>
    /// <param name="policy">Of the router.</param>
    /// <param name="id">Of the destination.</param>
    /// <param name="over">As for the service.</param>
    public static Step OfClient(PolicyConfig<ClientConfig> policy, Path id, ResilienceConfig? over)
    {
        ClientConfig config = policy.For(id);
        string attempt = over?.AttemptTimeoutMs is { } ruled ? $"{ruled} (by a policy)" : Number(config.RequestAttemptTimeoutMs ?? s_silenceMs);
        List<Step> steps =
        [
            Say("timeout", $"requestAttemptTimeoutMs: {attempt} | connectTimeoutMs: {config.ConnectTimeoutMs}"),
            Say("accrual", $"accrual: {Admin.ClientStateWords.Of(config.FailureAccrual)}{(config.FailFast ? " | failFast" : "")}"),
            Say("requeues", $"requeues: {Budget(config.RequeueBudget)}"),
            Say("pool", $"connections: at most {config.Pool.MaxSize} to an endpoint, {config.Pool.MaxWaiters} may wait"),
        ];
        if (config.Concurrency is { } limit)
            steps.Add(Say("concurrency", $"requests out: {(limit.IsAdaptive ? $"adaptive, {limit.MinRequests} to" : "at most")} {limit.MaxRequests}, "
                + $"{limit.MaxQueued} may wait"));
        if (config.HealthCheck is { } check) steps.Add(Say("health_check", $"checks: every {check.IntervalMs} ms, {check.Path ?? "a connection"}"));
        if (config.Affinity is { } key) steps.Add(Say("affinity", $"affinity: {Key(key)}"));
        return Step.Fact("client_policy", $"client {id}{Rules(policy, id)}", [.. steps]);
    }

    private static string Rules<T>(PolicyConfig<T> policy, Path name)
        where T : class
    {
        string[] rules = [.. policy.Rules.Where(rule => rule.Prefix.TryMatch(name, out _)).Select(static rule => rule.Prefix.Text)];
        return rules.Length == 0 ? ": the router's defaults" : $": defaults, then the rules of {string.Join(", ", rules)}";
    }

    private static string Classifier(ResponseClassifier classifier) => classifier switch
    {
        ResponseClassifier.ServerErrors => "5xx is a failure, none is tried again",
        ResponseClassifier.None => "all are successes",
        ResponseClassifier.RetryableRead => "5xx is a failure; GET, HEAD, OPTIONS, TRACE are tried again",
        ResponseClassifier.RetryableIdempotent => "5xx is a failure; all but POST, PATCH and unknown methods are tried again",
        _ => "5xx is a failure, all are tried again",
    };

    private static string Grpc(GrpcClassifier grpc) =>
        $"{Codes(grpc.Successes)} is success; {(grpc.Retryable == 0 ? "none is tried again" : $"{Codes(grpc.Retryable)} is tried again")}";

    private static string Codes(uint mask)
    {
        if (mask == GrpcClassifier.All) return "every status";
        IEnumerable<int> codes = Enumerable.Range(0, GrpcClassifier.MaxCode + 1).Where(code => (mask & (1u << code)) != 0);
        return string.Join(", ", codes.Select(GrpcStatus.Name));
    }

    private static string Budget(RetryBudgetConfig budget) =>
        $"{Number(budget.PercentCanRetry * 100)} % of the requests and {budget.MinRetriesPerSecond} a second";

    private static string Drill(FaultInjectionConfig drill)
    {
        string whom = drill.Header is null ? "" : $" with {drill.Header}{(drill.Value is null ? "" : $": {drill.Value}")}";
        string delay = drill.DelayMs is { } ms ? $" wait {ms} ms" : "";
        string abort = drill.AbortStatus is { } status ? $" are answered {status}" : "";
        return $"DRILL: {Number(drill.Share * 100)} % of the requests{whom}{delay}{abort}";
    }

    private static string Caller(RequestKeyConfig? key) => key is null ? "all callers together" : $"each {Key(key)}";

    private static string Key(RequestKeyConfig key) =>
        key.Kind == RequestKeyKind.Source ? "client address" : $"{key.Kind.ToString().ToLowerInvariant()} {key.Name}";

    private static string Or(int? value, string none) => value is { } known ? Number(known) : none;

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static Step Say(string kind, string text) => Step.Fact(kind, text);
}
